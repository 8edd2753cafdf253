// Two training epochs, single calls and an evaluation give the same bits whatever the order of threads and blocks, on
// shapes that reach every kernel. `schedule_test once` runs one epoch in the start order alone, for
// ThreadSanitizer, to which every fibre is a thread.

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "backend.h"
#include "data.h"
#include "runtime.h"
#include "session.h"

namespace {

using Bytes = std::vector<unsigned char>;

template <class T>
void append(Bytes& bytes, const std::vector<T>& values) {
  const auto* p = reinterpret_cast<const unsigned char*>(values.data());
  bytes.insert(bytes.end(), p, p + values.size() * sizeof(T));
}

void append(Bytes& bytes, sae::Backend& backend, sae_state state, const sae_config& config) {
  test::Tensors tensors(config);
  backend.get_state(state, tensors.view());
  for (const auto* values : {&tensors.w_enc, &tensors.b_enc, &tensors.w_dec, &tensors.b_dec}) append(bytes, *values);
}

// Everything that a session computes, as bytes.
Bytes run(const sae_config& config, int rows, int epochs) {
  Bytes bytes;
  test::Random random(5);
  const std::unique_ptr<sae::Backend> backend(sae_create_backend(config));
  test::Tensors parameters = random.tensors(config);
  backend->set_state(SAE_PARAMETERS, parameters.view());
  const std::vector<float> x = random.normal(static_cast<int64_t>(rows) * config.d_in, 1, 0.3);
  backend->set_data(SAE_TRAIN, test::data_of(x, config));
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<double> losses(static_cast<size_t>((rows - 1) / config.batch_size + 1));
    backend->train_epoch(random.order(rows).data(), rows, losses.data());
    append(bytes, losses);
  }
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) append(bytes, *backend, state, config);

  append(bytes, std::vector<double>{backend->gradients(x.data(), std::min(rows, config.batch_size))});
  append(bytes, *backend, SAE_GRADIENTS, config);
  backend->adam_update();
  append(bytes, *backend, SAE_PARAMETERS, config);

  sae_evaluation evaluation = {};
  std::vector<int64_t> firing_count(static_cast<size_t>(config.d_sae));
  backend->evaluate(SAE_TRAIN, evaluation, firing_count.data());
  append(bytes, std::vector<sae_evaluation>{evaluation});
  append(bytes, firing_count);
  test::Codes codes(rows, config.k);
  backend->encode_topk(x.data(), rows, codes.indices.data(), codes.values.data());
  append(bytes, codes.indices);
  append(bytes, codes.values);
  std::vector<float> x_hat(x.size());
  backend->decode_sparse(codes.indices.data(), codes.values.data(), rows, x_hat.data());
  append(bytes, x_hat);
  return bytes;
}

sae_config with(sae_config config, sae_precision precision) {
  config.precision = precision;
  return config;
}

struct Case {
  const char* reaches;
  sae_config config;
  int rows;
  bool again = false;  // other cases reach its kernels too: left out where every fibre is a thread, which takes long
};

}  // namespace

int main(int count, char** arguments) {
  const bool once = count > 1 && !std::strcmp(arguments[1], "once");
  const Case cases[] = {
      {"dense tiles, blocks share d_in", test::config_of(260, 70, 9, 40), 65},
      {"dense tiles, 8 blocks share d_in", test::config_of(1030, 130, 20, 17), 17, true},
      {"dense tiles, relu, pre-bias", test::config_of(33, 65, 65, 16, SAE_SELECT_RELU, true), 20},
      {"bf16x3 tiles, blocks share d_in, pre-bias",
       with(test::config_of(260, 70, 9, 40, SAE_SELECT_ABS, true), SAE_BF16X3), 65},
      {"bf16 tiles, relu", with(test::config_of(33, 65, 65, 16, SAE_SELECT_RELU), SAE_BF16), 20},
      {"gather", test::config_of(130, 100, 2, 35), 50},
      {"gather, relu, pre-bias", test::config_of(21, 51, 2, 9, SAE_SELECT_RELU, true), 20},
      {"selection by 512 threads", test::config_of(7, 600, 30, 4), 5},
      {"selection in two tiles, dense", test::config_of(5, 2050, 200, 3), 4},
      {"selection in two tiles, gather, relu", test::config_of(4, 2100, 3, 3, SAE_SELECT_RELU), 5, true},
  };
  int failures = 0;
  for (const Case& c : cases) {
    if (once && c.again) continue;
    const Bytes expected = run(c.config, c.rows, once ? 1 : 2);
    if (once) continue;
    using Schedule = std::pair<simt::Order, int>;
    for (const auto& [order, seed] :
         {Schedule{simt::Order::kReverse, 1}, Schedule{simt::Order::kRandom, 1}, Schedule{simt::Order::kRandom, 2}}) {
      simt::set_order(order, static_cast<uint64_t>(seed));
      if (run(c.config, c.rows, 2) == expected) continue;
      ++failures;
      std::fprintf(stderr, "schedule_test: %s: order %d, seed %d gives other bits\n", c.reaches,
                   static_cast<int>(order), seed);
    }
    simt::set_order(simt::Order::kForward, 1);
  }
  std::printf("schedule_test: %s\n", failures ? "failed" : "passed");
  return failures ? 1 : 0;
}
