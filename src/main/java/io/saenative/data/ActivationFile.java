package io.saenative.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.saenative.UserError;
import io.saenative.data.Activations.Label;
import io.saenative.data.Activations.Source;
import io.saenative.format.MappedFile;
import io.saenative.format.NpyFile;
import io.saenative.format.SafetensorsFile;
import io.saenative.format.TorchFile;
import io.saenative.tensor.Allocation;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads activations for training and analysis from torch's {@code .pt}, {@code .safetensors} or
 * {@code .npy}, told apart by their first bytes. Layouts: docs/file-formats.md.
 */
public final class ActivationFile {
  private static final String ACTIVATIONS = "activations";
  private static final int EXPONENT = 0x7f800000;

  private ActivationFile() {}

  /**
   * What a file of any format comes to.
   *
   * @param rows numbers of the wanted rows of the matrix; empty for all
   * @param labels of the wanted rows
   * @param site of the wanted rows, where the file tells
   */
  private record Contents(
      TensorView matrix, Optional<int[]> rows, List<Label> labels, Optional<Site> site) {
    /** The wanted rows as F32: copied, but all of a file where they lie if above a limit. */
    Tensor x(Path file, long copyBytes) {
      long all = matrix.shape()[0];
      long count = rows.isPresent() ? rows.get().length : all;
      String what =
          "%s: a matrix of %s rows of %s values".formatted(file, count, matrix.shape()[1]);
      return count == all ? matrix.allRows(what, copyBytes) : matrix.rows(what, rows.get());
    }
  }

  /**
   * Reads the rows of one site of a file that tells the site of every row ({@code .pt}), or all
   * rows of one that tells of none, as dense float32 aligned to 64 bytes. Only the wanted rows are
   * read from the disk. All rows of a float32 file that would fill more than half of the free
   * memory stay in the mapped file, aligned as it aligns them.
   *
   * @param wanted asked of a file that tells of sites; the others' rows have none
   * @param labels a .jsonl with one label for each row of the file, in order; if empty, labels come
   *     from the file's metadata, else from a .jsonl beside it of the same name, else there are
   *     none
   * @throws UserError if the file is not there, damaged, of another kind or shape, has no such row,
   *     holds a value that is not a finite float32, or its rows do not fit in memory
   */
  public static Activations read(Path file, Site wanted, Optional<Path> labels) {
    return open(file, wanted, labels, Allocation.availableBytes() / 2);
  }

  /**
   * Reads as {@link #read} does, but all rows of a float32 file stay in the mapped file however
   * few: an analysis passes over them a few times, and its memory must not grow with them.
   */
  public static Activations map(Path file, Site wanted, Optional<Path> labels) {
    return open(file, wanted, labels, 0);
  }

  private static Activations open(Path file, Site wanted, Optional<Path> labels, long copyBytes) {
    MappedFile mapped = MappedFile.open(file);
    Contents contents;
    if (TorchFile.begins(mapped)) {
      contents = fromTorch(mapped, wanted, labels);
    } else if (NpyFile.begins(mapped)) {
      contents = fromMatrix(file, NpyFile.read(mapped), labels);
    } else if (SafetensorsFile.begins(mapped)) {
      contents = fromSafetensors(mapped, labels);
    } else {
      throw new UserError(
          file
              + " is not a .pt file of torch.save, a .safetensors or a .npy file: give one of"
              + " these");
    }
    Tensor x = contents.x(file, copyBytes);
    checkFinite(file, x, contents);
    String sha256 = Activations.digest(x, contents.labels);
    return new Activations(
        x, contents.labels, new Source(file.toString(), sha256, false), contents.site);
  }

  private static Contents fromTorch(MappedFile mapped, Site wanted, Optional<Path> labels) {
    Path file = mapped.path();
    TorchActivations torch = TorchActivations.open(mapped);
    TensorView matrix = checkMatrix(file, torch.activations());
    int[] rows = torch.rowsAt(wanted);
    List<Label> chosen;
    if (labels.isEmpty() && torch.hasLabels()) {
      chosen = torch.labels(rows);
    } else {
      List<Label> all = jsonl(file, matrix, labels);
      chosen = all.isEmpty() ? all : Arrays.stream(rows).mapToObj(all::get).toList();
    }
    return new Contents(matrix, Optional.of(rows), chosen, Optional.of(wanted));
  }

  private static Contents fromSafetensors(MappedFile mapped, Optional<Path> labels) {
    Path file = mapped.path();
    SafetensorsFile f = SafetensorsFile.read(mapped);
    Tensor t = f.tensors().get(ACTIVATIONS);
    if (t == null) {
      throw new UserError(
          "%s has no tensor '%s', only %s: see docs/file-formats.md"
              .formatted(file, ACTIVATIONS, MappedFile.printable(f.tensors().keySet().toString())));
    }
    Map<String, String> metadata = f.metadata();
    if (labels.isPresent()
        || !metadata.containsKey(Labels.PROBLEM_IDS)
        || !metadata.containsKey(Labels.COT_SEQUENCES)) {
      return fromMatrix(file, TensorView.of(t), labels);
    }
    TensorView matrix = checkMatrix(file, TensorView.of(t));
    int[] rows = IntStream.range(0, Math.toIntExact(matrix.shape()[0])).toArray();
    List<?> ids = jsonList(file, metadata, Labels.PROBLEM_IDS, rows.length);
    List<?> sequences = jsonList(file, metadata, Labels.COT_SEQUENCES, rows.length);
    return new Contents(
        matrix, Optional.empty(), Labels.of(file, ids, sequences, rows), Optional.empty());
  }

  private static Contents fromMatrix(Path file, TensorView matrix, Optional<Path> labels) {
    checkMatrix(file, matrix);
    return new Contents(matrix, Optional.empty(), jsonl(file, matrix, labels), Optional.empty());
  }

  private static List<Label> jsonl(Path file, TensorView matrix, Optional<Path> labels) {
    return labels
        .or(() -> Labels.beside(file))
        .map(jsonl -> Labels.ofJsonl(jsonl, matrix.shape()[0]))
        .orElse(List.of());
  }

  private static List<?> jsonList(Path file, Map<String, String> metadata, String key, int rows) {
    try {
      List<?> list = new ObjectMapper().readValue(metadata.get(key), List.class);
      if (list != null && list.size() == rows) {
        return list;
      }
      throw new UserError(
          "%s: metadata '%s' has %s items for %s rows of activations: write one for each row"
              .formatted(file, key, list == null ? 0 : list.size(), rows));
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s: metadata '%s' is not a JSON list with one item for each row: write one"
              .formatted(file, key),
          e);
    }
  }

  private static TensorView checkMatrix(Path file, TensorView v) {
    String shape = Arrays.toString(v.shape());
    if (v.shape().length != 2) {
      throw refused(file, "have shape " + shape + ", not [rows, d_in]: reshape them");
    }
    if (v.dtype() == DType.I32 || v.dtype() == DType.I64) {
      throw refused(file, "are integers (" + v.dtype() + "): save them as float32");
    }
    if (v.shape()[0] == 0 || v.shape()[1] == 0) {
      throw refused(file, "have shape " + shape + " and so no values: record some");
    }
    if (v.shape()[0] > Integer.MAX_VALUE || v.shape()[1] > Integer.MAX_VALUE) {
      String most = "more than " + Integer.MAX_VALUE + " a side";
      throw refused(file, "have shape " + shape + ", " + most + ": split them");
    }
    return v;
  }

  private static void checkFinite(Path file, Tensor x, Contents contents) {
    MemorySegment data = x.data();
    long size = x.size();
    for (long i = 0; i < size; i++) {
      if ((data.getAtIndex(ValueLayout.JAVA_INT, i) & EXPONENT) == EXPONENT) {
        int wanted = (int) (i / x.dim(1));
        int row = contents.rows.isPresent() ? contents.rows.get()[wanted] : wanted;
        long column = i % x.dim(1);
        double value = contents.matrix.get(row, column);
        String infinite = Double.isInfinite(value) ? "infinite" : value + ", beyond float32";
        String what = Double.isNaN(value) ? "NaN" : infinite;
        throw refused(
            file,
            "at row %s, column %s (counted from 0) are %s: remove such rows or record them again"
                .formatted(row, column, what));
      }
    }
  }

  private static UserError refused(Path file, String why) {
    return new UserError(file + ": activations " + why);
  }
}
