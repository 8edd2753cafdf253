// The border: every argument is checked here, every exception becomes a status and a text. No mathematics.
#include <cmath>
#include <cstdio>
#include <memory>
#include <new>
#include <string>

#include "backends.h"

struct sae_data {
  std::shared_ptr<const sae::Data> on_backend;  // a session that has it holds a share of its own
  std::string backend;
  int64_t rows;
  int32_t d_in;
};

struct sae_session {
  std::unique_ptr<sae::Backend> backend;
  std::string backend_name;
  sae_config config;
  int64_t rows[2];  // of each split, 0 before its data is set
};

namespace {

using sae::Error;

// A fixed array: the text of a failed allocation must not need an allocation.
thread_local char last_error[1024] = "";

sae_status fail(sae_status status, const char* text) {
  std::snprintf(last_error, sizeof last_error, "%s", text);
  return status;
}

template <class Body>
sae_status guarded(Body body) {
  last_error[0] = '\0';
  try {
    body();
    return SAE_OK;
  } catch (const Error& e) {
    return fail(e.status(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(SAE_ERR_MEMORY, "out of memory outside the session's own buffers");
  } catch (const std::exception& e) {
    return fail(SAE_ERR_INTERNAL, e.what());
  } catch (...) {
    return fail(SAE_ERR_INTERNAL, "an exception of unknown type");
  }
}

[[noreturn]] void invalid(const std::string& text) { throw Error(SAE_ERR_INVALID, text); }

template <class T>
std::string text_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
  } else {
    return std::to_string(value);
  }
}

template <class T>
void check_range(const char* name, T value, T low, T high) {
  if (value < low || value > high) {
    invalid(std::string(name) + " must be from " + text_of(low) + " to " + text_of(high) + ", not " + text_of(value));
  }
}

void check_at_least(const char* name, int64_t value, int64_t low) {
  if (value < low) invalid(std::string(name) + " must be at least " + text_of(low) + ", not " + text_of(value));
}

void check_pointer(const char* name, const void* pointer) {
  if (pointer == nullptr) invalid(std::string(name) + " must not be NULL");
}

// Arrays of no rows may be NULL.
void check_rows(const char* name, const void* pointer, int64_t rows) {
  check_at_least("rows", rows, 0);
  if (rows > 0) check_pointer(name, pointer);
}

// Written as a negation so that a NaN fails.
void check_number(const char* name, bool in_range, const char* range, double value) {
  if (!in_range) invalid(std::string(name) + " must be " + range + ", not " + text_of(value));
}

void check_threads(int32_t threads) { check_range<int32_t>("threads", threads, 0, 1024); }

void check_config(const sae_config& c) {
  check_at_least("d_in", c.d_in, 1);
  check_at_least("d_sae", c.d_sae, 1);
  check_range("k", c.k, 1, c.d_sae);
  check_range<int32_t>("select", c.select, SAE_SELECT_ABS, SAE_SELECT_RELU);
  check_range("pre_bias", c.pre_bias, 0, 1);
  check_at_least("batch_size", c.batch_size, 1);
  check_threads(c.threads);
  check_range<int32_t>("precision", c.precision, SAE_FP32, SAE_BF16);
  check_number("lr", c.lr >= 0 && std::isfinite(c.lr), "finite and not negative", c.lr);
  check_number("beta1", c.beta1 >= 0 && c.beta1 < 1, "at least 0 and less than 1", c.beta1);
  check_number("beta2", c.beta2 >= 0 && c.beta2 < 1, "at least 0 and less than 1", c.beta2);
  check_number("eps", c.eps > 0 && std::isfinite(c.eps), "finite and greater than 0", c.eps);
}

sae::Backend& checked(sae_session* session) {
  check_pointer("session", session);
  return *session->backend;
}

void check_state(int32_t state, const sae_tensors* tensors) {
  check_range<int32_t>("state", state, SAE_PARAMETERS, SAE_GRADIENTS);
  check_pointer("tensors", tensors);
  check_pointer("tensors.w_enc", tensors->w_enc);
  check_pointer("tensors.b_enc", tensors->b_enc);
  check_pointer("tensors.w_dec", tensors->w_dec);
  check_pointer("tensors.b_dec", tensors->b_dec);
}

void check_data(const sae_session& session, const sae_data* data) {
  check_pointer("data", data);
  if (data->backend != session.backend_name) {
    invalid("the data set lies on the " + data->backend + " backend and the session on the " + session.backend_name +
            " backend");
  }
  if (data->d_in != session.config.d_in) {
    invalid("the rows of the data set are " + text_of(data->d_in) + " wide and d_in of the session is " +
            text_of(session.config.d_in));
  }
}

void check_split(const sae_session& session, int32_t split) {
  if (session.rows[split] == 0) {
    invalid(std::string("the ") + (split == SAE_TRAIN ? "training" : "validation") +
            " split has no data: call sae_set_data first");
  }
}

void check_order(const int32_t* order, int64_t rows, int64_t split_rows) {
  for (int64_t i = 0; i < rows; ++i) {
    if (order[i] < 0 || order[i] >= split_rows) {
      invalid("order[" + text_of(i) + "] must be a row of the training split, from 0 to " + text_of(split_rows - 1) +
              ", not " + text_of(order[i]));
    }
  }
}

void check_indices(const int32_t* indices, int64_t rows, const sae_config& c) {
  for (int64_t r = 0; r < rows; ++r) {
    const int32_t* row = indices + r * c.k;
    for (int32_t i = 0; i < c.k; ++i) {
      if (row[i] < 0 || row[i] >= c.d_sae || (i > 0 && row[i] <= row[i - 1])) {
        invalid("indices of row " + text_of(r) + " must ascend within 0 to " + text_of(c.d_sae - 1) + ", but number " +
                text_of(i) + " is " + text_of(row[i]));
      }
    }
  }
}

}  // namespace

int32_t sae_abi_version(void) { return SAE_ABI_VERSION; }

const char* sae_last_error(void) { return last_error; }

sae_status sae_backend_describe(const char* backend, char* text, int32_t capacity) {
  return guarded([&] {
    check_pointer("backend", backend);
    check_pointer("text", text);
    check_at_least("capacity", capacity, 1);
    std::string description;
    sae::find_backend(backend).describe(description);
    std::snprintf(text, static_cast<size_t>(capacity), "%s", description.c_str());
  });
}

sae_status sae_data_create(const char* backend, const float* x, int64_t rows, int32_t d_in, int32_t threads,
                           sae_data** out) {
  return guarded([&] {
    check_pointer("backend", backend);
    check_pointer("out", out);
    *out = nullptr;
    check_pointer("x", x);
    check_range<int64_t>("rows", rows, 1, INT32_MAX);
    check_at_least("d_in", d_in, 1);
    check_threads(threads);
    auto data = std::make_unique<sae_data>();
    data->on_backend.reset(sae::find_backend(backend).create_data(x, rows, d_in, threads));
    data->backend = backend;
    data->rows = rows;
    data->d_in = d_in;
    *out = data.release();
  });
}

void sae_data_destroy(sae_data* data) { delete data; }

sae_status sae_session_create(const char* backend, const sae_config* config, sae_session** out) {
  return guarded([&] {
    check_pointer("backend", backend);
    check_pointer("config", config);
    check_pointer("out", out);
    *out = nullptr;
    check_config(*config);
    auto session = std::make_unique<sae_session>();
    session->config = *config;
    session->backend_name = backend;
    session->backend.reset(sae::find_backend(backend).create(*config));
    *out = session.release();
  });
}

void sae_session_destroy(sae_session* session) { delete session; }

sae_status sae_set_state(sae_session* session, int32_t state, const sae_tensors* tensors) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_state(state, tensors);
    backend.set_state(static_cast<sae_state>(state), *tensors);
  });
}

sae_status sae_get_state(sae_session* session, int32_t state, const sae_tensors* tensors) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_state(state, tensors);
    backend.get_state(static_cast<sae_state>(state), *tensors);
  });
}

sae_status sae_set_step(sae_session* session, int64_t step) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_at_least("step", step, 0);
    backend.set_step(step);
  });
}

sae_status sae_get_step(sae_session* session, int64_t* step) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_pointer("step", step);
    *step = backend.step();
  });
}

sae_status sae_set_data(sae_session* session, int32_t split, const sae_data* data) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_range<int32_t>("split", split, SAE_TRAIN, SAE_VALIDATION);
    check_data(*session, data);
    session->rows[split] = 0;  // what a failure below leaves is no data set
    backend.set_data(static_cast<sae_split>(split), data->on_backend);
    session->rows[split] = data->rows;
  });
}

sae_status sae_train_epoch(sae_session* session, const int32_t* order, int64_t rows, double* step_loss) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_split(*session, SAE_TRAIN);
    check_at_least("rows", rows, 1);
    check_pointer("order", order);
    check_pointer("step_loss", step_loss);
    check_order(order, rows, session->rows[SAE_TRAIN]);
    backend.train_epoch(order, rows, step_loss);
  });
}

sae_status sae_evaluate(sae_session* session, int32_t split, sae_evaluation* out, int64_t* firing_count) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_range<int32_t>("split", split, SAE_TRAIN, SAE_VALIDATION);
    check_pointer("out", out);
    check_split(*session, split);
    backend.evaluate(static_cast<sae_split>(split), *out, firing_count);
  });
}

sae_status sae_select_topk(sae_session* session, const float* z, int64_t rows, int32_t* indices, float* values) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_rows("z", z, rows);
    check_rows("indices", indices, rows);
    check_rows("values", values, rows);
    if (rows > 0) backend.select_topk(z, rows, indices, values);
  });
}

sae_status sae_encode_topk(sae_session* session, const float* x, int64_t rows, int32_t* indices, float* values) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_rows("x", x, rows);
    check_rows("indices", indices, rows);
    check_rows("values", values, rows);
    if (rows > 0) backend.encode_topk(x, rows, indices, values);
  });
}

sae_status sae_encode_rows(sae_session* session, const sae_data* data, int64_t first, int64_t rows, int32_t* indices,
                           float* values) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_data(*session, data);
    check_range<int64_t>("first", first, 0, data->rows);
    check_range<int64_t>("rows", rows, 0, data->rows - first);
    check_rows("indices", indices, rows);
    check_rows("values", values, rows);
    if (rows > 0) backend.encode_rows(*data->on_backend, first, rows, indices, values);
  });
}

sae_status sae_decode_sparse(sae_session* session, const int32_t* indices, const float* values, int64_t rows,
                             float* x_hat) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_rows("indices", indices, rows);
    check_rows("values", values, rows);
    check_rows("x_hat", x_hat, rows);
    check_indices(indices, rows, session->config);
    if (rows > 0) backend.decode_sparse(indices, values, rows, x_hat);
  });
}

sae_status sae_gradients(sae_session* session, const float* x, int64_t rows, double* loss) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_range<int64_t>("rows", rows, 1, session->config.batch_size);
    check_pointer("x", x);
    check_pointer("loss", loss);
    *loss = backend.gradients(x, rows);
  });
}

sae_status sae_adam_update(sae_session* session) {
  return guarded([&] { checked(session).adam_update(); });
}

sae_status sae_device_seconds(sae_session* session, double* seconds) {
  return guarded([&] {
    sae::Backend& backend = checked(session);
    check_pointer("seconds", seconds);
    *seconds = backend.device_seconds();
  });
}
