// encode_topk_cluster and encode_topk_tiles on the same rows, around the edges of both: 16 rows, 8 k, 128 and 512 latents,
// the widths at which a cluster gains blocks. On whole numbers, whose sums are exact, both give the same bits, ties
// included; on others each must choose what the double loops allow. What a row gives does not depend on the rows beside it.

#include <cstring>
#include <functional>

#include "kernels.cuh"
#include "reference.h"

namespace test {
namespace {

constexpr float kUnwritten = -77.0f;

// Rows as the kernels want them: a multiple of 4 apart, zero between.
std::vector<float> padded(const std::vector<float>& values, int rows, int columns) {
  const int stride = (columns + 3) / 4 * 4;
  std::vector<float> result(static_cast<size_t>(rows) * stride);
  for (int r = 0; r < rows; ++r) std::copy_n(values.begin() + r * columns, columns, result.begin() + r * stride);
  return result;
}

struct Encoded {
  Codes codes;
  std::vector<float> z;
  std::vector<uint32_t> mask;
  bool operator==(const Encoded& o) const {
    return codes.indices == o.codes.indices && mask == o.mask && codes.values.size() == o.codes.values.size() &&
           !std::memcmp(codes.values.data(), o.codes.values.data(), codes.values.size() * sizeof(float)) &&
           z.size() == o.z.size() && !std::memcmp(z.data(), o.z.data(), z.size() * sizeof(float));
  }
};

using Launcher = std::function<void(const sae::Shape&, const sae::Weights&, const sae::Batch&, sae::device::Stream)>;

// The rows order[0 .. rows) of x.
Encoded encode(const Launcher& launcher, const sae_config& c, Tensors p, const std::vector<float>& x,
               const std::vector<int32_t>& order, bool lists) {
  const sae::Shape shape = sae::make_shape(c.d_in, c.d_sae, c.k, c.batch_size, c.select == SAE_SELECT_RELU,
                                           c.pre_bias != 0, sae::Precision::kFp32);
  const int rows = static_cast<int>(order.size());
  const std::vector<float> w_enc = padded(p.w_enc, c.d_sae, c.d_in), b_enc = padded(p.b_enc, 1, c.d_sae);
  const std::vector<float> b_dec = padded(p.b_dec, 1, c.d_in);
  const std::vector<float> x_rows = padded(x, static_cast<int>(x.size()) / c.d_in, c.d_in);
  std::vector<float> partials(sae::split_partials(shape, rows));
  std::vector<int> arrivals(sae::split_tiles(shape, rows));
  Encoded e = {Codes(rows, c.k), std::vector<float>(static_cast<size_t>(rows) * shape.sae_stride, kUnwritten),
               std::vector<uint32_t>(static_cast<size_t>(rows) * shape.mask_words, 0xdeadbeefu)};
  sae::Batch batch = {};
  batch.rows = rows;
  batch.x = x_rows.data();
  batch.order = order.data();
  batch.z = e.z.data();
  batch.indices = lists ? e.codes.indices.data() : nullptr;
  batch.values = e.codes.values.data();
  batch.mask = e.mask.data();
  batch.split = {partials.data(), arrivals.data()};
  const sae::device::Stream stream = sae::device::create_stream();
  launcher(shape, {w_enc.data(), b_enc.data(), nullptr, b_dec.data()}, batch, stream);
  sae::device::destroy_stream(stream);
  return e;
}

// Sparse rows and mask say what the lists say.
void check_rows(const sae_config& c, int rows, const Encoded& e) {
  const int stride = (c.d_sae + 3) / 4 * 4, words = (c.d_sae + 31) / 32;
  std::vector<float> z(e.z.size());
  std::vector<uint32_t> mask(e.mask.size());
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < c.k; ++i) {
      const int index = e.codes.indices[r * c.k + i];
      const float value = e.codes.values[r * c.k + i];
      z[r * stride + index] = value;
      if (c.select == SAE_SELECT_ABS || value > 0) mask[r * words + index / 32] |= 1u << (index % 32);
    }
  }
  CHECK(z == e.z);
  CHECK(mask == e.mask);
}

struct Case {
  int d_in, d_sae, k, rows;
};

const Case kCases[] = {
    {1, 1, 1, 1},      {3, 2, 1, 17},      {7, 31, 31, 16},     {8, 33, 5, 15},     {127, 127, 60, 33}, {129, 128, 128, 18},
    {255, 129, 1, 17}, {256, 256, 40, 31}, {300, 257, 100, 16}, {513, 384, 9, 2},   {600, 385, 385, 3}, {1023, 511, 300, 17},
    {1024, 512, 1, 5}, {1030, 512, 512, 2}, {2049, 70, 20, 18},
};

void test_case(const Case& shape, sae_select select, bool pre_bias) {
  const sae_config c = config_of(shape.d_in, shape.d_sae, shape.k, 40, select, pre_bias);
  context = "d_in " + std::to_string(c.d_in) + ", d_sae " + std::to_string(c.d_sae) + ", k " + std::to_string(c.k) +
            ", rows " + std::to_string(shape.rows) + (select == SAE_SELECT_ABS ? ", abs" : ", relu");
  Random random(21);
  std::vector<int32_t> order = random.order(shape.rows + 3);
  order.resize(static_cast<size_t>(shape.rows));
  const int64_t x_size = static_cast<int64_t>(shape.rows + 3) * c.d_in, w_size = static_cast<int64_t>(c.d_sae) * c.d_in;

  Tensors whole(c);
  whole.w_enc = random.whole(w_size, 2);
  whole.b_enc = random.whole(c.d_sae, 3);
  whole.b_dec = random.whole(c.d_in, 2);
  const std::vector<float> whole_x = random.whole(x_size, 2);
  const Encoded exact = encode(sae::encode_topk_cluster, c, whole, whole_x, order, true);
  CHECK(exact == encode(sae::encode_topk_tiles, c, whole, whole_x, order, true));
  check_rows(c, shape.rows, exact);

  const Tensors p = random.tensors(c);
  const std::vector<float> x = random.normal(x_size, 1, 0.5);
  std::vector<float> x_ordered;
  for (const int32_t row : order) {
    x_ordered.insert(x_ordered.end(), x.begin() + static_cast<int64_t>(row) * c.d_in,
                     x.begin() + static_cast<int64_t>(row + 1) * c.d_in);
  }
  for (const Launcher& launcher : {Launcher(sae::encode_topk_cluster), Launcher(sae::encode_topk_tiles)}) {
    const Encoded e = encode(launcher, c, p, x, order, true);
    check_encoding(c, p, x_ordered.data(), shape.rows, e.codes);
    check_rows(c, shape.rows, e);
    const Encoded without_lists = encode(launcher, c, p, x, order, false);
    CHECK(without_lists.z == e.z && without_lists.mask == e.mask);
    const Encoded last = encode(launcher, c, p, x, {order.back()}, true);
    CHECK(std::equal(last.z.begin(), last.z.end(), e.z.end() - static_cast<int64_t>(last.z.size())));
  }
}

}  // namespace
}  // namespace test

int main() {
  for (const test::Case& c : test::kCases) {
    test::test_case(c, SAE_SELECT_ABS, true);
    test::test_case(c, SAE_SELECT_RELU, false);
  }
  return test::report("encode_test");
}
