// select_topk against a stable sort: lists, sparse rows and mask, to the bit, under two orders of threads, at widths
// around words of mask, threads, tiles and what fits in shared memory, on data that decide at each digit of the keys,
// or never.

#include <cfloat>
#include <cstring>
#include <limits>
#include <numeric>

#include "kernels/kernels.cuh"
#include "runtime.h"
#include "session.h"

namespace test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
constexpr int kRows = 2;

struct Selection {
  Codes codes;
  std::vector<float> sparse;
  std::vector<uint32_t> mask;
};

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && !std::memcmp(a.data(), b.data(), a.size() * sizeof(T));
}

// z [kRows, shape.d_sae] -> what select_topk should write.
Selection expected_selection(const sae::Shape& shape, const std::vector<float>& z) {
  Selection s = {Codes(kRows, shape.k), std::vector<float>(static_cast<size_t>(kRows) * shape.sae_stride),
                 std::vector<uint32_t>(static_cast<size_t>(kRows) * shape.mask_words)};
  for (int r = 0; r < kRows; ++r) {
    const float* z_row = z.data() + static_cast<size_t>(r) * shape.d_sae;
    const auto larger = [&](int a, int b) {
      const float key_a = shape.relu ? z_row[a] : std::fabs(z_row[a]),
                  key_b = shape.relu ? z_row[b] : std::fabs(z_row[b]);
      return std::isnan(key_a) ? !std::isnan(key_b) : key_a > key_b;
    };
    std::vector<int> order(static_cast<size_t>(shape.d_sae));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), larger);
    std::sort(order.begin(), order.begin() + shape.k);
    for (int i = 0; i < shape.k; ++i) {
      const int latent = order[i];
      const float value = shape.relu && z_row[latent] <= 0 ? 0.0f : z_row[latent];
      s.codes.indices[r * shape.k + i] = latent;
      s.codes.values[r * shape.k + i] = value;
      s.sparse[r * shape.sae_stride + latent] = value;
      if (!shape.relu || z_row[latent] > 0) s.mask[r * shape.mask_words + latent / 32] |= 1u << (latent % 32);
    }
  }
  return s;
}

// What lies between the rows of z, in mask and in lists before is garbage.
Selection select(const sae::Shape& shape, const std::vector<float>& z, bool lists) {
  Selection s = {Codes(kRows, shape.k), std::vector<float>(static_cast<size_t>(kRows) * shape.sae_stride, kNaN),
                 std::vector<uint32_t>(static_cast<size_t>(kRows) * shape.mask_words, 0xdeadbeefu)};
  for (int r = 0; r < kRows; ++r) {
    std::copy_n(z.begin() + static_cast<int64_t>(r) * shape.d_sae, shape.d_sae,
                s.sparse.begin() + static_cast<int64_t>(r) * shape.sae_stride);
  }
  sae::Batch batch = {};
  batch.rows = kRows;
  batch.lists = lists;
  sae::Scratch scratch = {};
  scratch.z = scratch.sparse = s.sparse.data();
  scratch.indices = s.codes.indices.data();
  scratch.values = s.codes.values.data();
  scratch.mask = s.mask.data();
  const sae::device::Stream stream = sae::device::create_stream();
  sae::select_topk(shape, batch, scratch, stream);
  sae::device::destroy_stream(stream);
  return s;
}

struct Data {
  const char* name;
  std::vector<float> z;
};

std::vector<Data> nasty_data(int64_t n) {
  Random random(41);
  std::vector<Data> data = {{"normal", random.normal(n, 1)},
                            {"ties", random.whole(n, 2)},
                            {"all equal", std::vector<float>(n, -0.5f)},
                            {"all zero", std::vector<float>(n, 0.0f)},
                            {"all NaN", std::vector<float>(n, kNaN)}};
  data.push_back({"one distinct", std::vector<float>(n, 0.0f)});
  data.back().z[n / 2] = 1e-30f;
  const auto mapped = [&](const char* name, int range, auto&& map) {
    data.push_back({name, random.whole(n, range)});
    for (float& v : data.back().z) v = map(v);
  };
  mapped("zeros of both signs", 1, [](float v) { return v > 0 ? 0.0f : v < 0 ? -0.0f : 1e-3f; });
  mapped("keys that differ in the last digit", 40, [](float v) { return 1.5f + v * FLT_EPSILON; });
  mapped("keys that differ in the third digit", 40, [](float v) { return 1.5f + v * 0x1p-15f; });
  mapped("denormals, infinities, NaN", 4, [](float v) {
    return v == 4 ? kInfinity : v == -4 ? -kInfinity : v == 3 ? kNaN : v == -3 ? -kNaN : v * FLT_TRUE_MIN;
  });
  mapped("largest numbers", 2, [](float v) { return v == 2 ? FLT_MAX : v == -2 ? -FLT_MAX : v * FLT_MIN; });
  return data;
}

void test_width(int d_sae, int k) {
  for (const Data& data : nasty_data(static_cast<int64_t>(kRows) * d_sae)) {
    for (const bool relu : {false, true}) {
      context = std::string(data.name) + ", d_sae " + std::to_string(d_sae) + ", k " + std::to_string(k) +
                (relu ? ", relu" : ", abs");
      const sae::Shape shape = sae::make_shape(1, d_sae, k, kRows, relu, false, sae::Precision::kFp32);
      const Selection expected = expected_selection(shape, data.z);
      for (const simt::Order order : {simt::Order::kForward, simt::Order::kRandom}) {
        simt::set_order(order, 6);
        const Selection s = select(shape, data.z, true);
        CHECK(s.codes.indices == expected.codes.indices);
        CHECK(same_bits(s.codes.values, expected.codes.values));
        CHECK(same_bits(s.sparse, expected.sparse) && s.mask == expected.mask);
      }
    }
  }
}

void test_without_lists() {
  for (const int d_sae : {33, 2049}) {
    context = "without lists, d_sae " + std::to_string(d_sae);
    const sae::Shape shape = sae::make_shape(1, d_sae, 20, kRows, true, false, sae::Precision::kFp32);
    const std::vector<float> z = Random(42).whole(static_cast<int64_t>(kRows) * d_sae, 9);
    const Selection s = select(shape, z, false), expected = expected_selection(shape, z);
    CHECK(same_bits(s.sparse, expected.sparse) && s.mask == expected.mask);
  }
}

}  // namespace
}  // namespace test

int main() {
  test::test_without_lists();
  for (const int d_sae : {1, 2, 31, 32, 33, 127, 128, 129, 255, 257, 511, 512, 513, 1023, 1025, 2048, 2049, 5000}) {
    for (const int k : {1, d_sae / 3, d_sae - 1, d_sae}) {
      if (k > 0) test::test_width(d_sae, k);
    }
  }
  // The row fits in shared memory, and just not; then a bucket does, of normal data after one digit or after two.
  test::test_width(8192, 100);
  test::test_width(8193, 100);
  test::test_width(30000, 100);
  test::test_width(30000, 12000);
  return test::report("select_test");
}
