// What a session keeps from call to call: the recorded epoch, which must follow the number of rows, the data and the step
// count; the time of its launches; and how large a session may be.

#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "backend.h"
#include "kernel_timer.h"
#include "session.h"

namespace {

using test::context;

const sae_config kConfig = test::config_of(37, 24, 5, 8);

bool equal_states(sae::Backend& a, sae::Backend& b) {
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) {
    test::Tensors of_a(kConfig), of_b(kConfig);
    a.get_state(state, of_a.view());
    b.get_state(state, of_b.view());
    if (!(of_a == of_b)) return false;
  }
  return a.step() == b.step();
}

// Recorded epochs on `graph` against single gradients and updates on `single`.
void train_both(sae::Backend& graph, sae::Backend& single, const std::vector<float>& x, const std::vector<int32_t>& order) {
  const int64_t rows = static_cast<int64_t>(order.size());
  std::vector<double> losses(static_cast<size_t>((rows - 1) / kConfig.batch_size + 1));
  graph.train_epoch(order.data(), rows, losses.data());
  for (int64_t first = 0; first < rows; first += kConfig.batch_size) {
    std::vector<float> batch;
    for (int64_t i = first; i < std::min<int64_t>(rows, first + kConfig.batch_size); ++i) {
      batch.insert(batch.end(), x.begin() + order[i] * kConfig.d_in, x.begin() + (order[i] + 1) * kConfig.d_in);
    }
    const double loss = single.gradients(batch.data(), static_cast<int64_t>(batch.size()) / kConfig.d_in);
    single.adam_update();
    CHECK(loss == losses[static_cast<size_t>(first / kConfig.batch_size)]);
  }
  CHECK(equal_states(graph, single));
}

void test_epochs() {
  test::Random random(31);
  const std::unique_ptr<sae::Backend> graph(sae_create_backend(kConfig)), single(sae_create_backend(kConfig));
  test::Tensors parameters = random.tensors(kConfig);
  graph->set_state(SAE_PARAMETERS, parameters.view());
  single->set_state(SAE_PARAMETERS, parameters.view());
  std::vector<float> x = random.normal(30 * kConfig.d_in, 1);
  graph->set_data(SAE_TRAIN, x.data(), 30);
  context = "an epoch twice";
  train_both(*graph, *single, x, random.order(30));
  train_both(*graph, *single, x, random.order(30));
  context = "fewer rows, then more";
  train_both(*graph, *single, x, random.order(7));
  train_both(*graph, *single, x, random.order(29));
  context = "after a step of its own";
  graph->gradients(x.data(), 3);
  graph->adam_update();
  single->gradients(x.data(), 3);
  single->adam_update();
  train_both(*graph, *single, x, random.order(29));
  context = "another step count";
  graph->set_step(1000);
  single->set_step(1000);
  train_both(*graph, *single, x, random.order(29));
  context = "new data";
  x = random.normal(29 * kConfig.d_in, 2);
  graph->set_data(SAE_TRAIN, x.data(), 29);
  train_both(*graph, *single, x, random.order(29));
  context = "new parameters";
  parameters = random.tensors(kConfig);
  graph->set_state(SAE_PARAMETERS, parameters.view());
  single->set_state(SAE_PARAMETERS, parameters.view());
  train_both(*graph, *single, x, random.order(29));
}

void check_refused(const sae_config& c, sae_status status, const char* words) {
  context = "d_in " + std::to_string(c.d_in) + ", d_sae " + std::to_string(c.d_sae) + ", batch " +
            std::to_string(c.batch_size);
  try {
    delete sae_create_backend(c);
    CHECK(!"a session that cannot be");
  } catch (const sae::Error& error) {
    CHECK(error.status() == status);
    CHECK(std::strstr(error.what(), words));
  }
}

void test_sizes() {
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  check_refused(test::config_of(1 << 20, 1 << 20, 2, 3), SAE_ERR_MEMORY, "needs");
  check_refused(test::config_of(kMost, kMost, kMost, kMost), SAE_ERR_UNAVAILABLE, "at most 2000000");
  // One more than the kernels take, and what would still fit in memory.
  check_refused(test::config_of(2000001, 1, 1, 1), SAE_ERR_UNAVAILABLE, "at most 2000000");
  check_refused(test::config_of(1, 2000001, 1, 1), SAE_ERR_UNAVAILABLE, "at most 2000000");
  check_refused(test::config_of(1, 1, 1, 2000001), SAE_ERR_UNAVAILABLE, "at most 2000000");
}

void sleep_milliseconds(int count) { std::this_thread::sleep_for(std::chrono::milliseconds(count)); }

// The events of this backend are times of the host, which is enough to see what is counted.
void test_timer() {
  using Clock = std::chrono::steady_clock;
  context = "timer";
  const sae::device::Stream stream = sae::device::create_stream();
  {
    sae::KernelTimer timer;
    CHECK(timer.empty());
    double least = 0, most = 0;
    for (int i = 0; i < 2; ++i) {
      const auto before = Clock::now();
      timer.time(stream, [&] {
        const auto start = Clock::now();
        sleep_milliseconds(2);
        least += std::chrono::duration<double>(Clock::now() - start).count();
      });
      most += std::chrono::duration<double>(Clock::now() - before).count();
      sleep_milliseconds(2);  // what a copy takes
    }
    constexpr double kRounding = 1e-6;
    CHECK(!timer.empty());
    CHECK(timer.seconds() >= least - kRounding && timer.seconds() <= most + kRounding);
    timer.restart();
    CHECK(timer.empty() && timer.seconds() == 0);
  }
  sae::device::destroy_stream(stream);
}

}  // namespace

int main() {
  test_epochs();
  test_timer();
  test_sizes();
  return test::report("session_test");
}
