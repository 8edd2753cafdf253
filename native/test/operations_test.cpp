// Every call of a backend against plain double loops, on shapes at the edges and on nasty data.
// SAE_TEST_BACKEND names it, SAE_TEST_PRECISION its precision; SAE_CPU chooses the cpu backend's instruction set. ctest
// runs this once for each.
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

#include "reference.h"

namespace test {
namespace {

struct Case {
  int32_t d_in, d_sae, k, batch_size, rows;
  sae_select select;
  bool pre_bias;
};

// Around the widths of vectors, groups (32), tiles (128), row blocks and cache blocks; k = 1, k = d_sae; rows 1.
const Case kCases[] = {
    {1, 1, 1, 1, 1, SAE_SELECT_ABS, false},
    {1, 3, 2, 4, 4, SAE_SELECT_RELU, true},
    {3, 2, 1, 2, 5, SAE_SELECT_ABS, true},
    {31, 33, 33, 5, 12, SAE_SELECT_ABS, false},
    {128, 32, 7, 8, 17, SAE_SELECT_RELU, false},
    {129, 257, 1, 33, 65, SAE_SELECT_ABS, false},
    {255, 256, 255, 31, 32, SAE_SELECT_RELU, true},
    {257, 31, 30, 37, 38, SAE_SELECT_ABS, true},
    {64, 513, 100, 20, 41, SAE_SELECT_ABS, false},
    {300, 130, 60, 70, 71, SAE_SELECT_RELU, false},
    {70, 200, 120, 197, 199, SAE_SELECT_ABS, false},
    // Where the device kernels change: few latents of many, 2048 latents, 512 columns, 512 rows.
    {37, 60, 2, 9, 19, SAE_SELECT_RELU, true},
    {515, 90, 3, 11, 21, SAE_SELECT_ABS, true},
    {20, 1024, 20, 6, 7, SAE_SELECT_RELU, false},
    {9, 2049, 100, 5, 6, SAE_SELECT_ABS, false},
    {6, 1030, 1030, 3, 4, SAE_SELECT_RELU, true},
    {5, 1500, 30, 5, 6, SAE_SELECT_ABS, true},
    {3, 5, 2, 400, 1030, SAE_SELECT_ABS, false},
};

std::string name_of(const Case& c) {
  return "d_in " + std::to_string(c.d_in) + ", d_sae " + std::to_string(c.d_sae) + ", k " + std::to_string(c.k) +
         ", batch " + std::to_string(c.batch_size) + ", rows " + std::to_string(c.rows) +
         (c.select == SAE_SELECT_ABS ? ", abs" : ", relu") + (c.pre_bias ? ", pre-bias" : "");
}

template <class A, class B>
void check_close(const std::vector<A>& actual, const std::vector<B>& expected, double terms, int products,
                 const char* what) {
  CHECK(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    if (!close(actual[i], expected[i], terms, products)) {
      fail(__FILE__, __LINE__,
           std::string(what) + "[" + std::to_string(i) + "] is " + std::to_string(actual[i]) + ", expected " +
               std::to_string(expected[i].value));
      return;
    }
  }
}

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// The selection must be exact: indices, and values to the bit (relu: max(z, 0)).
void check_selection(const sae_config& c, const std::vector<float>& z, int64_t rows, const Codes& codes) {
  for (int64_t r = 0; r < rows; ++r) {
    const std::vector<int32_t> expected = select_topk(c, z.data() + r * c.d_sae);
    for (int64_t i = 0; i < c.k; ++i) {
      const int32_t index = codes.indices[r * c.k + i];
      CHECK(index == expected[i]);
      const float value = z[r * c.d_sae + expected[i]];
      CHECK(same_bits(codes.values[r * c.k + i], c.select == SAE_SELECT_RELU && value <= 0 ? 0.0f : value));
    }
  }
}

void test_select(const Case& shape, Session& session, const sae_config& c) {
  Random random(11);
  const int64_t n = static_cast<int64_t>(shape.rows) * c.d_sae;
  std::vector<std::vector<float>> data = {random.normal(n, 1), random.whole(n, 2), std::vector<float>(n, 0.5f)};
  // Keys that share all leading bits; zeros of both signs; denormals, the largest numbers and infinities.
  data.push_back(random.whole(n, 40));
  for (float& v : data.back()) v = 1 + v * FLT_EPSILON;
  data.push_back(random.whole(n, 1));
  for (float& v : data.back()) v = v > 0 ? 0.0f : v < 0 ? -0.0f : 1e-3f;
  data.push_back(random.whole(n, 3));
  for (float& v : data.back()) {
    v = v == 3 ? std::numeric_limits<float>::infinity() : v == -3 ? -FLT_MAX : v == 0 ? 0 : v * FLT_TRUE_MIN;
  }
  for (const std::vector<float>& z : data) {
    Codes codes(shape.rows, c.k);
    CHECK_OK(sae_select_topk(session, z.data(), shape.rows, codes.indices.data(), codes.values.data()));
    check_selection(c, z, shape.rows, codes);
  }
}

void test_encode_exact(const Case& shape, Session& session, const sae_config& c) {
  Random random(12);
  Tensors p(c);
  p.w_enc = random.whole(static_cast<int64_t>(c.d_sae) * c.d_in, 2);
  p.b_enc = random.whole(c.d_sae, 3);
  p.b_dec = random.whole(c.d_in, 2);
  session.set(SAE_PARAMETERS, p);
  const std::vector<float> x = random.whole(static_cast<int64_t>(shape.rows) * c.d_in, 2);
  std::vector<float> z;
  for (int64_t r = 0; r < shape.rows; ++r) {
    for (const Bounded& v : pre_activations(c, p, x.data() + r * c.d_in)) z.push_back(static_cast<float>(v.value));
  }
  Codes codes(shape.rows, c.k);
  CHECK_OK(sae_encode_topk(session, x.data(), shape.rows, codes.indices.data(), codes.values.data()));
  check_selection(c, z, shape.rows, codes);
}

// Returns the codes.
Codes test_encode(const Case& shape, Session& session, const sae_config& c, const Tensors& p,
                  const std::vector<float>& x) {
  Codes codes(shape.rows, c.k);
  CHECK_OK(sae_encode_topk(session, x.data(), shape.rows, codes.indices.data(), codes.values.data()));
  check_encoding(c, p, x.data(), shape.rows, codes);
  // A row's codes do not depend on its neighbours.
  Codes alone(1, c.k);
  const int64_t last = shape.rows - 1;
  CHECK_OK(sae_encode_topk(session, x.data() + last * c.d_in, 1, alone.indices.data(), alone.values.data()));
  CHECK(std::equal(alone.indices.begin(), alone.indices.end(), codes.indices.begin() + last * c.k));
  CHECK(std::equal(alone.values.begin(), alone.values.end(), codes.values.begin() + last * c.k));
  return codes;
}

std::vector<float> test_decode(const Case& shape, Session& session, const sae_config& c, const Tensors& p,
                               const Codes& codes) {
  std::vector<float> x_hat(static_cast<size_t>(shape.rows) * c.d_in);
  CHECK_OK(sae_decode_sparse(session, codes.indices.data(), codes.values.data(), shape.rows, x_hat.data()));
  for (int64_t r = 0; r < shape.rows; ++r) {
    const std::vector<Bounded> values(codes.values.begin() + r * c.k, codes.values.begin() + (r + 1) * c.k);
    const std::vector<float> row(x_hat.begin() + r * c.d_in, x_hat.begin() + (r + 1) * c.d_in);
    check_close(row, decode(c, p, codes.indices.data() + r * c.k, values.data()), c.k, 0, "x_hat");
  }
  return x_hat;
}

void test_gradients(const Case& shape, Session& session, const sae_config& c, const Tensors& p,
                    const std::vector<float>& x, const Codes& codes) {
  for (const int64_t rows : {int64_t{1}, std::min<int64_t>(shape.rows, shape.batch_size)}) {
    double loss = 0;
    CHECK_OK(sae_gradients(session, x.data(), rows, &loss));
    const Gradients expected = gradients(c, p, x.data(), rows, codes);
    const Tensors actual = session.get(SAE_GRADIENTS);
    const double terms = gradient_terms(c, rows);
    CHECK(close(loss, expected.loss, terms, kGradientProducts));
    check_close(actual.w_enc, expected.w_enc, terms, kGradientProducts, "dw_enc");
    check_close(actual.b_enc, expected.b_enc, terms, kGradientProducts, "db_enc");
    check_close(actual.w_dec, expected.w_dec, terms, kGradientProducts, "dw_dec");
    check_close(actual.b_dec, expected.b_dec, terms, kGradientProducts, "db_dec");
    CHECK(session.get(SAE_PARAMETERS) == p);
  }
}

void check_adam(const sae_config& c, int64_t step, const std::vector<float>& g, const std::vector<float>* before,
                const std::vector<float>* after) {
  const double t = static_cast<double>(step), bias1 = 1 - std::pow(c.beta1, t), bias2 = 1 - std::pow(c.beta2, t);
  constexpr double kRoundings = 16 * FLT_EPSILON;  // of the fewer than 16 operations of each formula
  for (size_t i = 0; i < g.size(); ++i) {
    const double gradient = g[i], p = before[0][i];
    const double m = before[1][i] + (1 - c.beta1) * (gradient - before[1][i]);
    const double v = c.beta2 * before[2][i] + (1 - c.beta2) * gradient * gradient;
    const double update = c.lr / bias1 * m / (std::sqrt(v) / std::sqrt(bias2) + c.eps);
    const double m_scale = std::fabs(before[1][i]) + std::fabs(gradient);
    const double update_scale = m == 0 ? 0 : std::fabs(update) * m_scale / std::fabs(m);
    CHECK(std::fabs(after[1][i] - m) <= kRoundings * m_scale);
    CHECK(std::fabs(after[2][i] - v) <= kRoundings * v);
    CHECK(std::fabs(after[0][i] - (p - update)) <= kRoundings * (update_scale + std::fabs(p)));
  }
}

void test_adam(Session& session, const sae_config& c, const Tensors& p) {
  Random random(14);
  const Tensors g = random.tensors(c), m = random.tensors(c);
  Tensors v = random.tensors(c);
  for (std::vector<float>* values : {&v.w_enc, &v.b_enc, &v.w_dec, &v.b_dec}) {
    for (float& value : *values) value = value * value;
  }
  session.set(SAE_PARAMETERS, p);
  session.set(SAE_GRADIENTS, g);
  session.set(SAE_ADAM_M, m);
  session.set(SAE_ADAM_V, v);
  CHECK_OK(sae_set_step(session, 4));
  CHECK_OK(sae_adam_update(session));
  int64_t step = 0;
  CHECK_OK(sae_get_step(session, &step));
  CHECK(step == 5);
  const Tensors p2 = session.get(SAE_PARAMETERS), m2 = session.get(SAE_ADAM_M), v2 = session.get(SAE_ADAM_V);
  for (std::vector<float> Tensors::* tensor : {&Tensors::w_enc, &Tensors::b_enc, &Tensors::w_dec, &Tensors::b_dec}) {
    const std::vector<float> before[] = {p.*tensor, m.*tensor, v.*tensor};
    const std::vector<float> after[] = {p2.*tensor, m2.*tensor, v2.*tensor};
    check_adam(c, 5, g.*tensor, before, after);
  }
}

// An epoch is, to the bit, gradients and update for each batch of its order, the last one smaller.
void test_train(const Case& shape, const sae_config& c, const Tensors& p, const std::vector<float>& x) {
  Random random(15);
  const std::vector<int32_t> order = random.order(shape.rows);
  const int64_t batches = (shape.rows + c.batch_size - 1) / c.batch_size;
  Session fused(c), steps(c);
  fused.set(SAE_PARAMETERS, p);
  steps.set(SAE_PARAMETERS, p);
  const DataSet data(x, c);
  CHECK_OK(sae_set_data(fused, SAE_TRAIN, data));
  std::vector<double> losses(static_cast<size_t>(batches));
  CHECK_OK(sae_train_epoch(fused, order.data(), shape.rows, losses.data()));
  for (int64_t b = 0; b < batches; ++b) {
    std::vector<float> batch;
    for (int64_t i = b * c.batch_size; i < std::min<int64_t>(shape.rows, (b + 1) * c.batch_size); ++i) {
      batch.insert(batch.end(), x.begin() + order[i] * c.d_in, x.begin() + (order[i] + 1) * c.d_in);
    }
    double loss = 0;
    CHECK_OK(sae_gradients(steps, batch.data(), static_cast<int64_t>(batch.size()) / c.d_in, &loss));
    CHECK_OK(sae_adam_update(steps));
    CHECK(loss == losses[b]);
  }
  for (const sae_state state : {SAE_PARAMETERS, SAE_ADAM_M, SAE_ADAM_V}) CHECK(fused.get(state) == steps.get(state));
}

void check_relative(double actual, double expected, double tolerance, const char* what) {
  if (!(actual == expected || std::fabs(actual - expected) <= tolerance)) {
    fail(__FILE__, __LINE__,
         std::string(what) + " is " + std::to_string(actual) + ", expected " + std::to_string(expected));
  }
}

// How far x_hat of an evaluation is from that of decode_sparse, in parts of the magnitude of its terms. The cpu backend
// computes both alike. The others multiply matrices in the evaluation: of rounded factors, and the k products and b_dec
// are added in another order, where either sum is off by half an eps for each of them.
double decoder_error(const sae_config& c) {
  return std::strcmp(backend(), "cpu") ? product_error() + (c.k + 1) * static_cast<double>(FLT_EPSILON) : 0;
}

// Against sums over x and over x_hat = decode_sparse(encode(x)), whose own errors are tested above.
void check_evaluation(const sae_config& c, const Tensors& p, const std::vector<float>& x,
                      const std::vector<float>& x_hat, const Codes& codes, int64_t rows, const sae_evaluation& actual,
                      const std::vector<int64_t>& firing_count) {
  sae_evaluation expected = {};
  expected.rows = rows;
  std::vector<double> x_mean(static_cast<size_t>(c.d_in)), e_mean(x_mean);
  double e_magnitude = 0;
  const auto error = [&](int64_t i) { return static_cast<double>(x[i]) - static_cast<double>(x_hat[i]); };
  for (int64_t i = 0; i < rows * c.d_in; ++i) {
    expected.x_sum += x[i];
    expected.x_squared += static_cast<double>(x[i]) * x[i];
    expected.error_sum += error(i);
    expected.error_squared += error(i) * error(i);
    e_magnitude += std::fabs(error(i));
    x_mean[i % c.d_in] += x[i] / static_cast<double>(rows);
    e_mean[i % c.d_in] += error(i) / static_cast<double>(rows);
  }
  double off_sum = 0, off_squares = 0, off_ratios = 0;  // of x_hat
  // How far a sum of squares is off where the numbers themselves are off by that norm.
  const auto square_off = [](double squares, double off) { return 2 * std::sqrt(squares * off) + off; };
  for (int64_t r = 0; r < rows; ++r) {
    const std::vector<Bounded> values(codes.values.begin() + r * c.k, codes.values.begin() + (r + 1) * c.k);
    const std::vector<Bounded> terms = decode(c, p, codes.indices.data() + r * c.k, values.data());
    double squares = 0, deviation = 0, off = 0;
    for (int64_t n = 0; n < c.d_in; ++n) {
      const double e = error(r * c.d_in + n), d = x[r * c.d_in + n] - x_mean[n];
      squares += e * e;
      deviation += d * d;
      expected.error_column_deviation += (e - e_mean[n]) * (e - e_mean[n]);
      off_sum += decoder_error(c) * terms[n].magnitude;
      off += std::pow(decoder_error(c) * terms[n].magnitude, 2);
    }
    expected.x_column_deviation += deviation;
    expected.row_ratio_sum += squares == 0 ? 0 : squares / deviation;
    off_squares += off;
    off_ratios += off == 0 ? 0 : square_off(squares, off) / deviation;
  }
  std::vector<int64_t> counts(static_cast<size_t>(c.d_sae));
  for (size_t i = 0; i < codes.values.size(); ++i) {
    if (codes.values[i] == 0) continue;
    ++expected.active;
    expected.abs_value_sum += std::fabs(codes.values[i]);
    ++counts[codes.indices[i]];
  }
  constexpr double kTight = 1e-12;
  CHECK(actual.rows == rows);
  check_relative(actual.x_sum, expected.x_sum, kTight * (expected.x_squared + static_cast<double>(x.size())), "x_sum");
  check_relative(actual.x_squared, expected.x_squared, kTight * expected.x_squared, "x_squared");
  check_relative(actual.x_column_deviation, expected.x_column_deviation, kTight * expected.x_squared,
                 "x_column_deviation");
  const double squared_off = kTight * expected.error_squared + square_off(expected.error_squared, off_squares);
  check_relative(actual.error_sum, expected.error_sum, kTight * e_magnitude + off_sum, "error_sum");
  check_relative(actual.error_squared, expected.error_squared, squared_off, "error_squared");
  check_relative(actual.error_column_deviation, expected.error_column_deviation, squared_off, "error_column_deviation");
  check_relative(actual.row_ratio_sum, expected.row_ratio_sum, 1e-9 * expected.row_ratio_sum + off_ratios,
                 "row_ratio_sum");
  CHECK(actual.active == expected.active);
  check_relative(actual.abs_value_sum, expected.abs_value_sum, kTight * expected.abs_value_sum, "abs_value_sum");
  CHECK(firing_count == counts);
}

void test_evaluate(const Case& shape, Session& session, const sae_config& c, const Tensors& p,
                   const std::vector<float>& x, const std::vector<float>& x_hat, const Codes& codes) {
  std::vector<int64_t> firing_count(static_cast<size_t>(c.d_sae), -1);
  sae_evaluation evaluation;
  const DataSet data(x, c);
  CHECK_OK(sae_set_data(session, SAE_VALIDATION, data));
  CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &evaluation, firing_count.data()));
  check_evaluation(c, p, x, x_hat, codes, shape.rows, evaluation, firing_count);
  sae_evaluation again;
  CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &again, nullptr));
  CHECK(std::memcmp(&evaluation, &again, sizeof again) == 0);
}

// Rows of a data set are encoded as the same rows from the host, also where they are not the first.
void test_encode_rows(const Case& shape, Session& session, const sae_config& c, const std::vector<float>& x,
                      const Codes& codes) {
  const DataSet data(x, c);
  for (const int32_t first : {0, shape.rows / 2, shape.rows - 1}) {
    const int32_t rows = shape.rows - first;
    Codes part(rows, c.k);
    CHECK_OK(sae_encode_rows(session, data, first, rows, part.indices.data(), part.values.data()));
    CHECK(std::equal(part.indices.begin(), part.indices.end(), codes.indices.begin() + first * c.k));
    CHECK(std::equal(part.values.begin(), part.values.end(), codes.values.begin() + first * c.k));
  }
}

void test_case(const Case& shape) {
  context = name_of(shape);
  const sae_config c = config_of(shape.d_in, shape.d_sae, shape.k, shape.batch_size, shape.select, shape.pre_bias);
  Session session(c);
  test_select(shape, session, c);
  test_encode_exact(shape, session, c);
  Random random(13);
  const Tensors p = random.tensors(c);
  const std::vector<float> x = random.normal(static_cast<int64_t>(shape.rows) * c.d_in, 1, 0.5);
  session.set(SAE_PARAMETERS, p);
  CHECK(session.get(SAE_PARAMETERS) == p);
  const Codes codes = test_encode(shape, session, c, p, x);
  test_encode_rows(shape, session, c, x, codes);
  const std::vector<float> x_hat = test_decode(shape, session, c, p, codes);
  test_gradients(shape, session, c, p, x, codes);
  test_evaluate(shape, session, c, p, x, x_hat, codes);
  test_adam(session, c, p);
  test_train(shape, c, p, x);
}

// Sessions of different shapes share data sets, at the same time and after their handles are destroyed; each gives the
// bits that it gives with data sets of its own.
void test_shared_data() {
  context = "shared data sets";
  constexpr int kSessions = 3, kRows = 50, kWidth = 37;
  Random random(17);
  const std::vector<float> x = random.normal(kRows * kWidth, 1), y = random.normal(20 * kWidth, 2, 0.5);
  const std::vector<int32_t> order = random.order(kRows);
  struct Outcome {
    std::vector<double> losses;
    sae_evaluation evaluation;
    bool operator==(const Outcome& o) const {
      return losses == o.losses && !std::memcmp(&evaluation, &o.evaluation, sizeof evaluation);
    }
  };
  const auto config_number = [](int i) { return config_of(kWidth, 24 + 9 * i, 3 + 4 * i, 8 + i); };
  const auto start = [&](Session& session, int i, sae_data* train, sae_data* validation) {
    session.set(SAE_PARAMETERS, Random(18).tensors(config_number(i)));
    CHECK_OK(sae_set_data(session, SAE_TRAIN, train));
    CHECK_OK(sae_set_data(session, SAE_VALIDATION, validation));
  };
  const auto run = [&](Session& session) {
    Outcome outcome = {std::vector<double>(kRows), {}};
    for (int epoch = 0; epoch < 2; ++epoch) {
      CHECK_OK(sae_train_epoch(session, order.data(), kRows, outcome.losses.data()));
    }
    CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &outcome.evaluation, nullptr));
    return outcome;
  };

  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Outcome> alone, shared(kSessions);
  for (int i = 0; i < kSessions; ++i) {
    const DataSet train(x, config_number(i)), validation(y, config_number(i));
    Session session(config_number(i));
    start(session, i, train, validation);
    alone.push_back(run(session));
  }
  {
    const DataSet train(x, config_number(0)), validation(y, config_number(0));
    for (int i = 0; i < kSessions; ++i) {
      sessions.push_back(std::make_unique<Session>(config_number(i)));
      start(*sessions.back(), i, train, validation);
    }
    CHECK_OK(sae_set_data(*sessions[0], SAE_TRAIN, train));  // once more what it has
    CHECK_OK(sae_set_data(*sessions[0], SAE_VALIDATION, train));
    CHECK_OK(sae_set_data(*sessions[0], SAE_VALIDATION, validation));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kSessions; ++i) {
    threads.emplace_back([&, i] { shared[i] = run(*sessions[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(shared == alone);
}

// Rows that all equal the column means have no variance: a ratio of 0 without an error, infinite with one.
void test_equal_rows() {
  context = "equal rows";
  const sae_config c = config_of(5, 4, 2, 3);
  Session session(c);
  const std::vector<float> x(7 * 5, 0.1f);
  const DataSet data(x, c);
  CHECK_OK(sae_set_data(session, SAE_VALIDATION, data));
  sae_evaluation evaluation;
  CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &evaluation, nullptr));
  CHECK(evaluation.x_column_deviation == 0);
  CHECK(evaluation.error_column_deviation == 0);
  CHECK(std::isinf(evaluation.row_ratio_sum));
  CHECK(evaluation.active == 0);
  Tensors p(c);
  std::fill(p.b_dec.begin(), p.b_dec.end(), 0.1f);
  session.set(SAE_PARAMETERS, p);
  CHECK_OK(sae_evaluate(session, SAE_VALIDATION, &evaluation, nullptr));
  CHECK(evaluation.error_squared == 0);
  CHECK(evaluation.row_ratio_sum == 0);
}

void test_not_finite() {
  context = "not finite";
  const sae_config c = config_of(5, 4, 2, 2);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const sae_select select : {SAE_SELECT_ABS, SAE_SELECT_RELU}) {
      sae_config with = c;
      with.select = select;
      Session session(with);
      Random random(16);
      const Tensors p = random.tensors(with);
      session.set(SAE_PARAMETERS, p);
      std::vector<float> x = random.normal(6 * 5, 1);
      x[4 * 5] = bad;  // in the third batch
      const DataSet data(x, c);
      CHECK_OK(sae_set_data(session, SAE_TRAIN, data));
      const int32_t order[] = {0, 1, 2, 3, 4, 5};
      double losses[3];
      CHECK_OK(sae_set_step(session, 10));
      CHECK_FAILS(sae_train_epoch(session, order, 6, losses), SAE_ERR_NUMERIC, "step 13");
      CHECK(std::isfinite(losses[1]));
      int64_t step = 0;
      CHECK_OK(sae_get_step(session, &step));
      CHECK(step == 12);
      for (const float w : session.get(SAE_PARAMETERS).w_enc) CHECK(std::isfinite(w));
    }
  }
}

// Only a device has a clock, and only a call that has run can have taken time.
void test_device_seconds() {
  context = "device seconds";
  const sae_config c = config_of(5, 4, 2, 2);
  Session session(c);
  double seconds = 0;
  CHECK_FAILS(sae_device_seconds(session, &seconds), SAE_ERR_UNAVAILABLE, "no ");
  const std::vector<float> x(2 * 5, 1.0f);
  Codes codes(2, c.k);
  CHECK_OK(sae_encode_topk(session, x.data(), 2, codes.indices.data(), codes.values.data()));
  if (std::strcmp(backend(), "cuda")) {
    CHECK_FAILS(sae_device_seconds(session, &seconds), SAE_ERR_UNAVAILABLE, "no device clock");
  } else {
    CHECK_OK(sae_device_seconds(session, &seconds));
    CHECK(seconds > 0);
  }
}

void test_no_rows() {
  context = "no rows";
  const sae_config c = config_of(5, 4, 2, 2);
  Session session(c);
  CHECK_OK(sae_select_topk(session, nullptr, 0, nullptr, nullptr));
  CHECK_OK(sae_encode_topk(session, nullptr, 0, nullptr, nullptr));
  const std::vector<float> x(3 * 5);
  const DataSet data(x, c);
  CHECK_OK(sae_encode_rows(session, data, 3, 0, nullptr, nullptr));
  CHECK_OK(sae_decode_sparse(session, nullptr, nullptr, 0, nullptr));
}

}  // namespace
}  // namespace test

int main() {
  test::skip_unless_available();
  for (const test::Case& c : test::kCases) test::test_case(c);
  test::test_shared_data();
  test::test_equal_rows();
  test::test_not_finite();
  test::test_no_rows();
  test::test_device_seconds();
  return test::report("operations_test");
}
