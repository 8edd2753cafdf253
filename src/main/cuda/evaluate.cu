// evaluate: the sums behind loss, explained variances, L0 and firing counts of a split, a few rows at a time, in double
// and in a fixed order.
//
//   add_columns      per column of x or of e = x - x_hat: sum, sum of squares, sum of squared deviations from the mean
//   row_ratio        per row: |e|² / |x - column means of x|²
//   firing           per latent: rows on which its value is not 0, sum of |value|
//   evaluate_totals  all of them added up into one record
//
// Parallel: columns and latents in groups of 32 with 8 threads each, whose rows interleave; a warp for each row ratio; one
// block for the totals. Deviations are taken about the mean of the rows at hand and joined with those before
// (Chan, Golub and LeVeque 1983), so that no large sums cancel.
// Bytes: x and x_hat are read 3 times, the sparse values once, from L2. Double FLOP: about 10 an element of e.

#include "common.cuh"
#include "kernels.cuh"

namespace sae {

// ---- kernels ----

constexpr int kColumns = 32, kGroups = 8, kColumnThreads = kColumns * kGroups;

// The sum over the 8 threads of a column, in all of them.
__device__ __forceinline__ double column_sum(double* scratch, double value) {
  const int lane = static_cast<int>(threadIdx.x) % kColumns;
  __syncthreads();
  scratch[threadIdx.x] = value;
  __syncthreads();
  double total = 0.0;
  for (int g = 0; g < kGroups; ++g) total += scratch[g * kColumns + lane];
  return total;
}

__global__ void __launch_bounds__(kColumnThreads)
    add_columns_kernel(const float* __restrict__ x, const float* __restrict__ x_hat, int rows, int columns, int stride,
                       int64_t rows_before, ColumnSums sums) {
  SHARED_ARRAY(double, scratch, kColumnThreads);
  const int group = static_cast<int>(threadIdx.x) / kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x) % kColumns;
  const int end = column < columns ? rows : 0;
  const auto value_at = [=](int row) {
    const size_t i = static_cast<size_t>(row) * stride + column;
    return x_hat ? static_cast<double>(x[i]) - static_cast<double>(x_hat[i]) : static_cast<double>(x[i]);
  };
  double sum = 0.0, squared = 0.0, deviation = 0.0;
  for (int row = group; row < end; row += kGroups) {
    const double value = value_at(row);
    sum += value;
    squared = fma(value, value, squared);
  }
  sum = column_sum(scratch, sum);
  squared = column_sum(scratch, squared);
  const double mean = sum / rows;
  for (int row = group; row < end; row += kGroups) {
    const double difference = value_at(row) - mean;
    deviation = fma(difference, difference, deviation);
  }
  deviation = column_sum(scratch, deviation);
  if (group != 0 || column >= columns) return;
  if (rows_before > 0) {
    const double before = static_cast<double>(rows_before), shift = mean - sums.sum[column] / before;
    deviation += sums.deviation[column] + shift * shift * (before * rows / (before + rows));
    sum += sums.sum[column];
    squared += sums.squared[column];
  }
  sums.sum[column] = sum;
  sums.squared[column] = squared;
  sums.deviation[column] = deviation;
}

constexpr int kRatioWarps = 4;

__global__ void __launch_bounds__(kRatioWarps * 32)
    row_ratio_kernel(const float* __restrict__ x, const float* __restrict__ x_hat, const double* __restrict__ x_column_sums,
                     double x_rows, int rows, int d_in, int in_stride, double* __restrict__ row_ratio) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kRatioWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= rows) return;
  const size_t start = static_cast<size_t>(row) * in_stride;
  double squared_error = 0.0, squared_distance = 0.0;
  for (int column = lane; column < d_in; column += 32) {
    const double value = x[start + column], e = value - static_cast<double>(x_hat[start + column]);
    const double distance = value - x_column_sums[column] / x_rows;
    squared_error = fma(e, e, squared_error);
    squared_distance = fma(distance, distance, squared_distance);
  }
  squared_error = warp_sum(squared_error);
  squared_distance = warp_sum(squared_distance);
  // A row that equals the means: 0 if it is reconstructed exactly, else infinite.
  if (lane == 0) row_ratio[row] = squared_error == 0.0 ? 0.0 : squared_error / squared_distance;
}

__global__ void __launch_bounds__(kColumnThreads)
    firing_kernel(const float* __restrict__ values, int rows, int d_sae, int sae_stride, int64_t* __restrict__ firing_count,
                  double* __restrict__ abs_sum) {
  SHARED_ARRAY(double, scratch, kColumnThreads);
  const int group = static_cast<int>(threadIdx.x) / kColumns;
  const int latent = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x) % kColumns;
  const int end = latent < d_sae ? rows : 0;
  double count = 0.0, sum = 0.0;
  for (int row = group; row < end; row += kGroups) {
    const float value = values[static_cast<size_t>(row) * sae_stride + latent];
    count += value != 0.0f;
    sum += fabs(static_cast<double>(value));
  }
  count = column_sum(scratch, count);
  sum = column_sum(scratch, sum);
  if (group != 0 || latent >= d_sae) return;
  firing_count[latent] += static_cast<int64_t>(count);
  abs_sum[latent] += sum;
}

constexpr int kTotalThreads = 256;

template <class T>
__device__ __forceinline__ double total_of(const T* values, int64_t count) {
  double sum = 0.0;
  for (int64_t i = threadIdx.x; i < count; i += kTotalThreads) sum += static_cast<double>(values[i]);
  return block_sum<kTotalThreads>(sum);
}

__global__ void __launch_bounds__(kTotalThreads)
    evaluate_totals_kernel(ColumnSums x, ColumnSums error, const double* __restrict__ row_ratio,
                           const int64_t* __restrict__ firing_count, const double* __restrict__ abs_sum, int64_t rows,
                           int d_in, int d_sae, EvaluationTotals* __restrict__ totals) {
  const auto store = [](double& to, double total) {
    if (threadIdx.x == 0) to = total;
  };
  store(totals->x_sum, total_of(x.sum, d_in));
  store(totals->x_squared, total_of(x.squared, d_in));
  store(totals->x_deviation, total_of(x.deviation, d_in));
  store(totals->error_sum, total_of(error.sum, d_in));
  store(totals->error_squared, total_of(error.squared, d_in));
  store(totals->error_deviation, total_of(error.deviation, d_in));
  store(totals->row_ratio_sum, total_of(row_ratio, rows));
  store(totals->abs_sum, total_of(abs_sum, d_sae));
  store(totals->active, total_of(firing_count, d_sae));
}

// ---- launchers ----

void add_columns(const float* x, const float* x_hat, int rows, int columns, int stride, int64_t rows_before,
                 const ColumnSums& sums, device::Stream stream) {
  const device::Range range("add_columns");
  LAUNCH(add_columns_kernel, dim3(div_up(columns, kColumns)), dim3(kColumnThreads), stream, x, x_hat, rows, columns,
         stride, rows_before, sums);
}

void evaluate_batch(const Shape& shape, const Batch& batch, const ColumnSums& x_sums, int64_t x_rows, double* row_ratio,
                    int64_t* firing_count, double* abs_sum, device::Stream stream) {
  const device::Range range("evaluate_batch");
  LAUNCH(row_ratio_kernel, dim3(div_up(batch.rows, kRatioWarps)), dim3(kRatioWarps * 32), stream, batch.x, batch.residual,
         x_sums.sum, static_cast<double>(x_rows), batch.rows, shape.d_in, shape.in_stride, row_ratio);
  LAUNCH(firing_kernel, dim3(div_up(shape.d_sae, kColumns)), dim3(kColumnThreads), stream, batch.z, batch.rows, shape.d_sae,
         shape.sae_stride, firing_count, abs_sum);
}

void evaluate_totals(const Shape& shape, int64_t rows, const ColumnSums& x_sums, const ColumnSums& error_sums,
                     const double* row_ratio, const int64_t* firing_count, const double* abs_sum,
                     EvaluationTotals* totals, device::Stream stream) {
  const device::Range range("evaluate_totals");
  LAUNCH(evaluate_totals_kernel, dim3(1), dim3(kTotalThreads), stream, x_sums, error_sums, row_ratio, firing_count, abs_sum,
         rows, shape.d_in, shape.d_sae, totals);
}

}  // namespace sae
