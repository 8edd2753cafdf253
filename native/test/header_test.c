/* The header is C11, may be included twice, and its constants are those that the bindings carry. */
#include "sae_native.h"
#include "sae_native.h"

#include <stdio.h>

_Static_assert(sizeof(sae_config) == 8 * 4 + 4 * 8, "sae_config");
_Static_assert(sizeof(sae_tensors) == 4 * sizeof(float*), "sae_tensors");
_Static_assert(sizeof(sae_evaluation) == 10 * 8, "sae_evaluation");

int main(void) {
  if (sae_abi_version() != SAE_ABI_VERSION) {
    printf("library %d, header %d\n", sae_abi_version(), SAE_ABI_VERSION);
    return 1;
  }
  return 0;
}
