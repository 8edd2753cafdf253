// evaluate: the sums behind loss, explained variances, L0 and firing counts of a data set, a chunk of rows at a time,
// in double and in a fixed order.
//
//   add_columns      a column of x or of e = x - x_hat: sum, mean, sum of squares, sum of squared deviations from it
//   row_ratio        a row: |e|² / |x - column means of x|²
//   firing           a latent: rows on which its value is not 0, sum of |value|
//   evaluate_totals  all of them added up into one record
//
// Parallel: columns and latents in groups of 16 with 64 threads each, whose rows interleave; a warp for each row ratio,
// a block for each total. With a column's rows spread this far a thread adds few of them, eight loads under way at
// once, and 2048 columns make 128 blocks. Deviations are taken about the mean of the rows at hand and joined with those
// before (Chan, Golub and LeVeque 1983), so that no large sums cancel. Bytes: x and x_hat are read 3 times, the sparse
// values once; 1495 rows of 2048 are 12 MB each. Double FLOP: about 10 an element of e.

#include "kernels/kernels.cuh"
#include "templates/common.cuh"

namespace sae {

// ---- kernels ----

constexpr int kColumns = 16, kGroups = 64, kColumnThreads = kColumns * kGroups;
constexpr int kLoads = 8;  // rows that a thread loads before it adds the first of them

// The sum over the threads of a column, in all of them, added as a fixed tree.
__device__ __forceinline__ double column_sum(double* scratch, double value) {
  const int thread = static_cast<int>(threadIdx.x);
  scratch[thread] = value;
  for (int threads = kColumnThreads / 2; threads >= kColumns; threads /= 2) {
    __syncthreads();
    if (thread < threads) scratch[thread] += scratch[thread + threads];
  }
  __syncthreads();
  const double total = scratch[thread % kColumns];
  __syncthreads();  // the scratch may be written again
  return total;
}

// Calls add(value) for every kGroups-th of the rows from `first`, in order, kLoads of them at a time. Loads of rows
// that are not there load the last one instead: a branch around each would make them wait for one another.
template <class Value, class Add>
__device__ __forceinline__ void for_rows(int first, int end, Value value, Add add) {
  for (int row = first; row < end; row += kGroups * kLoads) {
    double values[kLoads];
#pragma unroll
    for (int i = 0; i < kLoads; ++i) values[i] = value(row + i * kGroups < end ? row + i * kGroups : end - 1);
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      if (row + i * kGroups < end) add(values[i]);
    }
  }
}

// What the rows at hand give for one column.
struct ColumnSum {
  double sum, squared, deviation;
};

// Adds that to what the rows before gave. Two sets of rows each deviate from their own mean; `shift` between the means
// is what the deviations from the common one have more.
__device__ __forceinline__ void join(const ColumnSums& sums, int column, ColumnSum of, int rows, int64_t rows_before) {
  if (rows_before > 0) {
    const double before = static_cast<double>(rows_before), shift = of.sum / rows - sums.mean[column];
    of.deviation += sums.deviation[column] + shift * shift * (before * rows / (before + rows));
    of.sum += sums.sum[column];
    of.squared += sums.squared[column];
  }
  sums.sum[column] = of.sum;
  sums.mean[column] = of.sum / (static_cast<double>(rows_before) + rows);
  sums.squared[column] = of.squared;
  sums.deviation[column] = of.deviation;
}

// The columns of x, or of x - x_hat.
template <bool kOfError>
__global__ void __launch_bounds__(kColumnThreads)
    add_columns_kernel(Shape shape, const float* __restrict__ x, const float* __restrict__ x_hat, int rows,
                       int64_t rows_before, ColumnSums sums) {
  SHARED_ARRAY(double, scratch, kColumnThreads);
  const int group = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x) % kColumns;
  const int end = column < shape.d_in ? rows : 0;
  const auto value = [=](int row) {
    const size_t i = static_cast<size_t>(row) * shape.in_stride + column;
    return kOfError ? static_cast<double>(x[i]) - static_cast<double>(x_hat[i]) : static_cast<double>(x[i]);
  };
  // First the mean, then, in a second walk over the rows, the deviations from it: the squares alone would lose a small
  // variance beside a large mean.
  double sum = 0.0, squared = 0.0, deviation = 0.0;
  for_rows(group, end, value, [&](double v) {
    sum += v;
    squared = fma(v, v, squared);
  });
  sum = column_sum(scratch, sum);
  squared = column_sum(scratch, squared);
  const double mean = sum / rows;
  for_rows(group, end, value, [&](double v) { deviation = fma(v - mean, v - mean, deviation); });
  deviation = column_sum(scratch, deviation);
  if (group == 0 && column < shape.d_in) join(sums, column, {sum, squared, deviation}, rows, rows_before);
}

constexpr int kRatioWarps = 4, kRatioLoads = 4;  // float4 that a lane loads before it adds the first of them

// Columns beyond d_in are 0 in x, x_hat and the means, and add nothing.
__global__ void __launch_bounds__(kRatioWarps * 32)
    row_ratio_kernel(Shape shape, const float* __restrict__ x, const float* __restrict__ x_hat,
                     const double* __restrict__ x_mean, int rows, double* __restrict__ row_ratio) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kRatioWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= rows) return;
  const size_t start = static_cast<size_t>(row) * shape.in_stride;
  double squared_error = 0.0, squared_distance = 0.0;
  const auto add = [&](double value, double reconstructed, double mean) {
    squared_error = fma(value - reconstructed, value - reconstructed, squared_error);
    squared_distance = fma(value - mean, value - mean, squared_distance);
  };
  for (int first = lane * 4; first < shape.in_stride; first += kRatioLoads * 32 * 4) {
    // All loads go out before the first sum waits for one. Beyond the row they load its start again and count as 0.
    float4 value[kRatioLoads], reconstructed[kRatioLoads];
    double mean[kRatioLoads][4];
#pragma unroll
    for (int i = 0; i < kRatioLoads; ++i) {
      const bool there = first + i * 32 * 4 < shape.in_stride;
      const int column = there ? first + i * 32 * 4 : first;
      const float4 a = load4(x + start + column), b = load4(x_hat + start + column);
      value[i] = there ? a : zero4();
      reconstructed[i] = there ? b : zero4();
#pragma unroll
      for (int j = 0; j < 4; ++j) mean[i][j] = there ? x_mean[column + j] : 0.0;
    }
#pragma unroll
    for (int i = 0; i < kRatioLoads; ++i) {
      add(value[i].x, reconstructed[i].x, mean[i][0]);
      add(value[i].y, reconstructed[i].y, mean[i][1]);
      add(value[i].z, reconstructed[i].z, mean[i][2]);
      add(value[i].w, reconstructed[i].w, mean[i][3]);
    }
  }
  squared_error = warp_sum(squared_error);
  squared_distance = warp_sum(squared_distance);
  // A row that equals the means: 0 if it is reconstructed exactly, else infinite.
  if (lane == 0) row_ratio[row] = squared_error == 0.0 ? 0.0 : squared_error / squared_distance;
}

__global__ void __launch_bounds__(kColumnThreads)
    firing_kernel(Shape shape, const float* __restrict__ sparse, int rows, int64_t rows_before,
                  int64_t* __restrict__ firing_count, double* __restrict__ abs_sum) {
  SHARED_ARRAY(double, scratch, kColumnThreads);
  const int group = static_cast<int>(threadIdx.x) / kColumns;
  const int latent = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x) % kColumns;
  const int end = latent < shape.d_sae ? rows : 0;
  const auto magnitude = [=](int row) {
    return fabs(static_cast<double>(sparse[static_cast<size_t>(row) * shape.sae_stride + latent]));
  };
  // The count is exact in double, and shares the tree of the sum.
  double count = 0.0, sum = 0.0;
  for_rows(group, end, magnitude, [&](double v) {
    count += v != 0.0;
    sum += v;
  });
  count = column_sum(scratch, count);
  sum = column_sum(scratch, sum);
  if (group != 0 || latent >= shape.d_sae) return;
  firing_count[latent] = static_cast<int64_t>(count) + (rows_before > 0 ? firing_count[latent] : 0);
  abs_sum[latent] = sum + (rows_before > 0 ? abs_sum[latent] : 0.0);
}

constexpr int kTotalThreads = 256;

template <class T>
__device__ __forceinline__ double total_of(const T* values, int64_t count) {
  double sum = 0.0;
#pragma unroll 8
  for (int64_t i = threadIdx.x; i < count; i += kTotalThreads) sum += static_cast<double>(values[i]);
  return block_sum<kTotalThreads>(sum);
}

// What is added up and where the total goes.
struct Total {
  const double* values;
  int64_t count;
  double* total;
};
constexpr int kTotals = 8;
struct TotalTasks {
  Total of[kTotals];
};

// A block a total; the last one counts.
__global__ void __launch_bounds__(kTotalThreads)
    evaluate_totals_kernel(TotalTasks tasks, const int64_t* __restrict__ firing_count, int d_sae,
                           double* __restrict__ active) {
  if (blockIdx.x == kTotals) {
    const double total = total_of(firing_count, d_sae);
    if (threadIdx.x == 0) *active = total;
    return;
  }
  const Total task = tasks.of[blockIdx.x];
  const double total = total_of(task.values, task.count);
  if (threadIdx.x == 0) *task.total = total;
}

// ---- launchers ----

void add_columns(int d_in, const float* x, int rows, const ColumnSums& sums, device::Stream stream) {
  const device::Range range("add_columns");
  Shape shape = {};  // of a data set, which belongs to no session: its width is all that is known of it
  shape.d_in = d_in;
  shape.in_stride = row_stride(d_in);
  launch("add_columns", add_columns_kernel<false>, {dim3(div_up(d_in, kColumns)), dim3(kColumnThreads)}, stream, shape,
         x, nullptr, rows, 0, sums);
}

void evaluate_batch(const Shape& shape, const Batch& batch, const Scratch& scratch, int64_t rows_before,
                    const EvaluationSums& sums, device::Stream stream) {
  const device::Range range("evaluate_batch");
  launch("add_columns", add_columns_kernel<true>, {dim3(div_up(shape.d_in, kColumns)), dim3(kColumnThreads)}, stream,
         shape, batch.x, scratch.x_hat, batch.rows, rows_before, sums.error);
  launch("row_ratio", row_ratio_kernel, {dim3(div_up(batch.rows, kRatioWarps)), dim3(kRatioWarps * 32)}, stream, shape,
         batch.x, scratch.x_hat, sums.x.mean, batch.rows, sums.row_ratio + rows_before);
  launch("firing", firing_kernel, {dim3(div_up(shape.d_sae, kColumns)), dim3(kColumnThreads)}, stream, shape,
         scratch.sparse, batch.rows, rows_before, sums.firing_count, sums.abs_sum);
}

void evaluate_totals(const Shape& shape, int64_t rows, const EvaluationSums& sums, EvaluationTotals* totals,
                     device::Stream stream) {
  const device::Range range("evaluate_totals");
  const TotalTasks tasks = {{{sums.x.sum, shape.d_in, &totals->x_sum},
                             {sums.x.squared, shape.d_in, &totals->x_squared},
                             {sums.x.deviation, shape.d_in, &totals->x_deviation},
                             {sums.error.sum, shape.d_in, &totals->error_sum},
                             {sums.error.squared, shape.d_in, &totals->error_squared},
                             {sums.error.deviation, shape.d_in, &totals->error_deviation},
                             {sums.row_ratio, rows, &totals->row_ratio_sum},
                             {sums.abs_sum, shape.d_sae, &totals->abs_sum}}};
  launch("evaluate_totals", evaluate_totals_kernel, {dim3(kTotals + 1), dim3(kTotalThreads)}, stream, tasks,
         sums.firing_count, shape.d_sae, &totals->active);
}

}  // namespace sae
