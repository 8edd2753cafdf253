package io.saenative.data;

import static io.saenative.data.Fixtures.assertRefused;
import static io.saenative.data.Fixtures.path;
import static io.saenative.data.Fixtures.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.data.Activations.Label;
import io.saenative.format.SafetensorsFile;
import io.saenative.format.TorchWriter;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationFileTest {
  private static final List<Label> LABELS =
      List.of(
          new Label("p0", List.of("1+1=2")),
          new Label("p1", List.of()),
          new Label("p2", List.of("3*4=12", "é=½")));

  @TempDir Path temp;

  /**
   * Rows of layer 2, position 3 are 3, 7 and 11, one a problem. The digest is Python's, by the
   * lines at Activations.digest.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "float16.pt",
        "bfloat16.pt",
        "float32.pt",
        "float64.pt",
        "transposed.pt",
        "sliced.pt",
        "numpy.pt",
        "scalars.pt",
        "protocol4.pt"
      })
  void readsRowsOfOneLayerAndPosition(String name) {
    Activations a = Fixtures.read(path(name), new Site(2, 3));
    assertRows(a, 3, 7, 11);
    assertEquals(LABELS, a.labels());
    assertEquals(
        "a92dcccad347730ebf610e9dd6c800b79d6d90c381e69055523a2c3e7a1eb8ac", a.source().sha256());
    assertEquals(path(name).toString(), a.source().description());
    assertFalse(a.source().synthetic());
    assertEquals(Optional.of(new Site(2, 3)), a.site());
    assertEquals(a.site(), InputScaling.scaled(a, 2).site());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "float16.npy",
        "float32.npy",
        "float64_fortran.npy",
        "version2.npy",
        "version3.npy",
        "tensors.safetensors"
      })
  void readsAllRowsOfOtherFormats(String name) {
    Activations a = Fixtures.read(path(name), new Site(99, 99));
    assertRows(a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertEquals(List.of(), a.labels());
    assertEquals(Optional.empty(), a.site());
  }

  /**
   * Counts and digests from Python: torch.load, rows where (layer, position) matches, then the
   * lines at Activations.digest.
   */
  @ParameterizedTest
  @CsvSource({
    "pipeline/lm_train_activations.pt, 3, 3, 5978,"
        + " 2cd404652905ff41ea4dd703f645dcb82dcc583756968987e891c5d40086e549",
    "pipeline/lm_train_activations.pt, 1, 0, 5978,"
        + " 20562823041248ecb358cfe08c4c9958f9f153b6ed0da8cffeaca2c12273bf53",
    "pipeline/lm_val_activations.pt, 3, 3, 1495,"
        + " 8747df697d9e4c07aab1400d8050a79892f5dd187ca6066b6ab36fcb28a22a35",
    "data/codi_llama_pilot_activations.pt, 15, 3, 20,"
        + " e80ac55d9db5ed5beb4af001608cb382fee66c05faadda762142049a6aea387d",
    "data/codi_llama_pilot_activations.pt, 15, 5, 20,"
        + " cf194008c552d2218b8364a2549a4152bc6aa3dce919ca6700ff113a4d909ded"
  })
  void readsWhatTorchReads(String name, int layer, int position, int rows, String sha256) {
    Activations a = Fixtures.read(shared(name), new Site(layer, position));
    assertEquals(rows, a.rows());
    assertEquals(sha256, a.source().sha256());
  }

  @Test
  void readsJsonlBesideTheFileOrWhereNamed() throws IOException {
    Path npy = Files.copy(path("float32.npy"), temp.resolve("a.npy"));
    List<Label> twelve = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      twelve.add(LABELS.get(i / 4));
    }
    Path beside = Files.write(temp.resolve("a.jsonl"), lines(twelve));
    assertEquals(twelve, Fixtures.read(npy, new Site(0, 0)).labels());
    Path elsewhere = Files.move(beside, temp.resolve("b.jsonl"));
    assertEquals(List.of(), Fixtures.read(npy, new Site(0, 0)).labels());
    assertEquals(twelve, ActivationFile.read(npy, new Site(0, 0), Optional.of(elsewhere)).labels());

    Collections.reverse(twelve);
    Files.write(elsewhere, lines(twelve));
    List<Label> chosen =
        ActivationFile.read(path("float32.pt"), new Site(2, 3), Optional.of(elsewhere)).labels();
    assertEquals(List.of(LABELS.get(2), LABELS.get(1), LABELS.get(0)), chosen);
  }

  @Test
  void refusesBadJsonl() throws IOException {
    List<Label> eleven = Collections.nCopies(11, LABELS.get(0));
    Path jsonl = Files.write(temp.resolve("labels.jsonl"), lines(eleven));
    assertRefused(
        () -> ActivationFile.read(path("float32.npy"), new Site(0, 0), Optional.of(jsonl)),
        "labels.jsonl",
        "11 labels for 12 rows");
    for (String line :
        List.of(
            "{",
            "[]",
            "{\"problem_id\": \"a\"}",
            "{\"problem_id\": null, \"cot_sequence\": []}",
            "{\"problem_id\": \"a\", \"cot_sequence\": [1]}",
            "{\"problem_id\": \"a\", \"cot_sequence\": \"1+1=2\"}")) {
      Files.writeString(jsonl, line);
      assertRefused(
          () -> ActivationFile.read(path("float32.npy"), new Site(0, 0), Optional.of(jsonl)),
          "labels.jsonl",
          "label 1 is not");
    }
    Files.write(jsonl, new byte[] {(byte) 0xff, '\n'});
    assertRefused(
        () -> ActivationFile.read(path("float32.npy"), new Site(0, 0), Optional.of(jsonl)),
        "labels.jsonl",
        "UTF-8");
    assertRefused(
        () ->
            ActivationFile.read(
                path("float32.npy"), new Site(0, 0), Optional.of(temp.resolve("no.jsonl"))),
        "no.jsonl does not exist");
  }

  @Test
  void readsLabelsFromSafetensorsMetadata() throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("problem_ids", "[\"p0\", \"p1\", \"p2\"]");
    metadata.put("cot_sequences", "[[\"1+1=2\"], [], [\"3*4=12\", \"é=½\"]]");
    Path file = safetensors(Tensor.of(new float[3], 3, 1), metadata);
    assertEquals(LABELS, Fixtures.read(file, new Site(0, 0)).labels());
    metadata.put("problem_ids", "[\"p0\"]");
    assertRefused(
        () -> Fixtures.read(safetensors(Tensor.of(new float[3], 3, 1), metadata), new Site(0, 0)),
        "metadata 'problem_ids' has 1 items for 3 rows");
    metadata.put("problem_ids", "3");
    assertRefused(
        () -> Fixtures.read(safetensors(Tensor.of(new float[3], 3, 1), metadata), new Site(0, 0)),
        "metadata 'problem_ids' is not a JSON list");
  }

  /** Its length, 19,280 bytes, begins the file with the letters of a zip file. */
  @Test
  void aSafetensorsHeaderOfAnyLengthIsRecognised() throws IOException {
    Tensor x = Tensor.of(new float[] {1, 2}, 1, 2);
    Path file = temp.resolve("written.safetensors");
    for (int n = 19_280 - 160; n < 19_280 && !beginsAsZip(file); n++) {
      file = safetensors(x, Map.of("padding", "x".repeat(n)));
    }
    assertTrue(beginsAsZip(file));
    assertTrue(x.sameBits(Fixtures.read(file, new Site(0, 0)).x()));
  }

  private static boolean beginsAsZip(Path file) throws IOException {
    return Files.exists(file)
        && Arrays.equals(Arrays.copyOf(Files.readAllBytes(file), 2), new byte[] {'P', 'K'});
  }

  @Test
  void refusesFilesThatAreNotThereOrNotActivations() throws IOException {
    assertRefused(
        () -> Fixtures.read(temp.resolve("no.pt"), new Site(1, 0)), "no.pt does not exist");
    assertRefused(() -> Fixtures.read(temp, new Site(1, 0)), "is not a regular file");
    Path file = temp.resolve("x.pt");
    Files.write(file, new byte[0]);
    assertRefused(() -> Fixtures.read(file, new Site(1, 0)), "is empty");
    Files.writeString(file, "hello, this is text");
    assertRefused(() -> Fixtures.read(file, new Site(1, 0)), "is not a .pt file");
    Fixtures.zip(file, Map.of("a.npy", new byte[3]));
    assertRefused(() -> Fixtures.read(file, new Site(1, 0)), "has no data.pkl");
    assertRefused(
        () -> Fixtures.read(path("legacy.pt"), new Site(1, 0)),
        "before version 1.6",
        "torch.save(torch.load(");
    assertRefused(
        () -> Fixtures.read(path("bool.safetensors"), new Site(1, 0)), "'flags'", "'BOOL'");
    assertRefused(
        () -> Fixtures.read(path("big_endian.npy"), new Site(1, 0)), "big-endian", "astype('<f4')");
    assertRefused(
        () -> Fixtures.read(path("integers.npy"), new Site(1, 0)), "'<i4'", "astype('<f4')");
  }

  @Test
  void refusesAbsentLayersAndPositionsAndNamesThoseThere() {
    assertRefused(
        () -> Fixtures.read(path("float32.pt"), new Site(14, 3)),
        "no row for layer 14, position 3: it has layers 1-2 and positions 0, 3;");
    assertRefused(
        () -> Fixtures.read(path("float32.pt"), new Site(1, 2)), "no row for layer 1, position 2");
  }

  @Test
  void refusesBadStructure() throws IOException {
    Tensor x = Tensor.of(new float[6], 3, 2);
    List<Integer> three = List.of(1, 1, 1);
    List<List<String>> steps = List.of(List.of(), List.of(), List.of());
    assertTorchRefused(List.of(1), "does not hold a dict");
    assertTorchRefused(
        Map.of("metadata", Map.of()), "the file has no 'activations', only [metadata]");
    assertTorchRefused(
        Map.of("activations", 3, "metadata", Map.of()), "'activations' is not a tensor");
    assertTorchRefused(Map.of("activations", x), "the file has no 'metadata', only [activations]");
    assertTorchRefused(Map.of("activations", x, "metadata", List.of()), "'metadata' is not a dict");
    assertTorchRefused(
        file(x, Map.of("positions", three)), "'metadata' has no 'layers', only [positions]");
    assertTorchRefused(
        file(x, Map.of("layers", List.of(1, 1), "positions", three)),
        "'layers' has 2 items for 3 rows");
    assertTorchRefused(
        file(x, Map.of("layers", List.of(1, 1.5, 1), "positions", three)),
        "'layers'[1] is not an integer");
    assertTorchRefused(
        file(x, Map.of("layers", List.of(1, "1", 1), "positions", three)),
        "'layers'[1] is not an integer");
    assertTorchRefused(
        file(x, Map.of("layers", x, "positions", three)), "'layers' is not a list of integers");
    assertTorchRefused(
        file(x, Map.of("layers", Tensor.of(new int[2], 2), "positions", three)),
        "'layers' has 2 items for 3 rows");
    assertTorchRefused(
        file(x, Map.of("layers", three, "positions", three, "problem_ids", three)),
        "no 'cot_sequences'");
    assertTorchRefused(
        file(
            x,
            Map.of(
                "layers",
                three,
                "positions",
                three,
                "problem_ids",
                List.of(1),
                "cot_sequences",
                steps)),
        "'problem_ids' has 1 items for 3 rows");
    assertTorchRefused(
        file(
            x,
            Map.of(
                "layers", three, "positions", three, "problem_ids", three, "cot_sequences", three)),
        "cot_sequences[0] is not a list of strings");
    assertTorchRefused(
        file(
            x,
            Map.of(
                "layers", three, "positions", three, "problem_ids", steps, "cot_sequences", steps)),
        "problem_ids[0] is neither a string nor a number");
    assertTorchRefused(file(Tensor.of(new float[6], 6), Map.of()), "shape [6], not [rows, d_in]");
    assertTorchRefused(
        file(Tensor.of(new float[0], 0, 4), Map.of()), "shape [0, 4] and so no values");
    assertTorchRefused(file(Tensor.of(new int[6], 3, 2), Map.of()), "are integers (I32)");
  }

  @Test
  void refusesValuesThatAreNotFinite() throws IOException {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      Tensor x = Tensor.zeros(DType.F32, 9, 7);
      x.set(5 * 7 + 6, bad);
      x.set(8 * 7 + 1, bad);
      String what = Float.isNaN(bad) ? "NaN" : "infinite";
      assertRefused(
          () -> Fixtures.read(safetensors(x, Map.of()), new Site(0, 0)), "row 5, column 6", what);
      List<Integer> layers = List.of(0, 1, 0, 1, 0, 1, 0, 1, 0);
      Map<String, ?> root =
          file(x, Map.of("layers", layers, "positions", Collections.nCopies(9, 1)));
      assertTorchRefused(root, "row 5, column 6", what);
      assertRefused(() -> Fixtures.read(torch(root), new Site(0, 1)), "row 8, column 1", what);
    }
    Tensor large = Tensor.of(new double[] {0, 1e300}, 1, 2);
    assertRefused(
        () -> Fixtures.read(safetensors(large, Map.of()), new Site(0, 0)),
        "row 0, column 1",
        "1.0E300, beyond float32");
    Tensor largest =
        Tensor.of(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f}, 2, 2);
    assertTrue(largest.sameBits(Fixtures.read(safetensors(largest, Map.of()), new Site(0, 0)).x()));
  }

  /** An expanded tensor of 2^40 rows, all the same eight values. */
  @Test
  void refusesMoreRowsThanFitInMemory() {
    TensorView huge =
        new TensorView(Tensor.of(new float[8], 8), 0, new long[] {1L << 40, 8}, new long[] {0, 1});
    assertRefused(
        () -> huge.dense("x.pt: a tensor in it"),
        "x.pt: a tensor in it needs 35184.37 GB of memory");
    TensorView beyond =
        new TensorView(Tensor.of(new float[8], 8), 0, new long[] {1L << 62, 8}, new long[] {0, 1});
    assertRefused(() -> beyond.dense("x.pt"), "x.pt needs more memory than can be addressed");
  }

  private static void assertRows(Activations a, int... rows) {
    assertEquals(DType.F32, a.x().dtype());
    assertEquals(0, a.x().data().address() % 64);
    assertEquals(rows.length, a.rows());
    assertEquals(5, a.dIn());
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < 5; c++) {
        assertEquals(
            Fixtures.value(rows[r], c), a.x().get(5 * r + c), "row " + rows[r] + ", column " + c);
      }
    }
  }

  private static Map<String, ?> file(Tensor activations, Map<String, ?> metadata) {
    return Map.of("activations", activations, "metadata", metadata);
  }

  private void assertTorchRefused(Object root, String... parts) throws IOException {
    Path file = torch(root);
    assertRefused(() -> Fixtures.read(file, new Site(1, 1)), parts);
  }

  private Path torch(Object root) throws IOException {
    Path file = temp.resolve("written.pt");
    try (OutputStream out = Files.newOutputStream(file)) {
      TorchWriter.write(out, root, "written");
    }
    return file;
  }

  private Path safetensors(Tensor activations, Map<String, String> metadata) throws IOException {
    Path file = temp.resolve("written.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsFile.write(out, Map.of("activations", activations), metadata);
    }
    return file;
  }

  private static List<String> lines(List<Label> labels) {
    return labels.stream().map(ActivationFileTest::line).toList();
  }

  private static String line(Label label) {
    String steps =
        label.cotSequence().stream().map(s -> '"' + s + '"').collect(Collectors.joining(", "));
    return "{\"cot_sequence\": ["
        + steps
        + "], \"split\": \"val\", \"problem_id\": \""
        + label.problemId()
        + "\"}";
  }
}
