// device.h on the CUDA runtime, device 0 (CUDA_VISIBLE_DEVICES chooses another).

#include <nvtx3/nvToolsExt.h>

#include <string>

#include "backend.h"
#include "templates/common.cuh"

namespace sae::device {

struct RecordedGraph {
  cudaGraphExec_t executable;
};

namespace {

// Tells whether this library holds code for the device: asking for the attributes loads it.
__global__ void probe_kernel() {}

sae_status status_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return SAE_ERR_MEMORY;
    case cudaErrorInvalidValue:
    case cudaErrorInvalidConfiguration:
    case cudaErrorLaunchOutOfResources:
    case cudaErrorStreamCaptureUnsupported:
    case cudaErrorStreamCaptureInvalidated:
      return SAE_ERR_INTERNAL;
    default:
      return SAE_ERR_DEVICE;
  }
}

void check(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // a launch after this must not report it again
  throw Error(status_of(error), std::string(call) + ": " + cudaGetErrorString(error));
}

[[noreturn]] void unavailable(const std::string& reason) { throw Error(SAE_ERR_UNAVAILABLE, reason); }

}  // namespace

void check_launch(cudaError_t result, const char* kernel) { check(result, kernel); }

void allow_shared(const void* kernel, size_t bytes) {
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
        "cudaFuncSetAttribute");
}

namespace {

std::string describe_device() {
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found == cudaErrorInsufficientDriver)
    unavailable("the NVIDIA driver is missing or older than CUDA " + std::to_string(CUDART_VERSION / 1000) + " needs");
  if (found != cudaSuccess) unavailable(std::string("no CUDA device: ") + cudaGetErrorString(found));
  if (count == 0) unavailable("no CUDA device");
  cudaDeviceProp properties;
  const cudaError_t opened = cudaGetDeviceProperties(&properties, 0);
  if (opened != cudaSuccess) unavailable(std::string("the CUDA device cannot be used: ") + cudaGetErrorString(opened));
  cudaFuncAttributes attributes;
  const cudaError_t loaded = cudaFuncGetAttributes(&attributes, probe_kernel);
  const std::string capability = std::to_string(properties.major) + "." + std::to_string(properties.minor);
  if (loaded != cudaSuccess) {
    cudaGetLastError();
    unavailable(std::string(properties.name) + " has compute capability " + capability +
                ", for which this library holds no code: " + cudaGetErrorString(loaded));
  }
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return std::string(properties.name) + ", compute capability " + capability + ", " +
         std::to_string(properties.totalGlobalMem / 1000000000) + " GB, driver for CUDA " +
         std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
}

}  // namespace

std::string describe() {
  static const std::string text =
      describe_device();  // the properties take long to ask for; a failure is asked for again
  return text;
}

Stream create_stream() {
  Stream stream;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  return stream;
}
void destroy_stream(Stream stream) { cudaStreamDestroy(stream); }
void synchronize(Stream stream) { check(cudaStreamSynchronize(stream), "cudaStreamSynchronize"); }

void* allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc");
  return memory;
}
void release(void* memory) { cudaFree(memory); }
size_t free_memory() {
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return free;
}

void* allocate_pinned(size_t bytes) {
  if (bytes == 0) return nullptr;
  void* memory = nullptr;
  check(cudaMallocHost(&memory, bytes), "cudaMallocHost");
  return memory;
}
void release_pinned(void* memory) { cudaFreeHost(memory); }

void copy_in(void* device, const void* host, size_t bytes, Stream stream) {
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream), "copy to the device");
}
void copy_out(void* host, const void* device, size_t bytes, Stream stream) {
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream), "copy from the device");
  synchronize(stream);
}
void fill_zero(void* device, size_t bytes, Stream stream) {
  if (bytes) check(cudaMemsetAsync(device, 0, bytes, stream), "cudaMemset");
}
void copy_rows_in(void* device, size_t pitch, const void* host, size_t row_bytes, size_t rows, Stream stream) {
  if (rows == 0) return;
  check(cudaMemcpy2DAsync(device, pitch, host, row_bytes, row_bytes, rows, cudaMemcpyHostToDevice, stream),
        "copy to the device");
}
void copy_rows_out(void* host, const void* device, size_t pitch, size_t row_bytes, size_t rows, Stream stream) {
  if (rows > 0) {
    check(cudaMemcpy2DAsync(host, row_bytes, device, pitch, row_bytes, rows, cudaMemcpyDeviceToHost, stream),
          "copy from the device");
  }
  synchronize(stream);
}

// Relaxed: the first launch of a kernel loads its code, which other modes may refuse.
void begin_capture(Stream stream) {
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "begin of capture");
}
Graph end_capture(Stream stream) {
  cudaGraph_t recorded = nullptr;
  check(cudaStreamEndCapture(stream, &recorded), "end of capture");
  size_t launches = 0;
  cudaGraphGetNodes(recorded, nullptr, &launches);
  cudaGraphExec_t executable = nullptr;
  cudaError_t made = cudaGraphInstantiate(&executable, recorded, 0);
  cudaGraphDestroy(recorded);
  if (made == cudaSuccess) made = cudaGraphUpload(executable, stream);
  if (made == cudaSuccess) made = cudaStreamSynchronize(stream);
  if (made != cudaSuccess && executable) cudaGraphExecDestroy(executable);
  check(made, ("a graph of " + std::to_string(launches) + " launches").c_str());
  return new RecordedGraph{executable};
}
void replay(Graph graph, Stream stream) { check(cudaGraphLaunch(graph->executable, stream), "cudaGraphLaunch"); }
void destroy_graph(Graph graph) {
  if (!graph) return;
  cudaGraphExecDestroy(graph->executable);
  delete graph;
}

bool has_clock() { return true; }
Event create_event() {
  Event event;
  check(cudaEventCreate(&event), "cudaEventCreate");
  return event;
}
void destroy_event(Event event) { cudaEventDestroy(event); }
void record(Event event, Stream stream) { check(cudaEventRecord(event, stream), "cudaEventRecord"); }
float milliseconds_between(Event start, Event stop) {
  check(cudaEventSynchronize(stop), "cudaEventSynchronize");
  float milliseconds = 0.0f;
  check(cudaEventElapsedTime(&milliseconds, start, stop), "cudaEventElapsedTime");
  return milliseconds;
}

Range::Range(const char* name) { nvtxRangePushA(name); }
Range::~Range() { nvtxRangePop(); }

}  // namespace sae::device
