// Zeroed, aligned arrays, and the plan that allocates all arrays of a session together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "../backend.h"

namespace sae::cpu {

// Zeroed bytes, aligned to a cache line, or to a large page where that pays; nullptr if there are not that many.
void* allocate_bytes(size_t bytes);
void free_bytes(void* data);

// Bytes that this process may still take: what the system has free or can free, within the control group's limit.
double available_bytes();

template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { free_bytes(data_); }

  // False if there is not enough memory. The former contents are gone either way.
  bool allocate(int64_t size) {
    free_bytes(data_);
    const bool countable = static_cast<size_t>(size) <= PTRDIFF_MAX / sizeof(T);
    data_ = countable ? static_cast<T*>(allocate_bytes(static_cast<size_t>(size) * sizeof(T))) : nullptr;
    size_ = data_ == nullptr ? 0 : size;
    return data_ != nullptr;
  }
  T* data() { return data_; }
  const T* data() const { return data_; }
  int64_t size() const { return size_; }
  T& operator[](int64_t i) { return data_[i]; }
  const T& operator[](int64_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  int64_t size_ = 0;
};

// Collects what is wanted, then allocates it; a failure names the sum.
class MemoryPlan {
 public:
  template <class T>
  void add(Buffer<T>& buffer, int64_t size) {
    bytes_ += static_cast<double>(size) * sizeof(T);
    allocations_.push_back([&buffer, size] { return buffer.allocate(size); });
  }

  // The system promises more memory than it has, so what it has is asked first.
  void allocate(const std::string& purpose) {
    bool enough = bytes_ <= available_bytes();
    for (size_t i = 0; enough && i < allocations_.size(); ++i) enough = allocations_[i]();
    if (!enough) {
      char text[80];
      std::snprintf(text, sizeof text, " needs %.0f bytes of memory, %.0f are available", bytes_, available_bytes());
      throw Error(SAE_ERR_MEMORY, purpose + text);
    }
  }

 private:
  double bytes_ = 0;
  std::vector<std::function<bool()>> allocations_;
};

}  // namespace sae::cpu
