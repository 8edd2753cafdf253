// What a session keeps from call to call: the recorded training, which must follow the number of rows, the data and the
// step count; the recorded evaluation of each split, which must follow its data; and the time of its launches. All of
// it is the same where nothing is recorded. How large a session may be.

#include "session.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "backend.h"
#include "data.h"
#include "device/recording.h"
#include "device/timer.h"

namespace {

using test::context;

const sae_config kConfig = test::config_of(37, 24, 5, 8);

bool equal_states(sae::Backend& a, sae::Backend& b, const sae_config& config = kConfig) {
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) {
    test::Tensors of_a(config), of_b(config);
    a.get_state(state, of_a.view());
    b.get_state(state, of_b.view());
    if (!(of_a == of_b)) return false;
  }
  return a.step() == b.step();
}

// The rows [first, last) of the order.
std::vector<float> rows_of(const std::vector<float>& x, const std::vector<int32_t>& order, int64_t first, int64_t last,
                           int64_t d_in) {
  std::vector<float> rows;
  for (int64_t i = first; i < last; ++i) {
    rows.insert(rows.end(), x.begin() + order[i] * d_in, x.begin() + (order[i] + 1) * d_in);
  }
  return rows;
}

// Recorded epochs on `graph` against single gradients and updates on `single`.
void train_both(sae::Backend& graph, sae::Backend& single, const std::vector<float>& x,
                const std::vector<int32_t>& order, const sae_config& config = kConfig) {
  const int64_t rows = static_cast<int64_t>(order.size());
  std::vector<double> losses(static_cast<size_t>((rows - 1) / config.batch_size + 1));
  graph.train_epoch(order.data(), rows, losses.data());
  for (int64_t first = 0; first < rows; first += config.batch_size) {
    const int64_t last = std::min<int64_t>(rows, first + config.batch_size);
    const std::vector<float> batch = rows_of(x, order, first, last, config.d_in);
    const double loss = single.gradients(batch.data(), last - first);
    single.adam_update();
    CHECK(loss == losses[static_cast<size_t>(first / config.batch_size)]);
  }
  CHECK(equal_states(graph, single, config));
}

void test_epochs() {
  test::Random random(31);
  const std::unique_ptr<sae::Backend> graph(sae_create_backend(kConfig)), single(sae_create_backend(kConfig));
  test::Tensors parameters = random.tensors(kConfig);
  graph->set_state(SAE_PARAMETERS, parameters.view());
  single->set_state(SAE_PARAMETERS, parameters.view());
  std::vector<float> x = random.normal(30 * kConfig.d_in, 1);
  graph->set_data(SAE_TRAIN, test::data_of(x, kConfig));
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
  graph->set_data(SAE_TRAIN, test::data_of(x, kConfig));
  train_both(*graph, *single, x, random.order(29));
  context = "new parameters";
  parameters = random.tensors(kConfig);
  graph->set_state(SAE_PARAMETERS, parameters.view());
  single->set_state(SAE_PARAMETERS, parameters.view());
  train_both(*graph, *single, x, random.order(29));
}

// More steps than one graph holds: 512, 512 and 7, of two rows each.
void test_long_epochs() {
  const sae_config config = test::config_of(5, 4, 2, 2);
  constexpr int64_t kRows = 2 * (512 + 512 + 7) - 1;
  test::Random random(32);
  const std::unique_ptr<sae::Backend> graph(sae_create_backend(config)), single(sae_create_backend(config));
  test::Tensors parameters = random.tensors(config);
  graph->set_state(SAE_PARAMETERS, parameters.view());
  single->set_state(SAE_PARAMETERS, parameters.view());
  std::vector<float> x = random.normal(kRows * config.d_in, 1);
  graph->set_data(SAE_TRAIN, test::data_of(x, config));
  for (const int32_t rows : {9, int32_t{kRows}, 2 * 512}) {
    context = "an epoch of " + std::to_string(rows) + " rows";
    train_both(*graph, *single, x, random.order(rows), config);
  }

  context = "a loss that is not finite in the second part";
  const std::vector<int32_t> order = random.order(kRows);
  constexpr int64_t kGoodSteps = 512 + 3;
  x[static_cast<size_t>(order[2 * kGoodSteps] * config.d_in)] = std::numeric_limits<float>::infinity();
  graph->set_data(SAE_TRAIN, test::data_of(x, config));
  const int64_t before = graph->step();
  std::vector<double> losses(512 + 512 + 7);
  try {
    graph->train_epoch(order.data(), kRows, losses.data());
    CHECK(!"an epoch with an infinite loss");
  } catch (const sae::Error& error) {
    CHECK(error.status() == SAE_ERR_NUMERIC);
    CHECK(std::strstr(error.what(), ("step " + std::to_string(before + kGoodSteps + 1) + ":").c_str()));
  }
  CHECK(graph->step() == before + kGoodSteps);
  for (int64_t step = 0; step < kGoodSteps; ++step) {
    const std::vector<float> batch = rows_of(x, order, 2 * step, 2 * step + 2, config.d_in);
    CHECK(single->gradients(batch.data(), 2) == losses[static_cast<size_t>(step)]);
    single->adam_update();
  }
  CHECK(equal_states(*graph, *single, config));
}

struct Evaluated {
  sae_evaluation figures{};
  std::vector<int64_t> firing_count;

  Evaluated(sae::Backend& backend, sae_split split, const sae_config& config)
      : firing_count(static_cast<size_t>(config.d_sae), -1) {
    backend.evaluate(split, figures, firing_count.data());
  }
  bool operator==(const Evaluated& o) const {
    return !std::memcmp(&figures, &o.figures, sizeof figures) && firing_count == o.firing_count;
  }
};

// Evaluations on `kept` against a session that sees these rows and parameters alone and records nothing.
void check_evaluation(sae::Backend& kept, sae_split split, test::Tensors parameters, const std::vector<float>& x,
                      const sae_config& config) {
  ::setenv("SAE_GRAPH", "0", 1);
  const std::unique_ptr<sae::Backend> alone(sae_create_backend(config));
  ::unsetenv("SAE_GRAPH");
  const int64_t rows = static_cast<int64_t>(x.size()) / config.d_in;
  alone->set_state(SAE_PARAMETERS, parameters.view());
  alone->set_data(SAE_VALIDATION, test::data_of(x, config));
  const Evaluated expected(*alone, SAE_VALIDATION, config);
  CHECK(expected.figures.rows == rows && expected.figures.error_squared > 0);
  CHECK(Evaluated(kept, split, config) == expected);
  sae_evaluation figures = {};  // of a second time
  kept.evaluate(split, figures, nullptr);
  CHECK(!std::memcmp(&figures, &expected.figures, sizeof figures));
}

void test_evaluations() {
  test::Random random(33);
  const std::unique_ptr<sae::Backend> kept(sae_create_backend(kConfig));
  test::Tensors parameters = random.tensors(kConfig);
  std::vector<float> train = random.normal(30 * kConfig.d_in, 1), validation = random.normal(11 * kConfig.d_in, 1, 0.5);
  kept->set_state(SAE_PARAMETERS, parameters.view());
  kept->set_data(SAE_TRAIN, test::data_of(train, kConfig));
  kept->set_data(SAE_VALIDATION, test::data_of(validation, kConfig));
  const auto check_both = [&](const char* what) {
    context = what;
    check_evaluation(*kept, SAE_VALIDATION, parameters, validation, kConfig);
    check_evaluation(*kept, SAE_TRAIN, parameters, train, kConfig);
  };
  check_both("two splits");
  std::vector<double> losses(4);
  kept->train_epoch(random.order(30).data(), 30, losses.data());
  kept->get_state(SAE_PARAMETERS, parameters.view());
  check_both("other parameters");
  validation = random.normal(11 * kConfig.d_in, 2);
  kept->set_data(SAE_VALIDATION, test::data_of(validation, kConfig));
  check_both("other validation rows");
  validation = random.normal(3 * kConfig.d_in, 1);
  kept->set_data(SAE_VALIDATION, test::data_of(validation, kConfig));
  check_both("fewer validation rows");
  train = random.normal(41 * kConfig.d_in, 1);
  kept->set_data(SAE_TRAIN, test::data_of(train, kConfig));
  check_both("more training rows");

  context = "more rows than one chunk, more chunks than a graph";
  const sae_config small = test::config_of(2, 3, 1, 1);
  const std::unique_ptr<sae::Backend> many(sae_create_backend(small));
  parameters = random.tensors(small);
  many->set_state(SAE_PARAMETERS, parameters.view());
  for (const int64_t rows : {2048 + 1, 8 * 2048 + 1}) {
    const std::vector<float> x = random.normal(rows * small.d_in, 1);
    many->set_data(SAE_VALIDATION, test::data_of(x, small));
    check_evaluation(*many, SAE_VALIDATION, parameters, x, small);
  }
}

// Training gives the same bits with and without graphs.
void test_without_graphs() {
  context = "SAE_GRAPH=0";
  test::Random random(34);
  const std::unique_ptr<sae::Backend> with(sae_create_backend(kConfig));
  ::setenv("SAE_GRAPH", "0", 1);
  const std::unique_ptr<sae::Backend> without(sae_create_backend(kConfig));
  ::unsetenv("SAE_GRAPH");
  test::Tensors parameters = random.tensors(kConfig);
  const std::vector<float> x = random.normal(30 * kConfig.d_in, 1);
  for (sae::Backend* backend : {with.get(), without.get()}) {
    backend->set_state(SAE_PARAMETERS, parameters.view());
    backend->set_data(SAE_TRAIN, test::data_of(x, kConfig));
  }
  for (const int32_t rows : {30, 30, 7}) {
    const std::vector<int32_t> order = random.order(rows);
    std::vector<double> losses(4), other_losses(4);
    with->train_epoch(order.data(), rows, losses.data());
    without->train_epoch(order.data(), rows, other_losses.data());
    CHECK(losses == other_losses);
    CHECK(equal_states(*with, *without));
  }
}

void test_recording() {
  context = "recording";
  const sae::device::Stream stream = sae::device::create_stream();
  {
    sae::Recording recording;
    try {
      recording.record("training", stream,
                       [] { throw sae::Error(SAE_ERR_MEMORY, "a graph of 9 launches: no memory"); });
      CHECK(!"a recording that does not fit");
    } catch (const sae::Error& error) {
      CHECK(error.status() == SAE_ERR_MEMORY);
      CHECK(!std::strcmp(error.what(),
                         "training needs device memory for a graph of 9 launches: no memory; 0.0 MB are free on the "
                         "device"));
    }
    CHECK(recording.empty());
    recording.record("training", stream, [] {});  // the stream records nothing any more
    CHECK(!recording.empty());
    recording.replay(stream);
  }
  sae::device::destroy_stream(stream);
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
  test_long_epochs();
  test_evaluations();
  test_without_graphs();
  test_recording();
  test_timer();
  test_sizes();
  return test::report("session_test");
}
