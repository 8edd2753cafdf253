#include <climits>

#include "session/data.h"

namespace sae {

using Content = DeviceMemory::Content;

void want_column_sums(DeviceMemory& memory, ColumnSums& sums, size_t columns) {
  for (double** array : {&sums.sum, &sums.mean, &sums.squared, &sums.deviation}) {
    memory.want(*array, columns, Content::kZero);
  }
}

DeviceData::DeviceData(const float* x, int64_t rows, int d_in) : rows_(rows) {
  constexpr int64_t kMostRows = INT_MAX - 4096;  // add_columns looks less than so many rows ahead of the last one
  if (rows > kMostRows) throw Error(SAE_ERR_INVALID, "a data set holds at most " + std::to_string(kMostRows) + " rows");
  const size_t stride = row_stride(d_in);
  const device::OwnedStream stream;
  memory_.want(x_, static_cast<size_t>(rows) * stride, Content::kZero);
  want_column_sums(memory_, column_sums_, stride);
  memory_.allocate("the data", stream);
  device::copy_rows_in(x_, sizeof(float) * stride, x, sizeof(float) * d_in, rows, stream);
  add_columns(d_in, x_, static_cast<int>(rows), column_sums_, stream);
  device::synchronize(stream);
}

}  // namespace sae
