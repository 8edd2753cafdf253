// Zeroed, aligned arrays, and the plan that allocates all arrays of a session together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../backend.h"

namespace sae::cpu {

// Zeroed bytes, aligned to a cache line, or to a large page where that pays; nullptr if there are not that many.
void* allocate_bytes(size_t bytes);
void free_bytes(void* data);

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
    data_ = static_cast<T*>(allocate_bytes(static_cast<size_t>(size) * sizeof(T)));
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

  void allocate(const std::string& purpose) {
    for (const auto& allocation : allocations_) {
      if (!allocation()) {
        throw Error(SAE_ERR_MEMORY, purpose + " needs " + std::to_string(static_cast<uint64_t>(bytes_)) +
                                        " bytes of memory, more than can be had");
      }
    }
  }

 private:
  double bytes_ = 0;
  std::vector<std::function<bool()>> allocations_;
};

}  // namespace sae::cpu
