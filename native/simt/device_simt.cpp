// device.h on this CPU: memory is the heap's, a launch runs at once, a graph is the list of its launches.
#include "device_simt.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "backend.h"

namespace sae::device {
struct RecordedGraph {
  std::vector<std::function<void()>> launches;
};
}  // namespace sae::device

struct CUstream_st {
  sae::device::Graph capturing = nullptr;
};

struct CUevent_st {
  std::chrono::steady_clock::time_point time;
};

namespace sae::device {
namespace {
void refuse_capture(Stream stream, const char* call) {
  if (stream->capturing) throw Error(SAE_ERR_INTERNAL, std::string(call) + " cannot be recorded in a graph");
}
}  // namespace

std::string describe() { return "the CUDA kernels on this CPU, one fibre a thread (for tests)"; }

Stream create_stream() { return new CUstream_st; }
void destroy_stream(Stream stream) { delete stream; }
void synchronize(Stream stream) { refuse_capture(stream, "synchronize"); }

void* allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  void* memory = std::malloc(bytes);
  if (!memory) throw Error(SAE_ERR_MEMORY, "the heap has no " + std::to_string(bytes) + " bytes left");
  std::memset(memory, 0xff, bytes);  // NaN as float and as double: a read before the first write shows
  return memory;
}
void release(void* memory) { std::free(memory); }
size_t free_memory() { return 0; }

void* allocate_pinned(size_t bytes) { return allocate(bytes); }
void release_pinned(void* memory) { release(memory); }

void copy_in(void* device, const void* host, size_t bytes, Stream stream) {
  refuse_capture(stream, "a copy");
  if (bytes) std::memcpy(device, host, bytes);
}
void copy_out(void* host, const void* device, size_t bytes, Stream stream) {
  refuse_capture(stream, "a copy");
  if (bytes) std::memcpy(host, device, bytes);
}
void fill_zero(void* device, size_t bytes, Stream stream) {
  refuse_capture(stream, "a fill");
  if (bytes) std::memset(device, 0, bytes);
}
void copy_rows_in(void* device, size_t pitch, const void* host, size_t row_bytes, size_t rows, Stream stream) {
  for (size_t r = 0; r < rows; ++r) {
    copy_in(static_cast<char*>(device) + r * pitch, static_cast<const char*>(host) + r * row_bytes, row_bytes, stream);
  }
}
void copy_rows_out(void* host, const void* device, size_t pitch, size_t row_bytes, size_t rows, Stream stream) {
  for (size_t r = 0; r < rows; ++r) {
    copy_out(static_cast<char*>(host) + r * row_bytes, static_cast<const char*>(device) + r * pitch, row_bytes, stream);
  }
}

void begin_capture(Stream stream) {
  refuse_capture(stream, "a capture");
  stream->capturing = new RecordedGraph;
}
Graph end_capture(Stream stream) {
  Graph graph = stream->capturing;
  stream->capturing = nullptr;
  return graph;
}
void replay(Graph graph, Stream stream) {
  refuse_capture(stream, "a replay");
  for (const auto& launch : graph->launches) launch();
}
void destroy_graph(Graph graph) { delete graph; }

bool has_clock() { return false; }
Event create_event() { return new CUevent_st; }
void destroy_event(Event event) { delete event; }
void record(Event event, Stream) { event->time = std::chrono::steady_clock::now(); }
float milliseconds_between(Event start, Event stop) {
  return std::chrono::duration<float, std::milli>(stop->time - start->time).count();
}

Range::Range(const char*) {}
Range::~Range() {}

void launch(Stream stream, const char* kernel, dim3 grid, dim3 block, std::function<void()> body) {
  auto run = [=] { simt::run_grid(kernel, grid, block, body); };
  if (stream->capturing) {
    stream->capturing->launches.push_back(run);
  } else {
    run();
  }
}

}  // namespace sae::device
