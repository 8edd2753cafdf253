// Which instruction set this machine runs, and how many cores this process may use.
#pragma once

#include <string>

namespace sae::cpu {

enum class Isa { kPlain, kAvx2, kAvx512 };

const char* name(Isa isa);

// The widest one this machine has, or the one that the environment variable SAE_CPU (avx512, avx2, plain) asks for.
// Throws Error: SAE_ERR_INVALID for another word, SAE_ERR_UNAVAILABLE if this machine lacks what is asked for.
Isa choose_isa();

// Cores in the affinity mask, no more than the control group's quota, at least 1.
int available_cores();

}  // namespace sae::cpu
