// The border: every argument check names the argument and its range, every failure is a status and a text.
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "session.h"

namespace test {
namespace {

void test_describe() {
  char text[256] = "";
  CHECK_OK(sae_backend_describe("cpu", text, sizeof text));
  CHECK(std::strstr(text, " core") != nullptr);
  char little[4];
  CHECK_OK(sae_backend_describe("cpu", little, sizeof little));
  CHECK(std::strlen(little) == 3);
  CHECK_FAILS(sae_backend_describe(nullptr, text, sizeof text), SAE_ERR_INVALID, "backend must not be NULL");
  CHECK_FAILS(sae_backend_describe("cpu", nullptr, 10), SAE_ERR_INVALID, "text must not be NULL");
  CHECK_FAILS(sae_backend_describe("cpu", text, 0), SAE_ERR_INVALID, "capacity must be at least 1, not 0");
  CHECK_FAILS(sae_backend_describe("tpu", text, sizeof text), SAE_ERR_INVALID,
              "backend must be cpu, cuda or simt, not tpu");
}

void test_instruction_set() {
  char text[256] = "";
  setenv("SAE_CPU", "plain", 1);
  CHECK_OK(sae_backend_describe("cpu", text, sizeof text));
  CHECK(std::strncmp(text, "plain, ", 7) == 0);
  setenv("SAE_CPU", "sse9", 1);
  CHECK_FAILS(sae_backend_describe("cpu", text, sizeof text), SAE_ERR_UNAVAILABLE,
              "SAE_CPU must be avx512, avx2 or plain, not sse9");
  unsetenv("SAE_CPU");
}

// FOLDER_* are the folders of the libraries built for this test.
void test_other_backends() {
  char text[256];
  sae_session* session = nullptr;
  sae_config c = config_of(1, 4, 2, 3);
  setenv("SAE_BACKEND_PATH", "/no/such/folder", 1);
  CHECK_FAILS(sae_backend_describe("simt", text, sizeof text), SAE_ERR_UNAVAILABLE,
              "libsae_simt.so was not found in /no/such/folder, ");
  unsetenv("SAE_BACKEND_PATH");
  CHECK_FAILS(sae_session_create("simt", &c, &session), SAE_ERR_UNAVAILABLE, "(SAE_BACKEND_PATH is not set)");

  setenv("SAE_BACKEND_PATH", "/no/such/folder:" FOLDER_NO_BACKEND, 1);
  CHECK_FAILS(sae_backend_describe("simt", text, sizeof text), SAE_ERR_UNAVAILABLE,
              "does not define sae_describe_backend");
  CHECK_FAILS(sae_backend_describe("cuda", text, sizeof text), SAE_ERR_UNAVAILABLE, "cannot be loaded: ");

  setenv("SAE_BACKEND_PATH", FOLDER_FAKE_BACKEND, 1);
  CHECK_FAILS(sae_backend_describe("simt", text, sizeof text), SAE_ERR_UNAVAILABLE, "the fake backend cannot run here");
  CHECK_FAILS(sae_session_create("simt", &c, &session), SAE_ERR_DEVICE, "the fake device failed");
  sae_data* data = nullptr;
  const float x[5] = {};
  CHECK_FAILS(sae_data_create("simt", x, 1, 1, 1, &data), SAE_ERR_MEMORY, "the fake device is full");
  CHECK(data == nullptr);
  CHECK_OK(sae_data_create("simt", x, 1, 5, 1, &data));
  {
    Session on_cpu(config_of(5, 4, 2, 3));
    const char* const elsewhere = "the data set lies on the simt backend and the session on the cpu backend";
    int32_t indices[2];
    float values[2];
    CHECK_FAILS(sae_set_data(on_cpu, SAE_TRAIN, data), SAE_ERR_INVALID, elsewhere);
    CHECK_FAILS(sae_encode_rows(on_cpu, data, 0, 1, indices, values), SAE_ERR_INVALID, elsewhere);
  }
  sae_data_destroy(data);
  c.d_in = 2;
  CHECK_FAILS(sae_session_create("simt", &c, &session), SAE_ERR_MEMORY, "out of memory");
  c.d_in = 3;
  CHECK_FAILS(sae_session_create("simt", &c, &session), SAE_ERR_INTERNAL, "a defect");
  c.d_in = 4;
  CHECK_FAILS(sae_session_create("simt", &c, &session), SAE_ERR_INTERNAL, "unknown type");
  CHECK(session == nullptr);
  unsetenv("SAE_BACKEND_PATH");
}

template <class T>
void check_config(T sae_config::* field, T value, const char* text) {
  sae_config c = config_of(5, 4, 2, 3);
  c.*field = value;
  sae_session* session = nullptr;
  CHECK_FAILS(sae_session_create("cpu", &c, &session), SAE_ERR_INVALID, text);
  CHECK(session == nullptr);
}

void test_config() {
  check_config(&sae_config::d_in, 0, "d_in must be at least 1, not 0");
  check_config(&sae_config::d_sae, -1, "d_sae must be at least 1, not -1");
  check_config(&sae_config::k, 0, "k must be from 1 to 4, not 0");
  check_config(&sae_config::k, 5, "k must be from 1 to 4, not 5");
  check_config(&sae_config::select, 2, "select must be from 0 to 1, not 2");
  check_config(&sae_config::pre_bias, -1, "pre_bias must be from 0 to 1, not -1");
  check_config(&sae_config::batch_size, 0, "batch_size must be at least 1, not 0");
  check_config(&sae_config::threads, -1, "threads must be from 0 to 1024, not -1");
  check_config(&sae_config::threads, 1025, "threads must be from 0 to 1024, not 1025");
  check_config(&sae_config::precision, -1, "precision must be from 0 to 2, not -1");
  check_config(&sae_config::precision, 3, "precision must be from 0 to 2, not 3");
  check_config(&sae_config::lr, -1.0, "lr must be finite and not negative, not -1");
  check_config(&sae_config::lr, std::nan(""), "lr must be finite and not negative, not nan");
  check_config(&sae_config::beta1, 1.0, "beta1 must be at least 0 and less than 1, not 1");
  check_config(&sae_config::beta2, -0.5, "beta2 must be at least 0 and less than 1, not -0.5");
  check_config(&sae_config::eps, 0.0, "eps must be finite and greater than 0, not 0");
  check_config(&sae_config::eps, std::numeric_limits<double>::infinity(), "eps must be finite");
  const sae_config c = config_of(5, 4, 2, 3);
  sae_session* session = nullptr;
  CHECK_FAILS(sae_session_create(nullptr, &c, &session), SAE_ERR_INVALID, "backend must not be NULL");
  CHECK_FAILS(sae_session_create("cpu", nullptr, &session), SAE_ERR_INVALID, "config must not be NULL");
  CHECK_FAILS(sae_session_create("cpu", &c, nullptr), SAE_ERR_INVALID, "out must not be NULL");
  CHECK_FAILS(sae_session_create("gpu", &c, &session), SAE_ERR_INVALID, "backend must be cpu, cuda or simt, not gpu");
  sae_session_destroy(nullptr);
}

void test_precision() {
  sae_config c = config_of(5, 4, 2, 3);
  for (const sae_precision precision : {SAE_BF16X3, SAE_BF16}) {
    c.precision = precision;
    sae_session* session = nullptr;
    CHECK_FAILS(sae_session_create("cpu", &c, &session), SAE_ERR_UNAVAILABLE, "the cpu backend computes in fp32 alone");
    CHECK(session == nullptr);
  }
}

void test_memory() {
  sae_session* session = nullptr;
  const int32_t most = std::numeric_limits<int32_t>::max();
  for (const sae_config& c : {config_of(1 << 20, 1 << 20, 2, 3), config_of(most, 1 << 20, 1 << 20, 1 << 20)}) {
    CHECK_FAILS(sae_session_create("cpu", &c, &session), SAE_ERR_MEMORY, "bytes of memory");
    CHECK(session == nullptr);
  }
  for (const sae_config& c : {config_of(4, most, 2, 3), config_of(4, 4, 2, most)}) {
    CHECK_FAILS(sae_session_create("cpu", &c, &session), SAE_ERR_UNAVAILABLE, "the cpu backend takes at most ");
    CHECK(session == nullptr);
  }
}

void test_data() {
  const float x[2] = {};
  sae_data* data = nullptr;
  CHECK_FAILS(sae_data_create(nullptr, x, 1, 2, 1, &data), SAE_ERR_INVALID, "backend must not be NULL");
  CHECK_FAILS(sae_data_create("gpu", x, 1, 2, 1, &data), SAE_ERR_INVALID, "backend must be cpu, cuda or simt, not gpu");
  CHECK_FAILS(sae_data_create("cpu", nullptr, 1, 2, 1, &data), SAE_ERR_INVALID, "x must not be NULL");
  CHECK_FAILS(sae_data_create("cpu", x, 0, 2, 1, &data), SAE_ERR_INVALID, "rows must be from 1 to 2147483647, not 0");
  CHECK_FAILS(sae_data_create("cpu", x, 1ll << 31, 2, 1, &data), SAE_ERR_INVALID, "rows must be from 1 to 2147483647");
  CHECK_FAILS(sae_data_create("cpu", x, 1, 0, 1, &data), SAE_ERR_INVALID, "d_in must be at least 1, not 0");
  CHECK_FAILS(sae_data_create("cpu", x, 1, 2, -1, &data), SAE_ERR_INVALID, "threads must be from 0 to 1024, not -1");
  CHECK_FAILS(sae_data_create("cpu", x, 1, 2, 1, nullptr), SAE_ERR_INVALID, "out must not be NULL");
  CHECK(data == nullptr);
  sae_data_destroy(nullptr);
}

void test_calls() {
  const sae_config c = config_of(5, 4, 2, 3);
  Session session(c);
  Tensors tensors(c);
  sae_tensors view = tensors.view();
  CHECK_FAILS(sae_set_state(nullptr, 0, &view), SAE_ERR_INVALID, "session must not be NULL");
  CHECK_FAILS(sae_set_state(session, 4, &view), SAE_ERR_INVALID, "state must be from 0 to 3, not 4");
  CHECK_FAILS(sae_get_state(session, -1, &view), SAE_ERR_INVALID, "state must be from 0 to 3, not -1");
  CHECK_FAILS(sae_get_state(session, 0, nullptr), SAE_ERR_INVALID, "tensors must not be NULL");
  view.w_enc = nullptr;
  CHECK_FAILS(sae_set_state(session, 0, &view), SAE_ERR_INVALID, "tensors.w_enc must not be NULL");
  view = tensors.view();
  view.b_dec = nullptr;
  CHECK_FAILS(sae_get_state(session, 0, &view), SAE_ERR_INVALID, "tensors.b_dec must not be NULL");

  int64_t step = -1;
  CHECK_FAILS(sae_set_step(session, -1), SAE_ERR_INVALID, "step must be at least 0, not -1");
  CHECK_FAILS(sae_get_step(session, nullptr), SAE_ERR_INVALID, "step must not be NULL");
  CHECK_OK(sae_set_step(session, 7));
  CHECK_OK(sae_get_step(session, &step));
  CHECK(step == 7);

  const std::vector<float> rows(3 * 5);
  const float* const x = rows.data();
  const DataSet data(rows, c);
  double losses[4];
  sae_evaluation evaluation;
  const int32_t order[] = {2, 1, 0};
  CHECK_FAILS(sae_train_epoch(session, order, 3, losses), SAE_ERR_INVALID, "training split has no data");
  CHECK_FAILS(sae_evaluate(session, SAE_VALIDATION, &evaluation, nullptr), SAE_ERR_INVALID,
              "validation split has no data");
  CHECK_FAILS(sae_set_data(nullptr, SAE_TRAIN, data), SAE_ERR_INVALID, "session must not be NULL");
  CHECK_FAILS(sae_set_data(session, 2, data), SAE_ERR_INVALID, "split must be from 0 to 1, not 2");
  CHECK_FAILS(sae_set_data(session, SAE_TRAIN, nullptr), SAE_ERR_INVALID, "data must not be NULL");
  const std::vector<float> wide_rows(6);
  const DataSet wide(wide_rows, config_of(6, 4, 2, 3));
  const char* const width = "the rows of the data set are 6 wide and d_in of the session is 5";
  CHECK_FAILS(sae_set_data(session, SAE_TRAIN, wide), SAE_ERR_INVALID, width);
  CHECK_FAILS(sae_train_epoch(session, order, 3, losses), SAE_ERR_INVALID, "training split has no data");
  CHECK_OK(sae_set_data(session, SAE_TRAIN, data));
  CHECK_FAILS(sae_set_data(session, SAE_TRAIN, wide), SAE_ERR_INVALID, width);  // and keeps the rows that it has
  CHECK_FAILS(sae_train_epoch(session, nullptr, 3, losses), SAE_ERR_INVALID, "order must not be NULL");
  CHECK_FAILS(sae_train_epoch(session, order, 3, nullptr), SAE_ERR_INVALID, "step_loss must not be NULL");
  CHECK_FAILS(sae_train_epoch(session, order, 0, losses), SAE_ERR_INVALID, "rows must be at least 1, not 0");
  const int32_t beyond[] = {0, 3}, before[] = {-1};
  CHECK_FAILS(sae_train_epoch(session, beyond, 2, losses), SAE_ERR_INVALID,
              "order[1] must be a row of the training split, from 0 to 2, not 3");
  CHECK_FAILS(sae_train_epoch(session, before, 1, losses), SAE_ERR_INVALID, "order[0] must be");
  CHECK_FAILS(sae_evaluate(session, -1, &evaluation, nullptr), SAE_ERR_INVALID, "split must be from 0 to 1, not -1");
  CHECK_FAILS(sae_evaluate(session, SAE_TRAIN, nullptr, nullptr), SAE_ERR_INVALID, "out must not be NULL");
  CHECK_OK(sae_train_epoch(session, order, 3, losses));
  CHECK_OK(sae_evaluate(session, SAE_TRAIN, &evaluation, nullptr));

  int32_t indices[] = {0, 3};
  float values[2] = {}, x_hat[5];
  CHECK_FAILS(sae_select_topk(session, x, -1, indices, values), SAE_ERR_INVALID, "rows must be at least 0, not -1");
  CHECK_FAILS(sae_select_topk(session, nullptr, 1, indices, values), SAE_ERR_INVALID, "z must not be NULL");
  CHECK_FAILS(sae_select_topk(session, x, 1, nullptr, values), SAE_ERR_INVALID, "indices must not be NULL");
  CHECK_FAILS(sae_encode_topk(session, nullptr, 1, indices, values), SAE_ERR_INVALID, "x must not be NULL");
  CHECK_FAILS(sae_encode_topk(session, x, 1, indices, nullptr), SAE_ERR_INVALID, "values must not be NULL");
  CHECK_FAILS(sae_encode_rows(nullptr, data, 0, 1, indices, values), SAE_ERR_INVALID, "session must not be NULL");
  CHECK_FAILS(sae_encode_rows(session, nullptr, 0, 1, indices, values), SAE_ERR_INVALID, "data must not be NULL");
  CHECK_FAILS(sae_encode_rows(session, wide, 0, 1, indices, values), SAE_ERR_INVALID, width);
  CHECK_FAILS(sae_encode_rows(session, data, -1, 1, indices, values), SAE_ERR_INVALID,
              "first must be from 0 to 3, not -1");
  CHECK_FAILS(sae_encode_rows(session, data, 4, 0, indices, values), SAE_ERR_INVALID,
              "first must be from 0 to 3, not 4");
  CHECK_FAILS(sae_encode_rows(session, data, 2, 2, indices, values), SAE_ERR_INVALID,
              "rows must be from 0 to 1, not 2");
  CHECK_FAILS(sae_encode_rows(session, data, 2, 1, nullptr, values), SAE_ERR_INVALID, "indices must not be NULL");
  CHECK_FAILS(sae_encode_rows(session, data, 2, 1, indices, nullptr), SAE_ERR_INVALID, "values must not be NULL");
  CHECK_FAILS(sae_decode_sparse(session, indices, values, 1, nullptr), SAE_ERR_INVALID, "x_hat must not be NULL");
  for (const auto& wrong : {std::pair<int32_t, int32_t>{0, 4}, {-1, 2}, {2, 2}, {3, 1}}) {
    const int32_t pair[] = {wrong.first, wrong.second};
    CHECK_FAILS(sae_decode_sparse(session, pair, values, 1, x_hat), SAE_ERR_INVALID,
                "indices of row 0 must ascend within 0 to 3, but number");
  }
  CHECK_OK(sae_decode_sparse(session, indices, values, 1, x_hat));

  double loss;
  CHECK_FAILS(sae_gradients(session, x, 0, &loss), SAE_ERR_INVALID, "rows must be from 1 to 3, not 0");
  CHECK_FAILS(sae_gradients(session, x, 4, &loss), SAE_ERR_INVALID, "rows must be from 1 to 3, not 4");
  CHECK_FAILS(sae_gradients(session, nullptr, 1, &loss), SAE_ERR_INVALID, "x must not be NULL");
  CHECK_FAILS(sae_gradients(session, x, 1, nullptr), SAE_ERR_INVALID, "loss must not be NULL");
  CHECK_FAILS(sae_adam_update(nullptr), SAE_ERR_INVALID, "session must not be NULL");

  double seconds;
  CHECK_FAILS(sae_device_seconds(nullptr, &seconds), SAE_ERR_INVALID, "session must not be NULL");
  CHECK_FAILS(sae_device_seconds(session, nullptr), SAE_ERR_INVALID, "seconds must not be NULL");
  CHECK_FAILS(sae_device_seconds(session, &seconds), SAE_ERR_UNAVAILABLE, "no device clock");
}

void test_last_error() {
  CHECK_FAILS(sae_adam_update(nullptr), SAE_ERR_INVALID, "session");
  std::thread([] { CHECK(std::strlen(sae_last_error()) == 0); }).join();
  CHECK(std::strlen(sae_last_error()) > 0);
  char text[256];
  CHECK_OK(sae_backend_describe("cpu", text, sizeof text));
  CHECK(std::strlen(sae_last_error()) == 0);
}

}  // namespace
}  // namespace test

int main() {
  CHECK(sae_abi_version() == SAE_ABI_VERSION);
  test::test_describe();
  test::test_instruction_set();
  test::test_other_backends();
  test::test_config();
  test::test_precision();
  test::test_memory();
  test::test_data();
  test::test_calls();
  test::test_last_error();
  return test::report("border_test");
}
