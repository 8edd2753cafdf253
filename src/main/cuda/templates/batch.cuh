// batch.cuh: where the rows of a batch lie, and whether it may still change the parameters.
#pragma once

#include "kernels/kernels.cuh"
#include "templates/common.cuh"

namespace sae {

// Row of x that is row `row` of the batch.
__device__ __forceinline__ size_t row_of_x(const Batch& batch, int row) { return batch.order ? batch.order[row] : row; }

// What the encoder sees: with pre-bias the centred rows, else those of x, where they lie.
struct EncoderInputs {
  const float* data;  // [., in_stride]
  const int* order;   // nullptr: row i is row i
};
__device__ __forceinline__ EncoderInputs encoder_inputs(const Shape& shape, const Batch& batch,
                                                        const Scratch& scratch) {
  return shape.pre_bias ? EncoderInputs{scratch.inputs, nullptr} : EncoderInputs{batch.x, batch.order};
}

// Whether a loss before this batch, or its own, was not finite: the parameters stay as they are then.
__device__ __forceinline__ bool stopped(const Batch& batch) { return *batch.bad_batch <= batch.number; }

}  // namespace sae
