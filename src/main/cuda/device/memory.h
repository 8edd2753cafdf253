// Device memory, and pinned memory of the host, that is asked for piece by piece and allocated in one go, so that a
// session that does not fit says how much it needs before anything has run. Every piece is a separate allocation: an
// overrun can be seen by tools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "device/device.h"

namespace sae {

std::string megabytes(size_t bytes);

class DeviceMemory {
 public:
  DeviceMemory() = default;
  ~DeviceMemory() { release(); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  // After allocate(), `pointer` holds `count` elements: zeros or anything.
  enum class Content { kZero, kAny };
  template <class T>
  void want(T*& pointer, size_t count, Content content) {
    pieces_.push_back({reinterpret_cast<void**>(&pointer), bytes_of<T>(count), false, content, nullptr});
  }
  // The same on the host, pinned; its content is anything.
  template <class T>
  void want_pinned(T*& pointer, size_t count) {
    pieces_.push_back({reinterpret_cast<void**>(&pointer), bytes_of<T>(count), true, Content::kAny, nullptr});
  }

  // Throws SAE_ERR_MEMORY and holds nothing then. `owner` is what the text says the memory is for.
  void allocate(const std::string& owner, device::Stream stream);

  // Frees all pieces, sets their pointers to nullptr and forgets them.
  void release();

 private:
  template <class T>
  static size_t bytes_of(size_t count) {
    return count > SIZE_MAX / sizeof(T) ? SIZE_MAX : count * sizeof(T);
  }

  struct Piece {
    void** pointer;
    size_t bytes;
    bool pinned;
    Content content;
    void* memory;
  };
  std::vector<Piece> pieces_;
};

}  // namespace sae
