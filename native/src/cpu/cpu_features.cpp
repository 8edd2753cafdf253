#include "cpu_features.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "../backend.h"

namespace sae::cpu {
namespace {

bool has(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && has(Isa::kAvx2);
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kPlain:
      return true;
  }
#endif
  return isa == Isa::kPlain;
}

// Cores' worth of time that the control group grants, or a huge number without a quota.
double quota_cores() {
  constexpr double kNoQuota = 1e9;
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period) return quota == "max" || period <= 0 ? kNoQuota : std::atof(quota.c_str()) / period;
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double microseconds = 0;
  if (v1_quota >> microseconds && v1_period >> period && microseconds > 0 && period > 0) return microseconds / period;
  return kNoQuota;
}

}  // namespace

const char* name(Isa isa) { return isa == Isa::kAvx512 ? "AVX-512" : isa == Isa::kAvx2 ? "AVX2" : "plain"; }

Isa choose_isa() {
  const char* wish = std::getenv("SAE_CPU");
  if (wish == nullptr || *wish == '\0') {
    return has(Isa::kAvx512) ? Isa::kAvx512 : has(Isa::kAvx2) ? Isa::kAvx2 : Isa::kPlain;
  }
  const std::string word = wish;
  if (word != "avx512" && word != "avx2" && word != "plain") {
    throw Error(SAE_ERR_UNAVAILABLE, "SAE_CPU must be avx512, avx2 or plain, not " + word);
  }
  const Isa isa = word == "avx512" ? Isa::kAvx512 : word == "avx2" ? Isa::kAvx2 : Isa::kPlain;
  if (!has(isa)) throw Error(SAE_ERR_UNAVAILABLE, "SAE_CPU asks for " + word + ", which this processor does not have");
  return isa;
}

int available_cores() {
  cpu_set_t mask;
  const int cores = sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
  return std::max(1, std::min(cores, static_cast<int>(std::ceil(quota_cores()))));
}

}  // namespace sae::cpu
