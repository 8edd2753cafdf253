#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace sae::cpu {

void* allocate_bytes(size_t bytes) {
  constexpr size_t kCacheLine = 64;
  constexpr size_t kLargePage = size_t{2} << 20;
  const size_t alignment = bytes >= 2 * kLargePage ? kLargePage : kCacheLine;
  if (bytes > PTRDIFF_MAX - alignment) return nullptr;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (data == nullptr) return nullptr;
  // Large pages only save address translation: where the kernel refuses them nothing else changes.
  if (alignment == kLargePage) madvise(data, rounded, MADV_HUGEPAGE);
  std::memset(data, 0, rounded);
  return data;
}

void free_bytes(void* data) { std::free(data); }

double available_bytes() {
  double available = 1e18;
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    double kibibytes;
    if (word == "MemAvailable:" && meminfo >> kibibytes) available = kibibytes * 1024;
  }
  std::ifstream limit("/sys/fs/cgroup/memory.max"), usage("/sys/fs/cgroup/memory.current");
  double most, used;  // a limit of "max" is not a number: there is none
  if (limit >> most && usage >> used) available = std::min(available, std::max(0.0, most - used));
  return available;
}

}  // namespace sae::cpu
