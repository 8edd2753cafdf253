// Device memory that is asked for piece by piece and allocated in one go, so that a session that does not fit says how
// much it needs before anything has run. Every piece is a separate allocation: an overrun can be seen by tools.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "device.h"

namespace sae {

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
    const size_t bytes = count > SIZE_MAX / sizeof(T) ? SIZE_MAX : count * sizeof(T);
    pieces_.push_back({reinterpret_cast<void**>(&pointer), bytes, content, nullptr});
  }

  // Throws SAE_ERR_MEMORY and holds nothing then. `owner` is what the text says the memory is for.
  void allocate(const std::string& owner, device::Stream stream);

  // Frees all pieces, sets their pointers to nullptr and forgets them.
  void release();

 private:
  struct Piece {
    void** pointer;
    size_t bytes;
    Content content;
    void* memory;
  };
  std::vector<Piece> pieces_;
};

}  // namespace sae
