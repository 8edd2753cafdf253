// The order in which blocks run and in which threads get their turn; see Order in runtime.h.
#pragma once

#include <vector>

#include "runtime.h"

namespace simt {

struct Schedule {
  Order order = Order::kForward;
  uint64_t seed = 1;
};

const Schedule& schedule();

// The blocks 0 .. count - 1 in the order they run.
std::vector<uint64_t> block_order(uint64_t count);

// turns: the threads 0 .. turns.size() - 1 in the order they get their turn in that block.
void order_turns(std::vector<unsigned>& turns, uint64_t block);

}  // namespace simt
