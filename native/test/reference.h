// The mathematics in plain double loops: what every call of a backend is held against.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numeric>
#include <vector>

#include "session.h"

namespace test {

// A number and the sum of the magnitudes that went into it. A float computation of the same sums and products in any
// order, none longer than `terms` in all, differs from `value` by at most about terms * eps * magnitude.
struct Bounded {
  double value = 0, magnitude = 0;
  Bounded() = default;
  Bounded(double v) : value(v), magnitude(std::fabs(v)) {}
  Bounded(double v, double m) : value(v), magnitude(m) {}
};
inline Bounded operator+(Bounded a, Bounded b) { return {a.value + b.value, a.magnitude + b.magnitude}; }
inline Bounded operator-(Bounded a, Bounded b) { return {a.value - b.value, a.magnitude + b.magnitude}; }
inline Bounded operator*(Bounded a, Bounded b) { return {a.value * b.value, a.magnitude * b.magnitude}; }

// The most that a product of two numbers is off, relative to it, where they are rounded first. bf16: twice the 2^-8 of
// a number. bf16x3: twice the 2^-16 that hi + lo is off, and the product of two lo that is left out, 2^-8 times 2^-8.
inline double product_error() {
  switch (precision()) {
    case SAE_BF16X3:
      return 3.001 * 0x1p-16;
    case SAE_BF16:
      return 2.004 * 0x1p-8;
    case SAE_FP32:
      break;
  }
  return 0;
}

// Where the value passes through `products` matrix products one after another, each of them is off in every term.
inline double tolerance(double terms, int products) {
  return (terms + 8) * FLT_EPSILON + std::pow(1 + product_error(), products) - 1;
}
inline bool close(double actual, Bounded expected, double terms, int products = 0) {
  return std::fabs(actual - expected.value) <= tolerance(terms, products) * expected.magnitude;
}

// x [d_in] -> z [d_sae]
inline std::vector<Bounded> pre_activations(const sae_config& c, const Tensors& p, const float* x) {
  std::vector<Bounded> z(static_cast<size_t>(c.d_sae));
  for (int64_t j = 0; j < c.d_sae; ++j) {
    Bounded sum = p.b_enc[j];
    for (int64_t i = 0; i < c.d_in; ++i) {
      const Bounded in = c.pre_bias ? Bounded(x[i]) - Bounded(p.b_dec[i]) : Bounded(x[i]);
      sum = sum + in * Bounded(p.w_enc[j * c.d_in + i]);
    }
    z[j] = sum;
  }
  return z;
}

inline double key_of(const sae_config& c, double z) { return c.select == SAE_SELECT_ABS ? std::fabs(z) : z; }

// The k largest keys of z [d_sae], the smaller index first among equals; ascending.
template <class T>
std::vector<int32_t> select_topk(const sae_config& c, const T* z) {
  std::vector<int32_t> order(static_cast<size_t>(c.d_sae));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return key_of(c, z[a]) > key_of(c, z[b]); });
  order.resize(static_cast<size_t>(c.k));
  std::sort(order.begin(), order.end());
  return order;
}

// The codes of x [rows, d_in]. Two latents may change places where rounding can swap their keys, and only there.
inline void check_encoding(const sae_config& c, const Tensors& p, const float* x, int64_t rows, const Codes& codes) {
  const double terms = 2.0 * c.d_in;
  for (int64_t r = 0; r < rows; ++r) {
    const std::vector<Bounded> z = pre_activations(c, p, x + r * c.d_in);
    std::vector<double> keys;
    for (const Bounded& v : z) keys.push_back(key_of(c, v.value));
    std::nth_element(keys.begin(), keys.begin() + (c.k - 1), keys.end(), std::greater<>());
    const double threshold = keys[c.k - 1];
    for (int64_t i = 0; i < c.k; ++i) {
      const int32_t index = codes.indices[r * c.k + i];
      CHECK(index >= 0 && index < c.d_sae && (i == 0 || index > codes.indices[r * c.k + i - 1]));
      const Bounded v = z[index];
      const double slack = 2 * tolerance(terms, 1) * v.magnitude;
      CHECK(key_of(c, v.value) >= threshold - slack);
      CHECK(close(codes.values[r * c.k + i], c.select == SAE_SELECT_RELU && v.value <= 0 ? Bounded(0, v.magnitude) : v,
                  terms, 1));
    }
  }
}

// indices, values [k] -> x_hat [d_in]
inline std::vector<Bounded> decode(const sae_config& c, const Tensors& p, const int32_t* indices,
                                   const Bounded* values) {
  std::vector<Bounded> x_hat(p.b_dec.begin(), p.b_dec.end());
  for (int64_t i = 0; i < c.k; ++i) {
    for (int64_t n = 0; n < c.d_in; ++n) {
      x_hat[n] = x_hat[n] + values[i] * Bounded(p.w_dec[indices[i] * static_cast<int64_t>(c.d_in) + n]);
    }
  }
  return x_hat;
}

struct Gradients {
  Bounded loss;
  std::vector<Bounded> w_enc, b_enc, w_dec, b_dec;
};

// Of the mean squared error over x [rows, d_in] with the selection given by codes [rows, k]. Whether a selected latent
// is active is theirs to say too: with relu rounding decides it where z is next to 0.
inline Gradients gradients(const sae_config& c, const Tensors& p, const float* x, int64_t rows, const Codes& codes) {
  Gradients g = {{},
                 std::vector<Bounded>(p.w_enc.size()),
                 std::vector<Bounded>(p.b_enc.size()),
                 std::vector<Bounded>(p.w_dec.size()),
                 std::vector<Bounded>(p.b_dec.size())};
  const double elements = static_cast<double>(rows) * c.d_in;
  for (int64_t r = 0; r < rows; ++r) {
    const float* row = x + r * c.d_in;
    const int32_t* selected = codes.indices.data() + r * c.k;
    const auto active = [&](int64_t i) { return c.select == SAE_SELECT_ABS || codes.values[r * c.k + i] > 0; };
    const std::vector<Bounded> z = pre_activations(c, p, row);
    std::vector<Bounded> values(static_cast<size_t>(c.k));
    for (int64_t i = 0; i < c.k; ++i) values[i] = active(i) ? z[selected[i]] : Bounded();
    std::vector<Bounded> de = decode(c, p, selected, values.data());  // x_hat, then d loss / d x_hat
    for (int64_t n = 0; n < c.d_in; ++n) {
      const Bounded e = de[n] - Bounded(row[n]);
      g.loss = g.loss + e * e * Bounded(1 / elements);
      de[n] = e * Bounded(2 / elements);
      g.b_dec[n] = g.b_dec[n] + de[n];
    }
    for (int64_t i = 0; i < c.k; ++i) {
      const int64_t j = selected[i];
      Bounded dz;
      for (int64_t n = 0; n < c.d_in; ++n) {
        const int64_t w = j * c.d_in + n;
        g.w_dec[w] = g.w_dec[w] + values[i] * de[n];
        dz = dz + de[n] * Bounded(p.w_dec[w]);
      }
      if (!active(i)) continue;
      g.b_enc[j] = g.b_enc[j] + dz;
      for (int64_t n = 0; n < c.d_in; ++n) {
        const Bounded in = c.pre_bias ? Bounded(row[n]) - Bounded(p.b_dec[n]) : Bounded(row[n]);
        g.w_enc[j * c.d_in + n] = g.w_enc[j * c.d_in + n] + dz * in;
        if (c.pre_bias) g.b_dec[n] = g.b_dec[n] - dz * Bounded(p.w_enc[j * c.d_in + n]);
      }
    }
  }
  return g;
}

// The longest chain of roundings in a gradient: encoder sum, decoder sum, latent gradient, sum over rows. A loss passes
// through two of these products, and its square through four.
constexpr int kGradientProducts = 4;
inline double gradient_terms(const sae_config& c, int64_t rows) {
  return 2.0 * c.d_in + c.k + static_cast<double>(rows) + c.d_sae;
}

}  // namespace test
