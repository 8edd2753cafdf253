#include "device_memory.h"

#include <cstdio>

#include "backend.h"

namespace sae {
namespace {
std::string megabytes(size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}
}  // namespace

void DeviceMemory::allocate(const std::string& owner, device::Stream stream) {
  size_t total = 0;
  for (const Piece& piece : pieces_) total = piece.bytes > SIZE_MAX - total ? SIZE_MAX : total + piece.bytes;
  const size_t free = device::free_memory();
  try {
    for (Piece& piece : pieces_) {
      piece.memory = device::allocate(piece.bytes);
      *piece.pointer = piece.memory;
      if (piece.content == Content::kZero) device::fill_zero(piece.memory, piece.bytes, stream);
    }
  } catch (const Error& error) {
    release();
    if (error.status() != SAE_ERR_MEMORY) throw;
    throw Error(SAE_ERR_MEMORY,
                owner + " needs " + megabytes(total) + " of device memory; " + megabytes(free) + " are free");
  }
}

void DeviceMemory::release() {
  for (Piece& piece : pieces_) {
    device::release(piece.memory);
    *piece.pointer = nullptr;
  }
  pieces_.clear();
}

}  // namespace sae
