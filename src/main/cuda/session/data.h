// data.h: rows on a device, shared by its sessions.
#pragma once

#include "backend.h"
#include "device/memory.h"
#include "kernels/kernels.cuh"

namespace sae {

// A data set: rows on the device, and the sums over their columns.
class DeviceData final : public Data {
 public:
  // x [rows, d_in], on the host. When this returns everything lies on the device, for any stream to read.
  DeviceData(const float* x, int64_t rows, int d_in);

  const float* x() const { return x_; }  // [rows, row_stride(d_in)]
  int64_t rows() const { return rows_; }
  const ColumnSums& column_sums() const { return column_sums_; }

 private:
  DeviceMemory memory_;
  float* x_ = nullptr;
  const int64_t rows_;
  ColumnSums column_sums_{};
};

// Asks for the arrays of `sums`, zero.
void want_column_sums(DeviceMemory& memory, ColumnSums& sums, size_t columns);

}  // namespace sae
