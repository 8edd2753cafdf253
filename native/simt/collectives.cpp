// Where threads of a block meet: barriers, warp collectives, shared arrays and what is copied into them.
#include <cstring>

#include "runner.h"

namespace simt {
namespace {

constexpr uint32_t kPoison = 0x7fc0dead;  // a NaN

// The products are exact in float; they are added in ascending k.
void multiply_add(const WarpValue* in) {
  const auto number = [](uint32_t word, int half) {
    const uint32_t bits = half ? word & 0xffff0000u : word << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  };
  float a[16][16], b[16][8], d[16][8];
  for (int lane = 0; lane < 32; ++lane) {
    const MatrixFragments& f = *in[lane].fragments;
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < 8; ++i) a[g + i / 2 % 2 * 8][2 * t + i / 4 * 8 + i % 2] = number(f.a[i / 2], i % 2);
    for (int i = 0; i < 4; ++i) b[2 * t + i / 2 * 8 + i % 2][g] = number(f.b[i / 2], i % 2);
    for (int i = 0; i < 4; ++i) d[g + i / 2 * 8][2 * t + i % 2] = f.d[i];
  }
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < 16; ++k) {
      for (int column = 0; column < 8; ++column) d[row][column] += a[row][k] * b[k][column];
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 4; ++i) in[lane].fragments->d[i] = d[lane / 4 + i / 2 * 8][2 * (lane % 4) + i % 2];
  }
}

// All lanes have brought their values: fills in what each leaves with.
void combine(Meeting& meeting, const WarpValue* in, WarpValue* out) {
  if (meeting.kind == Collective::kMatrixMultiplyAdd) return multiply_add(in);
  uint32_t word = 0;
  for (unsigned lane = 0; lane < kWarp; ++lane) {
    if (!(meeting.mask >> lane & 1)) continue;
    if (meeting.kind == Collective::kBallot) word |= in[lane].words[0] << lane;
    if (meeting.kind == Collective::kAdd) word += in[lane].words[0];
  }
  for (unsigned lane = 0; lane < kWarp; ++lane) {
    if (!(meeting.mask >> lane & 1)) continue;
    out[lane].words[0] = word;
    if (meeting.kind != Collective::kShuffle) continue;
    const uint32_t source = in[lane].source_lane;
    if (!(meeting.mask >> source & 1))
      fail("lane %u reads lane %u, which is not in mask %08x", lane, source, meeting.mask);
    out[lane] = in[source];
  }
}

Meeting& meeting_of(Warp& warp, uint32_t mask) {
  for (Meeting& m : warp.meetings) {
    if (m.mask == mask) return m;
  }
  for (Meeting& m : warp.meetings) {
    if (m.arrived || m.unread) continue;
    m.mask = mask;
    return m;
  }
  fail("more than 4 groups of one warp are in a collective");
}

// Fills a shared array with NaN.
void poison(const SharedArray& array) {
  auto* words = reinterpret_cast<volatile uint32_t*>(array.data.get());
  for (size_t i = 0; i < array.bytes / 4; ++i) words[i] = kPoison;
}

// The running block's array of that key: made at the first call.
SharedArray& array_of(const void* key, size_t bytes) {
  Block& block = runner().block;
  for (SharedArray& array : block.arrays) {
    if (array.key != key || array.block != block.number) continue;
    __tsan_acquire(array.data.get());  // its allocation by another thread is no race
    return array;
  }
  void* data = nullptr;
  if (posix_memalign(&data, 16, bytes)) fail("no memory for %zu bytes of shared memory", bytes);
  block.arrays.push_back({key, block.number, bytes, {static_cast<unsigned char*>(data), &std::free}});
  poison(block.arrays.back());
  __tsan_release(data);
  return block.arrays.back();
}

}  // namespace

void block_barrier(Site site) {
  Barrier& barrier = runner().block.barrier;
  if (barrier.arrived == 0) {
    barrier.site = site;
  } else if (barrier.site.line != site.line || std::strcmp(barrier.site.file, site.file)) {
    fail("divergent barrier: %s:%d while others wait at %s:%d", site.file, site.line, barrier.site.file,
         barrier.site.line);
  }
  __tsan_release(&barrier);
  const uint32_t generation = barrier.generation;
  if (++barrier.arrived == runner().block.alive) {
    open_barrier(barrier);
  } else {
    wait_until_changed(&barrier.generation, generation, site, false);
  }
  __tsan_acquire(&barrier);
}

void warp_collective(Collective kind, uint32_t mask, const WarpValue& in, WarpValue& out, Site site) {
  const unsigned lane = current->lane;
  if (!(mask >> lane & 1)) fail("%s:%d: lane %u is not in its own mask %08x", site.file, site.line, lane, mask);
  Meeting& meeting = meeting_of(runner().block.warps[current->warp], mask);
  if (meeting.arrived == 0) {
    meeting.kind = kind;
    meeting.site = site;
  } else if (meeting.kind != kind || meeting.site.line != site.line) {
    fail("lanes of mask %08x are in two collectives: %s:%d and %s:%d", mask, site.file, site.line, meeting.site.file,
         meeting.site.line);
  }
  const uint32_t generation = meeting.generation, side = generation & 1;
  meeting.in[side][lane] = in;
  meeting.arrived |= 1u << lane;
  // Only __syncwarp orders memory; a shuffle or a ballot that merely happens to order it hides a race.
  if (kind == Collective::kSync) __tsan_release(&meeting);
  if (meeting.arrived == mask) {
    combine(meeting, meeting.in[side], meeting.out[side]);
    meeting.arrived = 0;
    meeting.unread += __builtin_popcount(mask);
    ++meeting.generation;
  } else {
    wait_until_changed(&meeting.generation, generation, site, true);
  }
  if (kind == Collective::kSync) __tsan_acquire(&meeting);
  out = meeting.out[side][lane];
  --meeting.unread;
}

void* shared_array(const void* key, size_t bytes) { return array_of(key, bytes).data.get(); }

void add_dynamic_shared(size_t bytes) { self().dynamic_bytes = bytes; }

void* dynamic_shared() {
  static const char key = 0;
  return shared_array(&key, self().dynamic_bytes);
}

bool deferred() { return schedule().order != Order::kForward; }

void defer_copy(Copy copy) {
  Copies& c = self().copies;
  if (c.count == Copies::kMost) fail("more than %u asynchronous copies wait", Copies::kMost);
  const unsigned last = (c.first + c.count++) % Copies::kMost;
  c.copy[last] = copy;
  c.group[last] = c.groups;
}

void commit_copies() { ++self().copies.groups; }

bool next_arrival(unsigned pending, Copy& copy) {
  Copies& c = self().copies;
  if (c.count == 0 || c.group[c.first] + pending >= c.groups) return false;
  copy = c.copy[c.first];
  c.first = (c.first + 1) % Copies::kMost;
  --c.count;
  return true;
}

}  // namespace simt
