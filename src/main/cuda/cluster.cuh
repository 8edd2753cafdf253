// cluster.cuh: thread-block clusters, where device::supports_clusters(): up to 8 blocks that run at the same time and read
// each other's shared memory.
#pragma once

#include "common.cuh"

#ifdef __CUDACC__

namespace sae::device {
template <class... Parameters, class... Arguments>
void launch_clusters(void (*kernel)(Parameters...), dim3 grid, dim3 block, int cluster, Stream stream,
                     Arguments... arguments) {
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = static_cast<unsigned>(cluster);
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = 1;
  cudaLaunchKernelEx(&config, kernel, arguments...);
}
}  // namespace sae::device
// A cluster is `cluster` blocks side by side in x; grid.x is a multiple of it.
#define LAUNCH_CLUSTERS(kernel, grid, block, cluster, stream, ...)                           \
  do {                                                                                       \
    sae::device::launch_clusters(kernel, (grid), (block), (cluster), (stream), __VA_ARGS__); \
    sae::device::check_launch(#kernel);                                                      \
  } while (0)

#else

#define LAUNCH_CLUSTERS(kernel, grid, block, cluster, stream, ...) \
  sae::device::launch((stream), #kernel, (grid), (block), (cluster), [=] { kernel(__VA_ARGS__); })

#endif

namespace sae {

#ifndef __CUDACC__

inline int cluster_rank() { return static_cast<int>(simt::current->cluster_rank); }
inline int cluster_size() { return static_cast<int>(simt::current->cluster_size); }
inline void cluster_sync(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  simt::cluster_barrier({file, line});
}
template <class T>
const T* map_shared(const T* p, int rank) {
  return static_cast<const T*>(simt::map_shared(p, static_cast<unsigned>(rank)));
}

#elif !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900

__device__ __forceinline__ int cluster_rank() {
  int rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
__device__ __forceinline__ int cluster_size() {
  int size;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(size));
  return size;
}
// All threads of the cluster meet; what any of them wrote before, all see after.
__device__ __forceinline__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" ::: "memory");
}
// p in this block's shared memory -> the same place in that of block `rank`. That block must have started and must not
// return yet: a cluster_sync before and one after.
template <class T>
__device__ __forceinline__ const T* map_shared(const T* p, int rank) {
  const T* mapped;
  asm("mapa.u64 %0, %1, %2;" : "=l"(mapped) : "l"(p), "r"(rank));
  return mapped;
}

#else  // code for a device without clusters is made and never launched

__device__ __forceinline__ int cluster_rank() { return 0; }
__device__ __forceinline__ int cluster_size() { return 1; }
__device__ __forceinline__ void cluster_sync() { __trap(); }
template <class T>
__device__ __forceinline__ const T* map_shared(const T* p, int) {
  return p;
}

#endif

}  // namespace sae
