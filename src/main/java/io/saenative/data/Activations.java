package io.saenative.data;

import io.saenative.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Rows of model activations.
 *
 * @param x F32, [rows, d_in], every value finite
 * @param labels one for each row, or empty where the file has none
 * @param source where they came from
 * @param site the layer and position that they were chosen by; empty where the file tells of none,
 *     and for rows that were made
 */
public record Activations(Tensor x, List<Label> labels, Source source, Optional<Site> site) {

  public Activations {
    if (!labels.isEmpty() && labels.size() != x.dim(0)) {
      throw new IllegalArgumentException(labels.size() + " labels for " + x.dim(0) + " rows");
    }
  }

  public int rows() {
    return Math.toIntExact(x.dim(0));
  }

  public int dIn() {
    return Math.toIntExact(x.dim(1));
  }

  /**
   * The digest by which outputs name their data: of what was read, not of the file around it. The
   * same rows have the same digest in a .pt, .safetensors or .npy file, and a file of gigabytes
   * need not be read whole for a few megabytes of rows.
   *
   * <p>SHA-256 over x as little-endian float32 in row-major order, then for each label its
   * problem_id and its steps joined by NUL and ended by a newline, in UTF-8. In Python:
   *
   * <pre>{@code
   * h = hashlib.sha256(x.astype('<f4').tobytes())
   * for p, c in zip(problem_ids, cot_sequences): h.update(('\0'.join([p, *c]) + '\n').encode())
   * }</pre>
   *
   * @param x F32 [rows, d_in]
   * @param labels one a row, or empty
   * @return in hexadecimal
   */
  public static String digest(Tensor x, List<Label> labels) {
    MessageDigest digest = Tensor.sha256(x);
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

  /**
   * What a row is about.
   *
   * @param problemId the problem the row was recorded on
   * @param cotSequence its calculation steps, such as {@code 60000/2=30000}
   */
  public record Label(String problemId, List<String> cotSequence) {}

  /**
   * Where activations came from; every output repeats it.
   *
   * @param description a file's path as the user gave it, or the name of the synthetic set
   * @param sha256 hexadecimal digest of x and labels, see {@link Activations#digest}; of the
   *     synthetic set of x alone, on which its labels are planted
   * @param synthetic whether they were made rather than recorded
   */
  public record Source(String description, String sha256, boolean synthetic) {}
}
