package io.saenative.data;

import io.saenative.data.Activations.Label;
import io.saenative.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The digest by which outputs name their data: of what was read, not of the file around it. The
 * same rows have the same digest in a .pt, .safetensors or .npy file, and a file of gigabytes need
 * not be read whole for a few megabytes of rows.
 *
 * <p>SHA-256 over x as little-endian float32 in row-major order, then for each label its problem_id
 * and its steps joined by NUL and ended by a newline, in UTF-8. In Python:
 *
 * <pre>{@code
 * h = hashlib.sha256(x.astype('<f4').tobytes())
 * for p, c in zip(problem_ids, cot_sequences): h.update(('\0'.join([p, *c]) + '\n').encode())
 * }</pre>
 */
public final class ContentDigest {
  private static final int CHUNK = 1 << 20;

  private ContentDigest() {}

  /**
   * The digest in hexadecimal.
   *
   * @param x F32 [rows, d_in]
   * @param labels one a row, or empty
   */
  public static String sha256(Tensor x, List<Label> labels) {
    MessageDigest digest = digestOf(x);
    for (Label label : labels) {
      digest.update(label.problemId().getBytes(StandardCharsets.UTF_8));
      for (String step : label.cotSequence()) {
        digest.update((byte) 0);
        digest.update(step.getBytes(StandardCharsets.UTF_8));
      }
      digest.update((byte) '\n');
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The digest in hexadecimal of the bytes of tensors, one after the other, in their precision. */
  public static String sha256(Tensor... tensors) {
    return HexFormat.of().formatHex(digestOf(tensors).digest());
  }

  private static MessageDigest digestOf(Tensor... tensors) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (Tensor tensor : tensors) {
      long size = tensor.data().byteSize();
      for (long at = 0; at < size; at += CHUNK) {
        digest.update(tensor.data().asSlice(at, Math.min(CHUNK, size - at)).asByteBuffer());
      }
    }
    return digest;
  }
}
