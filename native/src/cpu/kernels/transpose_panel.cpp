// out [tile, panel] = in [panel, tile] transposed: one panel of latents from tile order to panel order.
#include "declarations.h"

namespace sae::cpu::SAE_ISA {

void transpose_panel(const float* in, float* out) {
  for (int64_t latent = 0; latent < kPanel; latent += 4) {
    for (int64_t c = 0; c < kTile; c += 4) {
      const float* from = in + latent * kTile + c;
      Vec4 a = load4(from), b = load4(from + kTile), d = load4(from + 2 * kTile), e = load4(from + 3 * kTile);
      transpose4(a, b, d, e);
      float* to = out + c * kPanel + latent;
      store4(to, a);
      store4(to + kPanel, b);
      store4(to + 2 * kPanel, d);
      store4(to + 3 * kPanel, e);
    }
  }
}

}  // namespace sae::cpu::SAE_ISA
