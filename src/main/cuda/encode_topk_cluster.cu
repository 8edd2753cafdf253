// encode_topk_cluster: z = x W_encᵀ + b_enc of a batch of rows and the k selected latents of each row, in one launch: dense
// z never leaves the chip. For d_sae <= 512.
//
//   x [rows, d_in] through the epoch's row order, W_enc [d_sae, d_in]; with pre-bias x - b_dec for x. Out: as select_topk.
//
// Parallel: a cluster of up to 8 blocks for 16 rows and all latents. The d_in are cut into two parts for each block of the
// cluster, and a block has a warp for each part and 128 latents, 8 at most; a thread owns 16 rows x 4 latents, k ascending.
// A warp brings chunks of 8 k of its rows and latents through shared memory of its own, the next chunk travelling from
// global memory into registers meanwhile: warps wait for nobody until their sums are whole. Then each block adds up its
// share of the rows over the cluster through distributed shared memory, in rank order, adds b_enc, and selects with one
// warp a row. The order of every sum follows from d_in alone.
//
// Work: 2 rows d_in d_sae FLOP, 256 FMAs for 20 shared loads of 128 bits. Bytes from L2: W_enc once for each 16 rows, x once
// for each 128 latents, the selected rows out; 256 x 2048 x 512: 0.54 GFLOP and 75 MB (67 of them W_enc), against 34 MB of
// the tiles that encode_topk_tiles multiplies, which also writes z and reads it again. 128 blocks of 256 threads, each of
// which fills a multiprocessor with its registers (at most 255 a thread; 36 KB of shared memory).

#include "cluster.cuh"
#include "kernels.cuh"
#include "select_topk.cuh"

namespace sae {

// ---- kernel ----

constexpr int kRows = 16;                                  // of a cluster
constexpr int kParts = 2;                                  // of d_in, in a block
constexpr int kWarpLatents = 128, kThreadLatents = kWarpLatents / 32;
constexpr int kMostWarps = kParts * kMostClusterLatents / kWarpLatents;  // 8
constexpr int kChunk = 8;                                  // k
constexpr int kLoadedRows = 32 * 4 / kChunk;               // matrix rows that one load of a warp brings: 16
static_assert(kLoadedRows == kRows, "one load of a warp brings a chunk of x");

// Where four k of a latent lie in a warp's chunk [kWarpLatents, kChunk]. Turned so that neither the 8 lanes that store to
// 4 latents nor those that load from 8 meet in a bank.
__device__ __forceinline__ int chunk_place(int latent, int quad) { return latent * kChunk + 4 * (quad ^ (latent >> 2 & 1)); }

template <bool kRelu>
__global__ void __launch_bounds__(kMostWarps * 32)
    encode_topk_cluster_kernel(const float* __restrict__ x, const int* __restrict__ order, const float* __restrict__ centre,
                               const float* __restrict__ w_enc, const float* __restrict__ b_enc, float* __restrict__ z,
                               SelectOutput out, int rows, int d_sae, int k, int in_stride, int sae_stride, int mask_words) {
  SHARED_ARRAY(float, w_chunks, kMostWarps * kWarpLatents * kChunk);
  SHARED_ARRAY(float, x_chunks, kMostWarps * kRows * kChunk);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int warps = static_cast<int>(blockDim.x) / 32, latent_warps = warps / kParts;
  const int part = warp / latent_warps, first_latent = warp % latent_warps * kWarpLatents;
  const int first_row = static_cast<int>(blockIdx.x) / cluster_size() * kRows;
  float* w_chunk = w_chunks + warp * (kWarpLatents * kChunk);
  float* x_chunk = x_chunks + warp * (kRows * kChunk);

  // Two lanes load 8 k of a row of x and of every 16th latent.
  const int loaded = lane / 2, quad = lane % 2;
  const int row = first_row + loaded;
  const float* x_row = row < rows ? x + static_cast<size_t>(order ? order[row] : row) * in_stride : nullptr;
  const float* w_row = w_enc + static_cast<size_t>(first_latent + loaded) * in_stride;
  float4 x_next, w_next[kWarpLatents / kLoadedRows];
  const auto load = [&](int k0) {
    const int column = k0 + 4 * quad;
    const bool inside = column < in_stride;
    x_next = x_row && inside ? load4(x_row + column) : zero4();
    if (centre && x_row && inside) x_next = subtract4(x_next, load4(centre + column));
    const float* w = w_row + column;
#pragma unroll
    for (int i = 0; i < kWarpLatents / kLoadedRows; ++i) {
      w_next[i] = inside && first_latent + i * kLoadedRows + loaded < d_sae ? load4(w) : zero4();
      w += static_cast<size_t>(kLoadedRows) * in_stride;
    }
  };

  const int length = div_up(div_up(in_stride, kChunk), kParts * cluster_size()) * kChunk;
  const int begin = (kParts * cluster_rank() + part) * length;
  const int end = begin + length < in_stride ? begin + length : in_stride;
  float c[kRows][kThreadLatents] = {};
  if (begin < end) load(begin);
  for (int k0 = begin; k0 < end; k0 += kChunk) {
    store4(x_chunk + 4 * lane, x_next);
#pragma unroll
    for (int i = 0; i < kWarpLatents / kLoadedRows; ++i) {
      store4(w_chunk + chunk_place(i * kLoadedRows + loaded, quad), w_next[i]);
    }
    __syncwarp();
    if (k0 + kChunk < end) load(k0 + kChunk);
#pragma unroll
    for (int q = 0; q < kChunk / 4; ++q) {
      float4 w[kThreadLatents];
#pragma unroll
      for (int j = 0; j < kThreadLatents; ++j) {
        w[j] = *reinterpret_cast<const float4*>(w_chunk + chunk_place(32 * j + lane, q));
      }
#pragma unroll
      for (int i = 0; i < kRows; ++i) {
        const float4 v = *reinterpret_cast<const float4*>(x_chunk + i * kChunk + 4 * q);
#pragma unroll
        for (int j = 0; j < kThreadLatents; ++j) {
          c[i][j] = fmaf(v.w, w[j].w, fmaf(v.z, w[j].z, fmaf(v.y, w[j].y, fmaf(v.x, w[j].x, c[i][j]))));
        }
      }
    }
    __syncwarp();
  }

  // The sums of the block take the place of all chunks of W_enc.
  float* sums = w_chunks;  // [kRows, kMostClusterLatents]
  __syncthreads();
  if (part == 0) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
#pragma unroll
      for (int j = 0; j < kThreadLatents; ++j) sums[i * kMostClusterLatents + first_latent + 32 * j + lane] = c[i][j];
    }
  }
  __syncthreads();
  if (part == 1) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
#pragma unroll
      for (int j = 0; j < kThreadLatents; ++j) sums[i * kMostClusterLatents + first_latent + 32 * j + lane] += c[i][j];
    }
  }
  cluster_sync();
  // Nobody else reads the rows that this block adds up: they may be replaced at once.
  const int share = kRows / cluster_size(), first_mine = share * cluster_rank(), quads = sae_stride / 4;
  for (int i = static_cast<int>(threadIdx.x); i < share * quads; i += static_cast<int>(blockDim.x)) {
    const int latent = i % quads * 4;
    float* mine = sums + (first_mine + i / quads) * kMostClusterLatents + latent;
    float4 total = zero4();
#pragma unroll 8
    for (int rank = 0; rank < cluster_size(); ++rank) {
      total = add4(total, *reinterpret_cast<const float4*>(map_shared(mine, rank)));
    }
    store4(mine, add4(total, load4(b_enc + latent)));
  }
  cluster_sync();  // no block may return while others read from it

  for (int i = first_mine + warp; i < first_mine + share && first_row + i < rows; i += warps) {
    constexpr int kKeys = kMostClusterLatents / 32;
    float value[kKeys];
#pragma unroll
    for (int j = 0; j < kKeys; ++j) {
      value[j] = 32 * j + lane < d_sae ? sums[i * kMostClusterLatents + 32 * j + lane] : 0.0f;
    }
    float* z_row = z + static_cast<size_t>(first_row + i) * sae_stride;
    select_row<kKeys, kRelu>(value, z_row, out, first_row + i, d_sae, k, sae_stride, mask_words);
  }
}

// ---- launcher ----

namespace {

// At least 128 of d_in for each block.
int cluster_blocks(const Shape& shape) {
  constexpr int kMostBlocks = 8, kLeastDepth = 128;
  int blocks = 1;
  while (blocks < kMostBlocks && shape.d_in / (2 * blocks) >= kLeastDepth) blocks *= 2;
  return blocks;
}

template <bool kRelu>
void launch_encode(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  const auto encode_topk_cluster = encode_topk_cluster_kernel<kRelu>;
  const int blocks = cluster_blocks(shape), warps = kParts * div_up(shape.d_sae, kWarpLatents);
  const float* centre = shape.pre_bias ? weights.b_dec : nullptr;
  const SelectOutput out = {batch.indices, batch.values, batch.mask};
  LAUNCH_CLUSTERS(encode_topk_cluster, dim3(div_up(batch.rows, kRows) * blocks), dim3(warps * 32), blocks, stream, batch.x,
                  batch.order, centre, weights.w_enc, weights.b_enc, batch.z, out, batch.rows, shape.d_sae, shape.k,
                  shape.in_stride, shape.sae_stride, shape.mask_words);
}

}  // namespace

void encode_topk_cluster(const Shape& shape, const Weights& weights, const Batch& batch, device::Stream stream) {
  shape.relu ? launch_encode<true>(shape, weights, batch, stream) : launch_encode<false>(shape, weights, batch, stream);
}

}  // namespace sae
