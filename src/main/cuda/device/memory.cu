#include <cstdio>

#include "backend.h"
#include "device/memory.h"

namespace sae {

std::string megabytes(size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

void DeviceMemory::allocate(const std::string& owner, device::Stream stream) {
  size_t needed = 0, pinned = 0;
  for (const Piece& piece : pieces_) {
    size_t& total = piece.pinned ? pinned : needed;
    total = piece.bytes > SIZE_MAX - total ? SIZE_MAX : total + piece.bytes;
  }
  const size_t free = device::free_memory();
  try {
    for (Piece& piece : pieces_) {
      piece.memory = piece.pinned ? device::allocate_pinned(piece.bytes) : device::allocate(piece.bytes);
      *piece.pointer = piece.memory;
      if (piece.content == Content::kZero) device::fill_zero(piece.memory, piece.bytes, stream);
    }
  } catch (const Error& error) {
    release();
    if (error.status() != SAE_ERR_MEMORY) throw;
    throw Error(SAE_ERR_MEMORY, owner + " needs " + megabytes(needed) + " of device memory" +
                                    (pinned ? " and " + megabytes(pinned) + " pinned on the host" : "") + "; " +
                                    megabytes(free) + " are free on the device");
  }
}

void DeviceMemory::release() {
  for (Piece& piece : pieces_) {
    piece.pinned ? device::release_pinned(piece.memory) : device::release(piece.memory);
    *piece.pointer = nullptr;
  }
  pieces_.clear();
}

}  // namespace sae
