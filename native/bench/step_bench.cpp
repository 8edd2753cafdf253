// Times a training step, an evaluation and each operation of a backend through the border, on random data.
//
//   step_bench [--once] [d_in d_sae k batch threads [backend [precision [pre_bias]]]]
//                       (2048 512 100 256 1 cpu fp32, without pre-bias)
//
// --once runs each operation a single time, and training for one step: for a profiler, or a tool that checks every
// access. Prints the median and the least time of many runs, and GFLOP/s of both from the multiply-adds that the
// operation cannot avoid: dense 2 * batch * d_in * d_sae, sparse 2 * batch * d_in * k.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "sae_native.h"

namespace {

void check(sae_status status) {
  if (status == SAE_OK) return;
  std::fprintf(stderr, "step_bench: %s\n", sae_last_error());
  std::exit(1);
}

bool once = false;

struct Times {
  double median, least;  // ms
};

template <class Body>
Times time_of(Body body) {
  using Clock = std::chrono::steady_clock;
  constexpr double kEnough = 1.0;  // seconds of timed runs
  if (!once) body();
  const size_t least = once ? 1 : 5, most = once ? 1 : 1000;
  std::vector<double> ms;
  for (double total = 0; ms.size() < least || (total < kEnough && ms.size() < most);) {
    const auto start = Clock::now();
    body();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    total += seconds;
    ms.push_back(seconds * 1e3);
  }
  std::sort(ms.begin(), ms.end());
  return {ms[ms.size() / 2], ms.front()};
}

// `calls`: how many calls of the operation were timed together.
void report(const char* what, Times ms, double calls, double flops) {
  std::printf("%-16s %9.3f %9.3f ms", what, ms.median / calls, ms.least / calls);
  if (flops > 0) std::printf(" %8.1f %8.1f GFLOP/s", flops * calls / ms.median * 1e-6, flops * calls / ms.least * 1e-6);
  std::printf("\n");
}

sae_precision precision_of(const char* word) {
  if (!std::strcmp(word, "fp32")) return SAE_FP32;
  if (!std::strcmp(word, "bf16x3")) return SAE_BF16X3;
  if (!std::strcmp(word, "bf16")) return SAE_BF16;
  std::fprintf(stderr, "step_bench: precision is fp32, bf16x3 or bf16, not %s\n", word);
  std::exit(1);
}

// Uniform, with the standard deviation `scale`. A multiply and an add each: a large dictionary has a billion of them.
std::vector<float> random_values(size_t n, float scale) {
  static uint64_t state = 1;
  const float step = scale * std::sqrt(12.0f) / 4294967296.0f;
  std::vector<float> values(n);
  for (float& v : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    v = step * (static_cast<float>(state >> 32) - 2147483648.0f);
  }
  return values;
}

}  // namespace

int main(int count, char** words) {
  once = count > 1 && !std::strcmp(words[1], "--once");
  if (once) --count, ++words;
  const auto number = [&](int i, int otherwise) { return count > i ? std::atoi(words[i]) : otherwise; };
  const char* backend = count > 6 ? words[6] : "cpu";
  sae_config config = {};
  config.d_in = number(1, 2048);
  config.d_sae = number(2, 512);
  config.k = number(3, 100);
  config.batch_size = number(4, 256);
  config.threads = number(5, 1);
  const char* precision = count > 7 ? words[7] : "fp32";
  config.precision = precision_of(precision);
  if (count > 8 && std::strcmp(words[8], "pre_bias")) {
    std::fprintf(stderr, "step_bench: the last word is pre_bias, not %s\n", words[8]);
    return 1;
  }
  config.pre_bias = count > 8;
  config.lr = 1e-3, config.beta1 = 0.9, config.beta2 = 0.999, config.eps = 1e-8;

  char text[256];
  check(sae_backend_describe(backend, text, sizeof text));
  std::printf("%s: %s, %s\nd_in %d, d_sae %d, k %d, batch %d, threads %d\n", backend, text, precision, config.d_in,
              config.d_sae, config.k, config.batch_size, config.threads);
  sae_session* session = nullptr;
  check(sae_session_create(backend, &config, &session));

  const size_t d_in = static_cast<size_t>(config.d_in), d_sae = static_cast<size_t>(config.d_sae);
  const size_t batch = static_cast<size_t>(config.batch_size), k = static_cast<size_t>(config.k);
  std::vector<float> w_enc = random_values(d_sae * d_in, 0.02f), w_dec = random_values(d_sae * d_in, 0.02f);
  std::vector<float> b_enc(d_sae), b_dec(d_in);
  const size_t steps = once ? 1 : 8;
  std::vector<float> x = random_values(steps * batch * d_in, 1);
  const sae_tensors tensors = {w_enc.data(), b_enc.data(), w_dec.data(), b_dec.data()};
  check(sae_set_state(session, SAE_PARAMETERS, &tensors));
  sae_data* data = nullptr;
  check(sae_data_create(backend, x.data(), static_cast<int64_t>(steps * batch), config.d_in, config.threads, &data));
  check(sae_set_data(session, SAE_TRAIN, data));

  std::vector<int32_t> order(steps * batch), indices(batch * k);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(2));
  std::vector<float> values(batch * k), x_hat(batch * d_in), z = random_values(batch * d_sae, 1);
  std::vector<double> losses(steps);
  double loss;
  sae_evaluation evaluation;
  const double rows = static_cast<double>(batch), dense = 2 * rows * static_cast<double>(d_in * d_sae);
  const double sparse = 2 * rows * static_cast<double>(d_in * k);
  const int64_t n = config.batch_size;

  const int64_t train_rows = static_cast<int64_t>(order.size());
  const double calls = static_cast<double>(steps);
  report("step", time_of([&] { check(sae_train_epoch(session, order.data(), train_rows, losses.data())); }), calls,
         dense + 4 * sparse);
  report("select_topk", time_of([&] { check(sae_select_topk(session, z.data(), n, indices.data(), values.data())); }),
         1, 0);
  report("encode_topk", time_of([&] { check(sae_encode_topk(session, x.data(), n, indices.data(), values.data())); }),
         1, dense);
  report("decode_sparse",
         time_of([&] { check(sae_decode_sparse(session, indices.data(), values.data(), n, x_hat.data())); }), 1,
         sparse);
  report("gradients", time_of([&] { check(sae_gradients(session, x.data(), n, &loss)); }), 1, dense + 4 * sparse);
  report("adam_update", time_of([&] { check(sae_adam_update(session)); }), 1, 0);
  report("evaluate", time_of([&] { check(sae_evaluate(session, SAE_TRAIN, &evaluation, nullptr)); }), calls,
         dense + sparse);
  sae_session_destroy(session);
  sae_data_destroy(data);
}
