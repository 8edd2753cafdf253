// products.cuh: the Product of matmul_tile.cuh that a precision stands for.
#pragma once

#include "templates/fma_product.cuh"
#include "templates/tensor_product.cuh"

namespace sae {

// Calls launch(product) with an object of the Product's type. kColumns: of a tile.
template <int kColumns, class Launch>
void with_product(Precision precision, Launch launch) {
  switch (precision) {
    case Precision::kFp32:
      return launch(FmaProduct<kColumns>());
    case Precision::kBf16x3:
      return launch(TensorProduct<2, kColumns>());
    case Precision::kBf16:
      return launch(TensorProduct<1, kColumns>());
  }
}

}  // namespace sae
