// The same bits at any number of threads and on every rerun: losses, parameters, moments, evaluation.
#include <algorithm>
#include <cstring>

#include "session.h"

namespace test {
namespace {

struct Outcome {
  std::vector<double> losses;
  std::vector<Tensors> states;
  sae_evaluation evaluation;
  std::vector<int64_t> firing_count;

  bool operator==(const Outcome& o) const {
    return losses == o.losses && states == o.states && firing_count == o.firing_count &&
           std::memcmp(&evaluation, &o.evaluation, sizeof evaluation) == 0;
  }
};

Outcome outcome_of(sae_config c, int threads, int64_t rows, const std::vector<float>& x) {
  c.threads = threads;
  Session session(c);
  Random random(21);
  session.set(SAE_PARAMETERS, random.tensors(c));
  const std::vector<float> fewer(x.begin(), x.end() - c.d_in);
  const DataSet train(x, c), validation(fewer, c);
  CHECK_OK(sae_set_data(session, SAE_TRAIN, train));
  CHECK_OK(sae_set_data(session, SAE_VALIDATION, validation));
  Outcome outcome = {};
  const size_t batches = static_cast<size_t>((rows + c.batch_size - 1) / c.batch_size);
  for (int epoch = 0; epoch < 2; ++epoch) {
    const std::vector<int32_t> order = random.order(static_cast<int32_t>(rows));
    std::vector<double> losses(batches);
    CHECK_OK(sae_train_epoch(session, order.data(), rows, losses.data()));
    outcome.losses.insert(outcome.losses.end(), losses.begin(), losses.end());
  }
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) outcome.states.push_back(session.get(state));
  outcome.firing_count.resize(static_cast<size_t>(c.d_sae));
  CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &outcome.evaluation, outcome.firing_count.data()));
  return outcome;
}

void test_shape(const sae_config& c, int64_t rows) {
  context = "d_in " + std::to_string(c.d_in) + ", d_sae " + std::to_string(c.d_sae) + ", k " + std::to_string(c.k);
  const std::vector<float> x = Random(22).normal(rows * c.d_in, 1);
  const Outcome one = outcome_of(c, 1, rows, x);
  CHECK(outcome_of(c, 1, rows, x) == one);
  for (const int threads : {2, 3, 8}) {
    CHECK(outcome_of(c, threads, rows, x) == one);
    CHECK(outcome_of(c, threads, rows, x) == one);
  }
  CHECK(outcome_of(c, 0, rows, x) == one);
}

}  // namespace
}  // namespace test

int main() {
  test::skip_unless_available();
  test::test_shape(test::config_of(300, 200, 40, 64), 150);
  test::test_shape(test::config_of(257, 97, 97, 33, SAE_SELECT_RELU, true), 70);
  test::test_shape(test::config_of(17, 600, 1, 50, SAE_SELECT_ABS, true), 101);
  return test::report("determinism_test");
}
