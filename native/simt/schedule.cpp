#include "schedule.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>

namespace simt {
namespace {

Schedule schedule_from_environment() {
  const char* text = std::getenv("SIMT_ORDER");
  Schedule schedule;
  if (!text || !std::strcmp(text, "forward")) return schedule;
  if (!std::strcmp(text, "reverse")) {
    schedule.order = Order::kReverse;
  } else if (!std::strncmp(text, "random", 6) && (text[6] == 0 || text[6] == ':')) {
    schedule.order = Order::kRandom;
    if (text[6] == ':') schedule.seed = std::strtoull(text + 7, nullptr, 10);
  } else {
    fail("SIMT_ORDER is forward, reverse, random or random:<seed>, not %s", text);
  }
  return schedule;
}

Schedule& mutable_schedule() {
  static Schedule value = schedule_from_environment();
  return value;
}

}  // namespace

const Schedule& schedule() { return mutable_schedule(); }

void set_order(Order order, uint64_t seed) { mutable_schedule() = {order, seed}; }

std::vector<uint64_t> block_order(uint64_t count) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  if (schedule().order == Order::kReverse) std::reverse(order.begin(), order.end());
  if (schedule().order == Order::kRandom) std::shuffle(order.begin(), order.end(), std::mt19937_64(schedule().seed));
  return order;
}

void order_turns(std::vector<unsigned>& turns, uint64_t block) {
  std::iota(turns.begin(), turns.end(), 0u);
  if (schedule().order == Order::kReverse) std::reverse(turns.begin(), turns.end());
  if (schedule().order == Order::kRandom) {
    std::mt19937_64 random(schedule().seed * 0x9e3779b97f4a7c15ull + block);
    std::shuffle(turns.begin(), turns.end(), random);
  }
}

}  // namespace simt
