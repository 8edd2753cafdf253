package io.saenative.tensor;

/** Element types of a {@link Tensor}; the name is that of the safetensors format. */
public enum DType {
  F16(2),
  BF16(2),
  F32(4),
  F64(8),
  I32(4),
  I64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
