package io.saenative.data;

import io.saenative.UserError;
import io.saenative.format.MappedFile;
import io.saenative.format.TorchFile;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The experiment's activation file: a dict of {@code activations} [N, d_in] and {@code metadata}, a
 * dict of lists with an item for each row, of which {@code layers} and {@code positions} say where
 * in the model the row was recorded.
 *
 * @param file for messages
 * @param activations a matrix as it lies in the file
 * @param metadata its columns; numbers may be a tensor
 */
record TorchActivations(Path file, TensorView activations, Map<?, ?> metadata) {
  private static final String NOT_INTEGERS =
      "is not a list of integers: save one integer for each row";

  static TorchActivations open(MappedFile mapped) {
    Path file = mapped.path();
    if (!(TorchFile.open(mapped).views() instanceof Map<?, ?> root)) {
      throw new UserError(
          file + " does not hold a dict: save {'activations': ..., 'metadata': {...}}");
    }
    TensorView activations =
        switch (require(file, root, "activations", "the file")) {
          case TensorView v -> v;
          case Tensor t -> TensorView.of(t);
          default ->
              throw new UserError(
                  file + ": 'activations' is not a tensor: save a tensor of shape [rows, d_in]");
        };
    if (!(require(file, root, "metadata", "the file") instanceof Map<?, ?> metadata)) {
      throw new UserError(
          file
              + ": 'metadata' is not a dict: save lists of layers, positions, problem_ids and"
              + " cot_sequences in it");
    }
    return new TorchActivations(file, activations, metadata);
  }

  /** Numbers of the rows recorded at a site, ascending; at least one. */
  int[] rowsAt(Site site) {
    int[] layers = integers("layers");
    int[] positions = integers("positions");
    int[] rows =
        IntStream.range(0, layers.length)
            .filter(i -> layers[i] == site.layer() && positions[i] == site.position())
            .toArray();
    if (rows.length == 0) {
      throw new UserError(
          ("%s has no row for %s: it has layers %s and positions %s;"
                  + " choose with --layer and --position")
              .formatted(file, site, ranges(layers), ranges(positions)));
    }
    return rows;
  }

  /** Whether the metadata say what the rows are about. */
  boolean hasLabels() {
    return metadata.containsKey(Labels.PROBLEM_IDS) || metadata.containsKey(Labels.COT_SEQUENCES);
  }

  List<Activations.Label> labels(int[] rows) {
    return Labels.of(file, column(Labels.PROBLEM_IDS), column(Labels.COT_SEQUENCES), rows);
  }

  private List<?> column(String name) {
    if (!(require(file, metadata, name, "'metadata'") instanceof List<?> list)) {
      throw refused(name, "is not a list: save a list with one item for each row");
    }
    checkLength(name, list.size());
    return list;
  }

  private int[] integers(String name) {
    Object column = require(file, metadata, name, "'metadata'");
    if (column instanceof List<?> list) {
      checkLength(name, list.size());
      int[] values = new int[list.size()];
      for (int i = 0; i < values.length; i++) {
        if (!(list.get(i) instanceof Number n && n.intValue() == n.doubleValue())) {
          throw new UserError(
              "%s: metadata '%s'[%s] is not an integer: save a list of integers"
                  .formatted(file, name, i));
        }
        values[i] = n.intValue();
      }
      return values;
    }
    Tensor t =
        switch (column) {
          case TensorView v -> v.dense(file + ": metadata '" + name + "'");
          case Tensor dense -> dense;
          default -> throw refused(name, NOT_INTEGERS);
        };
    if (t.shape().length != 1 || (t.dtype() != DType.I32 && t.dtype() != DType.I64)) {
      throw refused(name, NOT_INTEGERS);
    }
    checkLength(name, t.size());
    return t.toInts();
  }

  private void checkLength(String name, long length) {
    if (length != activations.shape()[0]) {
      throw refused(
          name,
          "has %s items for %s rows of activations: save one for each row"
              .formatted(length, activations.shape()[0]));
    }
  }

  private UserError refused(String name, String why) {
    return new UserError("%s: metadata '%s' %s".formatted(file, name, why));
  }

  private static Object require(Path file, Map<?, ?> map, String key, String where) {
    if (map.get(key) == null) {
      String keys = firstOf(map.keySet().stream().map(Object::toString).toList());
      throw new UserError(
          "%s: %s has no '%s', only %s: see docs/file-formats.md"
              .formatted(file, where, key, MappedFile.printable("[" + keys + "]")));
    }
    return map.get(key);
  }

  /** Distinct values such as "0-5, 7". */
  private static String ranges(int[] values) {
    int[] v = Arrays.stream(values).distinct().sorted().toArray();
    List<String> parts = new ArrayList<>();
    for (int i = 0, j; i < v.length; i = j + 1) {
      for (j = i; j + 1 < v.length && v[j + 1] == v[j] + 1; ) {
        j++;
      }
      parts.add(i == j ? "" + v[i] : v[i] + "-" + v[j]);
    }
    return firstOf(parts);
  }

  private static String firstOf(List<String> items) {
    String first = items.stream().limit(20).collect(Collectors.joining(", "));
    return items.size() > 20 ? first + ", ..." : first;
  }
}
