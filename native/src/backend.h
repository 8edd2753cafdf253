// What a backend implements. The border (api.cpp) has checked every argument before a call arrives here.
//
// A backend is a shared library libsae_<name>.so that exports the three functions below; the cpu backend is linked into
// libsae_native.so itself. Failures are thrown as sae::Error.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "sae_native.h"

namespace sae {

class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(sae_status status, const std::string& text) : std::runtime_error(text), status_(status) {}
  sae_status status() const { return status_; }

 private:
  sae_status status_;
};

// Rows on this backend and what its evaluations need of them. Never changes once it is made, so that sessions may share
// it; each backend derives its own, and is given back only what it made.
class Data {
 public:
  virtual ~Data() = default;
};

// One method for each session call of sae_native.h, same name, shapes and meaning.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual void set_state(sae_state state, const sae_tensors& tensors) = 0;
  virtual void get_state(sae_state state, const sae_tensors& tensors) = 0;
  virtual void set_step(int64_t step) = 0;
  virtual int64_t step() = 0;
  virtual void set_data(sae_split split, std::shared_ptr<const Data> data) = 0;
  virtual void train_epoch(const int32_t* order, int64_t rows, double* step_loss) = 0;
  virtual void evaluate(sae_split split, sae_evaluation& out, int64_t* firing_count) = 0;
  virtual void select_topk(const float* z, int64_t rows, int32_t* indices, float* values) = 0;
  virtual void encode_topk(const float* x, int64_t rows, int32_t* indices, float* values) = 0;
  virtual void encode_rows(const Data& data, int64_t first, int64_t rows, int32_t* indices, float* values) = 0;
  virtual void decode_sparse(const int32_t* indices, const float* values, int64_t rows, float* x_hat) = 0;
  virtual double gradients(const float* x, int64_t rows) = 0;
  virtual void adam_update() = 0;
  // Only a device has a clock of its own.
  virtual double device_seconds() {
    throw Error(SAE_ERR_UNAVAILABLE, "the backend has no device and so no device clock");
  }
};

}  // namespace sae

// Throws sae::Error(SAE_ERR_UNAVAILABLE) where the backend cannot run; else one line on what it runs on.
extern "C" void sae_describe_backend(std::string& text);
extern "C" sae::Data* sae_create_data(const float* x, int64_t rows, int32_t d_in, int32_t threads);
extern "C" sae::Backend* sae_create_backend(const sae_config& config);
