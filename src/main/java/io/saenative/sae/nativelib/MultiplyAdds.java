package io.saenative.sae.nativelib;

/**
 * A kernel that does nothing but float32 multiply-adds on registers: the ceiling of kernels without
 * tensor cores. In PTX, which the driver compiles for the card at hand, so that no compiler is
 * needed to measure.
 */
final class MultiplyAdds {
  /** {@code multiply_adds(float* sums [threads], unsigned rounds, float factor, float addend)}. */
  static final String NAME = "multiply_adds";

  static final int ROUNDS = 4096;

  /**
   * Independent chains, so that no multiply-add waits for the one before; and steps of each chain
   * in a round.
   */
  private static final int CHAINS = 8;

  private static final int STEPS = 8;

  /** Multiply-adds of one thread in one round. */
  static final int EACH_ROUND = CHAINS * STEPS;

  static final String PTX = source();

  private MultiplyAdds() {}

  private static String source() {
    StringBuilder begin = new StringBuilder();
    StringBuilder chains = new StringBuilder();
    StringBuilder end = new StringBuilder();
    for (int i = 0; i < CHAINS; i++) {
      begin.append(
          "  add.rn.f32 %%x%d, %%first, 0f3F80000%d;\n".formatted(i, i)); // no two chains are equal
      chains.append("  fma.rn.f32 %%x%d, %%x%d, %%factor, %%addend;\n".formatted(i, i));
      end.append("  add.rn.f32 %%sum, %%sum, %%x%d;\n".formatted(i));
    }
    return """
    .version 7.0
    .target sm_70
    .address_size 64
    .visible .entry %s(.param .u64 sums, .param .u32 rounds, .param .f32 factor, .param .f32 addend)
    {
      .reg .pred %%more;
      .reg .u32 %%left, %%block, %%threads, %%thread;
      .reg .u64 %%address, %%offset;
      .reg .f32 %%first, %%sum, %%factor, %%addend, %%x<%d>;
      ld.param.u64 %%address, [sums];
      ld.param.u32 %%left, [rounds];
      ld.param.f32 %%factor, [factor];
      ld.param.f32 %%addend, [addend];
      mov.u32 %%block, %%ctaid.x;
      mov.u32 %%threads, %%ntid.x;
      mov.u32 %%thread, %%tid.x;
      mad.lo.u32 %%thread, %%block, %%threads, %%thread;
      cvt.rn.f32.u32 %%first, %%thread;
      mov.f32 %%sum, 0f00000000;
    %s
    again:
    %s
      sub.u32 %%left, %%left, 1;
      setp.ne.u32 %%more, %%left, 0;
      @%%more bra again;
    %s
      mul.wide.u32 %%offset, %%thread, 4;
      add.u64 %%address, %%address, %%offset;
      st.global.f32 [%%address], %%sum;
      ret;
    }
    """
        .formatted(NAME, CHAINS, begin, chains.toString().repeat(STEPS), end);
  }
}
