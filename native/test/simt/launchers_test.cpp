// Launchers alone, where whole sessions would take too long: wide tiles, and gathered weight gradients of more rows
// than one list holds. On whole numbers, whose sums are exact in every precision, against plain loops.

#include "kernels/kernels.cuh"
#include "runtime.h"
#include "session.h"

namespace test {
namespace {

// [rows, stride] from [rows, columns]; what fills up the rows is 0, as everywhere on a device.
std::vector<float> padded(const std::vector<float>& matrix, int rows, int columns, int stride) {
  std::vector<float> out(static_cast<size_t>(rows) * stride);
  for (int r = 0; r < rows; ++r) {
    std::copy_n(matrix.begin() + static_cast<int64_t>(r) * columns, columns,
                out.begin() + static_cast<int64_t>(r) * stride);
  }
  return out;
}

std::vector<float> column_sums(const std::vector<float>& matrix, int columns) {
  std::vector<float> sums(static_cast<size_t>(columns));
  for (size_t i = 0; i < matrix.size(); ++i) sums[i % columns] += matrix[i];
  return sums;
}

template <class Launches>
void run(Launches launches) {
  const sae::device::Stream stream = sae::device::create_stream();
  launches(stream);
  sae::device::destroy_stream(stream);
}

// All latents are selected, so that `sparse` shows z.
void test_encode(int rows, int d_sae, int d_in, sae::Precision precision, bool wide) {
  context = "encode_topk, rows " + std::to_string(rows) + ", d_sae " + std::to_string(d_sae) + ", d_in " +
            std::to_string(d_in) + (wide ? ", wide" : "") + ", precision " +
            std::to_string(static_cast<int>(precision));
  sae::Shape shape = sae::make_shape(d_in, d_sae, d_sae, rows, false, false, precision);
  shape.wide_encoder = wide;
  if (wide) shape.depth_parts = 1;
  Random random(51);
  const std::vector<float> x = random.whole(int64_t{rows} * d_in, 3), w = random.whole(int64_t{d_sae} * d_in, 3);
  const std::vector<float> bias = random.whole(d_sae, 3);
  const std::vector<int32_t> order = random.order(rows);
  const std::vector<float> x_rows = padded(x, rows, d_in, shape.in_stride),
                           w_rows = padded(w, d_sae, d_in, shape.in_stride);
  const std::vector<float> b_enc = padded(bias, 1, d_sae, shape.sae_stride);
  std::vector<float> z(static_cast<size_t>(rows) * shape.sae_stride), partials(sae::depth_partials(shape, rows));
  std::vector<uint32_t> mask(static_cast<size_t>(rows) * shape.mask_words);
  std::vector<int> arrivals(sae::shared_tiles(shape, rows));
  const sae::Weights weights = {w_rows.data(), b_enc.data(), nullptr, nullptr};
  const sae::Batch batch = {x_rows.data(), order.data(), rows, false, 0, nullptr};
  sae::Scratch scratch = {};
  scratch.z = scratch.sparse = z.data();
  scratch.mask = mask.data();
  scratch.depth = {partials.data(), arrivals.data()};
  run([&](sae::device::Stream stream) { sae::encode_topk(shape, weights, batch, scratch, stream); });
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < d_sae; ++j) {
      float sum = bias[j];
      for (int i = 0; i < d_in; ++i) sum += x[order[r] * d_in + i] * w[j * d_in + i];
      CHECK(z[static_cast<size_t>(r) * shape.sae_stride + j] == sum);
    }
  }
}

enum class Way { kNarrow, kWide, kGather };

// `active` says on which rows a latent is; a gather must not read any other entry of the sparse rows.
void test_weights(int rows, int d_in, const std::vector<std::vector<int>>& active, Way way,
                  sae::Precision precision = sae::Precision::kFp32) {
  const int d_sae = static_cast<int>(active.size());
  context = "weight_gradient_adam, rows " + std::to_string(rows) + ", d_in " + std::to_string(d_in) + ", d_sae " +
            std::to_string(d_sae) + ", way " + std::to_string(static_cast<int>(way)) + ", precision " +
            std::to_string(static_cast<int>(precision));
  sae::Shape shape = sae::make_shape(d_in, d_sae, 1, rows, false, false, precision);
  shape.gather = way == Way::kGather;
  shape.wide_weights = way == Way::kWide;
  Random random(52);
  const std::vector<float> x = random.whole(int64_t{rows} * d_in, 3), r = random.whole(int64_t{rows} * d_in, 3);
  const std::vector<int32_t> order = random.order(rows);
  const std::vector<float> x_rows = padded(x, rows, d_in, shape.in_stride);
  std::vector<float> residual = padded(r, rows, d_in, shape.in_stride);
  const size_t words = (rows + 31) / 32;
  std::vector<uint32_t> active_rows(words * d_sae);
  const float elsewhere = shape.gather ? __builtin_nanf("") : 0.0f;
  std::vector<float> sparse(static_cast<size_t>(rows) * shape.sae_stride, elsewhere), dz = sparse;
  std::vector<double> dec(static_cast<size_t>(d_sae) * shape.in_stride), enc = dec;
  for (int j = 0; j < d_sae; ++j) {
    for (const int row : active[j]) {
      active_rows[j * words + row / 32] |= 1u << row % 32;
      const size_t code = static_cast<size_t>(row) * shape.sae_stride + j;
      sparse[code] = static_cast<float>(row % 3 + 1);
      dz[code] = static_cast<float>(row % 4 - 5);
      for (int i = 0; i < d_in; ++i) {
        dec[static_cast<size_t>(j) * shape.in_stride + i] += sparse[code] * r[static_cast<size_t>(row) * d_in + i];
        enc[static_cast<size_t>(j) * shape.in_stride + i] += dz[code] * x[static_cast<size_t>(order[row]) * d_in + i];
      }
    }
  }
  int bad_batch = 1;
  const sae::Batch batch = {x_rows.data(), order.data(), rows, true, 0, &bad_batch};
  std::vector<double> loss_partials(sae::decode_blocks(shape, rows), 0.5 * rows * d_in);
  std::vector<float> b_dec_partials = random.whole(int64_t{sae::decode_row_groups(shape, rows)} * shape.in_stride, 3);
  std::vector<float> b_enc_partials = random.whole(int64_t{sae::latent_row_groups(shape, rows)} * shape.sae_stride, 3);
  sae::Scratch scratch = {};
  scratch.sparse = sparse.data();
  scratch.dz = dz.data();
  scratch.residual = residual.data();
  scratch.active_rows = active_rows.data();
  scratch.loss_partials = loss_partials.data();
  scratch.b_dec_partials = b_dec_partials.data();
  scratch.b_enc_partials = b_enc_partials.data();
  std::vector<float> w_enc(dec.size()), w_dec(dec.size()), b_enc(shape.sae_stride), b_dec(shape.in_stride);
  double loss = -1;
  sae::Sinks sinks = {};
  sinks.w_enc.gradient = w_enc.data();
  sinks.b_enc.gradient = b_enc.data();
  sinks.w_dec.gradient = w_dec.data();
  sinks.b_dec.gradient = b_dec.data();
  sinks.loss = &loss;
  run([&](sae::device::Stream stream) { sae::weight_gradient_adam(shape, batch, scratch, sinks, stream); });
  CHECK(std::equal(w_dec.begin(), w_dec.end(), dec.begin()));
  CHECK(std::equal(w_enc.begin(), w_enc.end(), enc.begin()));
  CHECK(b_dec == column_sums(b_dec_partials, shape.in_stride));
  CHECK(b_enc == column_sums(b_enc_partials, shape.sae_stride));
  CHECK(loss == 0.5 * static_cast<double>(loss_partials.size()));
}

std::vector<int> every(int step, int rows) {
  std::vector<int> list;
  for (int row = 0; row < rows; row += step) list.push_back(row);
  return list;
}

// Latent j is active on every (j % 5 + 1)-th row.
std::vector<std::vector<int>> latents(int count, int rows) {
  std::vector<std::vector<int>> active;
  for (int j = 0; j < count; ++j) active.push_back(every(j % 5 + 1, rows));
  return active;
}

}  // namespace
}  // namespace test

int main() {
  for (const sae::Precision precision : {sae::Precision::kFp32, sae::Precision::kBf16x3, sae::Precision::kBf16}) {
    for (const bool wide : {false, true}) {
      for (const simt::Order order : {simt::Order::kForward, simt::Order::kRandom}) {
        simt::set_order(order, 7);
        test::test_encode(1, 1, 1, precision, wide);
        test::test_encode(63, 127, 33, precision, wide);
        test::test_encode(66, 129, 130, precision, wide);
        test::test_encode(130, 260, 101, precision, wide);
      }
    }
  }
  for (const sae::Precision precision : {sae::Precision::kFp32, sae::Precision::kBf16x3, sae::Precision::kBf16}) {
    for (const test::Way way : {test::Way::kNarrow, test::Way::kWide}) {
      for (const simt::Order order : {simt::Order::kForward, simt::Order::kRandom}) {
        simt::set_order(order, 8);
        test::test_weights(1, 1, {{0}}, way, precision);
        test::test_weights(65, 129, test::latents(70, 65), way, precision);
        test::test_weights(131, 260, test::latents(64, 131), way, precision);
      }
    }
  }
  // A list holds 8192 rows, a pass 1024 columns; latents active on all rows, on none, on the last.
  for (const simt::Order order : {simt::Order::kForward, simt::Order::kRandom}) {
    simt::set_order(order, 9);
    test::test_weights(70, 1029, {test::every(1, 70), {}, {69}}, test::Way::kGather);
    test::test_weights(8192, 5, {test::every(1, 8192), {0, 8191}}, test::Way::kGather);
    test::test_weights(8200, 1029, {{}, {8191, 8192, 8199}, test::every(97, 8200), {8198}}, test::Way::kGather);
  }
  return test::report("launchers_test");
}
