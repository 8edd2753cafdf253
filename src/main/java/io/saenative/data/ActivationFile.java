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
   * What all formats come to: a matrix, the rows of it that are wanted, and their labels.
   *
   * @param rows null for all
   */
  private record Selection(TensorView matrix, int[] rows, List<Label> labels) {}

  /**
   * Reads the rows of one layer and position of a {@code .pt}, or all rows of another format, as
   * dense float32 aligned to 64 bytes. Only the wanted rows are read from the disk. All rows of a
   * float32 file that would fill more than half of the free memory stay in the mapped file, aligned
   * as it aligns them.
   *
   * @param layer number as the file has it; not applied to .safetensors and .npy
   * @param position as layer
   * @param labelsOrNull a .jsonl with one label for each row of the file, in order; if null, labels
   *     come from the file's metadata, else from a .jsonl beside it of the same name, else there
   *     are none
   * @throws UserError if the file is not there, damaged, of another kind or shape, has no such row,
   *     holds a value that is not a finite float32, or its rows do not fit in memory
   */
  public static Activations read(Path file, int layer, int position, Path labelsOrNull) {
    return read(file, layer, position, labelsOrNull, Allocation.availableBytes() / 2);
  }

  /**
   * The same, but all rows of a float32 file stay in the mapped file however few: an analysis
   * passes over them a few times, and its memory must not grow with them.
   */
  public static Activations map(Path file, int layer, int position, Path labelsOrNull) {
    return read(file, layer, position, labelsOrNull, 0);
  }

  private static Activations read(
      Path file, int layer, int position, Path labelsOrNull, long copyBytes) {
    MappedFile mapped = MappedFile.open(file);
    Selection s;
    if (TorchFile.begins(mapped)) {
      s = fromTorch(mapped, layer, position, labelsOrNull);
    } else if (NpyFile.begins(mapped)) {
      TensorView matrix = checkMatrix(file, NpyFile.read(mapped));
      s = new Selection(matrix, null, jsonl(file, matrix, labelsOrNull));
    } else if (SafetensorsFile.begins(mapped)) {
      s = fromSafetensors(mapped, labelsOrNull);
    } else {
      throw new UserError(
          file
              + " is not a .pt file of torch.save, a .safetensors or a .npy file: give one of"
              + " these");
    }
    long rows = s.rows == null ? s.matrix.shape()[0] : s.rows.length;
    String what = file + ": a matrix of " + rows + " rows of " + s.matrix.shape()[1] + " values";
    boolean all = rows == s.matrix.shape()[0];
    Tensor x = all ? s.matrix.allRows(what, copyBytes) : s.matrix.rows(what, s.rows);
    checkFinite(file, x, s);
    return new Activations(
        x, s.labels, new Source(file.toString(), ContentDigest.sha256(x, s.labels), false));
  }

  private static Selection fromTorch(
      MappedFile mapped, int layer, int position, Path labelsOrNull) {
    Path file = mapped.path();
    TorchActivations torch = TorchActivations.open(mapped);
    TensorView matrix = checkMatrix(file, torch.activations());
    int[] rows = torch.rowsAt(layer, position);
    if (labelsOrNull == null && torch.hasLabels()) {
      return new Selection(matrix, rows, torch.labels(rows));
    }
    List<Label> all = jsonl(file, matrix, labelsOrNull);
    return new Selection(
        matrix, rows, all.isEmpty() ? all : Arrays.stream(rows).mapToObj(all::get).toList());
  }

  private static Selection fromSafetensors(MappedFile mapped, Path labelsOrNull) {
    Path file = mapped.path();
    SafetensorsFile f = SafetensorsFile.read(mapped);
    Tensor t = f.tensors().get(ACTIVATIONS);
    if (t == null) {
      throw new UserError(
          file
              + " has no tensor '"
              + ACTIVATIONS
              + "', only "
              + MappedFile.printable(f.tensors().keySet().toString())
              + ": see docs/file-formats.md");
    }
    TensorView matrix = checkMatrix(file, TensorView.of(t));
    Map<String, String> metadata = f.metadata();
    if (labelsOrNull == null
        && metadata.containsKey(Labels.PROBLEM_IDS)
        && metadata.containsKey(Labels.COT_SEQUENCES)) {
      int[] rows = IntStream.range(0, Math.toIntExact(matrix.shape()[0])).toArray();
      List<?> ids = jsonList(file, metadata, Labels.PROBLEM_IDS, rows.length);
      List<?> sequences = jsonList(file, metadata, Labels.COT_SEQUENCES, rows.length);
      return new Selection(matrix, null, Labels.select(file, ids, sequences, rows));
    }
    return new Selection(matrix, null, jsonl(file, matrix, labelsOrNull));
  }

  private static List<Label> jsonl(Path file, TensorView matrix, Path labelsOrNull) {
    Path jsonl = labelsOrNull == null ? Labels.beside(file) : labelsOrNull;
    return jsonl == null ? List.of() : JsonlLabels.open(jsonl, matrix.shape()[0]);
  }

  private static List<?> jsonList(Path file, Map<String, String> metadata, String key, int rows) {
    try {
      List<?> list = new ObjectMapper().readValue(metadata.get(key), List.class);
      if (list != null && list.size() == rows) {
        return list;
      }
      throw new UserError(
          file
              + ": metadata '"
              + key
              + "' has "
              + (list == null ? 0 : list.size())
              + " items for "
              + rows
              + " rows of activations: write one for each row");
    } catch (JsonProcessingException e) {
      throw new UserError(
          file + ": metadata '" + key + "' is not a JSON list with one item for each row", e);
    }
  }

  private static TensorView checkMatrix(Path file, TensorView v) {
    String shape = Arrays.toString(v.shape());
    if (v.rank() != 2) {
      throw new UserError(
          file + ": activations have shape " + shape + ", not [rows, d_in]: reshape them");
    }
    if (v.dtype() == DType.I32 || v.dtype() == DType.I64) {
      throw new UserError(
          file + ": activations are integers (" + v.dtype() + "): save them as float32");
    }
    if (v.shape()[0] == 0 || v.shape()[1] == 0) {
      throw new UserError(
          file + ": activations have shape " + shape + " and so no values: record some");
    }
    if (v.shape()[0] > Integer.MAX_VALUE || v.shape()[1] > Integer.MAX_VALUE) {
      throw new UserError(
          file
              + ": activations have shape "
              + shape
              + ", more than "
              + Integer.MAX_VALUE
              + " a side: split them");
    }
    return v;
  }

  private static void checkFinite(Path file, Tensor x, Selection s) {
    MemorySegment data = x.data();
    long size = x.size();
    for (long i = 0; i < size; i++) {
      if ((data.getAtIndex(ValueLayout.JAVA_INT, i) & EXPONENT) == EXPONENT) {
        int at = (int) (i / x.dim(1));
        int row = s.rows == null ? at : s.rows[at];
        long column = i % x.dim(1);
        double value = s.matrix.get(row, column);
        throw new UserError(
            file
                + ": activations at row "
                + row
                + ", column "
                + column
                + " (counted from 0) are "
                + (Double.isFinite(value)
                    ? value + ", beyond float32"
                    : Double.isNaN(value) ? "NaN" : "infinite")
                + ": remove such rows or record them again");
      }
    }
  }
}
