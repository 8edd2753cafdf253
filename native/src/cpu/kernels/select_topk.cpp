// The k largest keys of one row z [n], larger key first, then the smaller index; indices ascend in the output.
//
// A key is an unsigned number in the order of |z| (abs: the bits without the sign) or of z (relu: the bits folded so
// that negative numbers come below positive ones), with one key for +0 and -0. A NaN has the largest key, so that it is
// seen and not lost. The k-th largest key is built bit by bit from the top: a bit stays if at least k keys reach the
// number so far. Each bit costs one pass over the keys, 4n bytes, and the passes end early once exactly k keys reach
// it.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {
namespace {

constexpr uint32_t kSign = 0x80000000u;
constexpr uint32_t kInfinity = 0x7f800000u;
constexpr uint32_t kNanKey = 0xffffffffu;

uint32_t bits_of(float z) {
  uint32_t bits;
  std::memcpy(&bits, &z, sizeof bits);
  return bits;
}

uint32_t key_abs(float z) { return bits_of(z) & ~kSign; }

uint32_t key_relu(float z) {
  const uint32_t bits = bits_of(z), magnitude = bits & ~kSign;
  const uint32_t ordered = (bits & kSign) != 0 ? kSign - magnitude : kSign + magnitude;
  return magnitude > kInfinity ? kNanKey : ordered;
}

int64_t count_at_least(const uint32_t* keys, int64_t n, uint32_t limit) {
  int32_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += keys[i] >= limit;
  return count;
}

// Not `z > 0 ? z : 0`: a NaN must stay one.
float relu_of(float z) { return z <= 0 ? 0.0f : z; }

}  // namespace

void select_topk(const float* z, int64_t n, int64_t k, bool relu, uint32_t* keys, int32_t* indices, float* values) {
  if (relu) {
    for (int64_t i = 0; i < n; ++i) keys[i] = key_relu(z[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) keys[i] = key_abs(z[i]);
  }

  uint32_t limit = 0;
  int64_t reaching = n;
  for (int bit = 31; bit >= 0 && reaching > k; --bit) {
    const uint32_t higher = limit | (uint32_t{1} << bit);
    const int64_t count = count_at_least(keys, n, higher);
    if (count >= k) {
      limit = higher;
      reaching = count;
    }
  }

  // More than k keys reach the limit only if several equal it: of those the last ones are left out.
  int64_t surplus = reaching - k, ties = 0;
  if (surplus > 0) {
    for (int64_t i = 0; i < n; ++i) ties += keys[i] == limit;
  }
  int64_t ties_left = ties - surplus, out = 0;
  for (int64_t i = 0; out < k; ++i) {
    bool selected = keys[i] >= limit;
    if (surplus > 0 && keys[i] == limit) selected = ties_left-- > 0;
    indices[out] = static_cast<int32_t>(i);
    values[out] = relu ? relu_of(z[i]) : z[i];
    out += selected;
  }
}

}  // namespace sae::cpu::SAE_ISA
