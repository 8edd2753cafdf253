// A session, data sets and their arrays for tests, with random content.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "check.h"

namespace test {

struct Tensors {
  std::vector<float> w_enc, b_enc, w_dec, b_dec;

  explicit Tensors(const sae_config& c)
      : w_enc(size(c.d_sae, c.d_in)), b_enc(size(c.d_sae, 1)), w_dec(size(c.d_sae, c.d_in)), b_dec(size(c.d_in, 1)) {}

  sae_tensors view() { return {w_enc.data(), b_enc.data(), w_dec.data(), b_dec.data()}; }
  bool operator==(const Tensors& o) const {
    return w_enc == o.w_enc && b_enc == o.b_enc && w_dec == o.w_dec && b_dec == o.b_dec;
  }

 private:
  static size_t size(int64_t a, int64_t b) { return static_cast<size_t>(a * b); }
};

inline sae_config config_of(int32_t d_in, int32_t d_sae, int32_t k, int32_t batch_size,
                            sae_select select = SAE_SELECT_ABS, bool pre_bias = false, int32_t threads = 2) {
  return {d_in, d_sae, k, select, pre_bias ? 1 : 0, batch_size, threads, precision(), 1e-2, 0.9, 0.999, 1e-8};
}

class Random {
 public:
  explicit Random(uint64_t seed) : generator_(seed) {}
  std::vector<float> normal(int64_t n, double scale, double mean = 0) {
    std::normal_distribution<double> distribution(mean, scale);
    std::vector<float> values(static_cast<size_t>(n));
    for (float& v : values) v = static_cast<float>(distribution(generator_));
    return values;
  }
  // Small whole numbers: sums of their products are exact in float, and ties are many.
  std::vector<float> whole(int64_t n, int largest) {
    std::uniform_int_distribution<int> distribution(-largest, largest);
    std::vector<float> values(static_cast<size_t>(n));
    for (float& v : values) v = static_cast<float>(distribution(generator_));
    return values;
  }
  std::vector<int32_t> order(int32_t n) {
    std::vector<int32_t> rows(static_cast<size_t>(n));
    for (int32_t i = 0; i < n; ++i) rows[static_cast<size_t>(i)] = i;
    std::shuffle(rows.begin(), rows.end(), generator_);
    return rows;
  }
  Tensors tensors(const sae_config& c) {
    Tensors t(c);
    t.w_enc = normal(static_cast<int64_t>(c.d_sae) * c.d_in, 0.3);
    t.b_enc = normal(c.d_sae, 0.3);
    t.w_dec = normal(static_cast<int64_t>(c.d_sae) * c.d_in, 0.3);
    t.b_dec = normal(c.d_in, 0.3);
    return t;
  }

 private:
  std::mt19937_64 generator_;
};

class Session {
 public:
  explicit Session(const sae_config& config) : config_(config) {
    CHECK_OK(sae_session_create(backend(), &config, &session_));
  }
  ~Session() { sae_session_destroy(session_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  operator sae_session*() const { return session_; }
  void set(sae_state state, Tensors tensors) {
    const sae_tensors view = tensors.view();
    CHECK_OK(sae_set_state(session_, state, &view));
  }
  Tensors get(sae_state state) {
    Tensors tensors(config_);
    const sae_tensors view = tensors.view();
    CHECK_OK(sae_get_state(session_, state, &view));
    return tensors;
  }

 private:
  const sae_config config_;
  sae_session* session_ = nullptr;
};

// Borrows x on the cpu backend.
class DataSet {
 public:
  DataSet(const std::vector<float>& x, const sae_config& c) {
    CHECK_OK(sae_data_create(backend(), x.data(), static_cast<int64_t>(x.size()) / c.d_in, c.d_in, c.threads, &data_));
  }
  ~DataSet() { sae_data_destroy(data_); }
  DataSet(const DataSet&) = delete;
  DataSet& operator=(const DataSet&) = delete;

  operator sae_data*() const { return data_; }

 private:
  sae_data* data_ = nullptr;
};

struct Codes {
  std::vector<int32_t> indices;
  std::vector<float> values;

  Codes(int64_t rows, int64_t k) : indices(static_cast<size_t>(rows * k)), values(static_cast<size_t>(rows * k)) {}
};

}  // namespace test
