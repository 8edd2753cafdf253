// device.h: all that host code asks of the machine the kernels run on. Implemented by device_cuda.cu on the CUDA
// runtime and by native/simt/device_simt.cpp on this CPU, so that the backend above it is the same for both.
// Every call throws sae::Error. Work given to a stream runs in order; only synchronize(), copies out and end_capture()
// wait for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// CUDA's own handle types, so that its runtime takes them as they are.
struct CUstream_st;
struct CUevent_st;

namespace sae::device {

using Stream = CUstream_st*;
using Event = CUevent_st*;
struct RecordedGraph;
using Graph = RecordedGraph*;

// Throws SAE_ERR_UNAVAILABLE with the reason where no device can be used; else one line that names it.
std::string describe();

Stream create_stream();
void destroy_stream(Stream stream);
void synchronize(Stream stream);

class OwnedStream {
 public:
  OwnedStream() : stream_(create_stream()) {}
  ~OwnedStream() { destroy_stream(stream_); }
  OwnedStream(const OwnedStream&) = delete;
  OwnedStream& operator=(const OwnedStream&) = delete;
  operator Stream() const { return stream_; }

 private:
  const Stream stream_;
};

// Device memory, its content undefined. Throws SAE_ERR_MEMORY; nullptr for 0 bytes.
void* allocate(size_t bytes);
void release(void* memory);
size_t free_memory();

// Host memory that copies reach without a detour, its content undefined. Throws SAE_ERR_MEMORY; nullptr for 0 bytes.
void* allocate_pinned(size_t bytes);
void release_pinned(void* memory);

void copy_in(void* device, const void* host, size_t bytes,
             Stream stream);  // host must not change until the stream is done
void copy_out(void* host, const void* device, size_t bytes, Stream stream);  // has arrived when this returns
void fill_zero(void* device, size_t bytes, Stream stream);

// The same for a matrix of `rows` rows of `row_bytes` that lie `device_pitch` bytes apart on the device and are
// contiguous on the host.
void copy_rows_in(void* device, size_t device_pitch, const void* host, size_t row_bytes, size_t rows, Stream stream);
void copy_rows_out(void* host, const void* device, size_t device_pitch, size_t row_bytes, size_t rows, Stream stream);

// Launches recorded once and replayed as one. Copies and fills cannot be recorded. When end_capture() returns, the
// graph lies on the device and the code of its kernels is loaded; it throws SAE_ERR_MEMORY, with the number of
// launches, where there is no room.
void begin_capture(Stream stream);
Graph end_capture(Stream stream);
void replay(Graph graph, Stream stream);
void destroy_graph(Graph graph);

// Time between two points of a stream: by the device's own clock where has_clock(), else by the host's.
bool has_clock();
Event create_event();
void destroy_event(Event event);
void record(Event event, Stream stream);
float milliseconds_between(Event start, Event stop);  // waits for stop

// A named span on a profiler's timeline.
class Range {
 public:
  explicit Range(const char* name);
  ~Range();
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
};

}  // namespace sae::device
