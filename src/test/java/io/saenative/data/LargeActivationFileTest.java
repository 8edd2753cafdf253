package io.saenative.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.format.TorchWriter;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads an activation file of the experiment's full size (5,978 problems × 6 positions × 16 layers,
 * 2048 wide, 4.7 GB) in a Java of its own with 1.5 GB of heap. Not part of the default run, for it
 * takes a minute, 0.5 GB of disk (the file has holes) and 10 GB of page cache:
 *
 * <pre>{@code mvn -Dtest=LargeActivationFileTest -DexcludedGroups= test}</pre>
 */
@Tag("large")
class LargeActivationFileTest {
  private static final int PROBLEMS = 5978;
  private static final int POSITIONS = 6;
  private static final int LAYERS = 16;
  private static final int D_IN = 2048;
  private static final int LAYER = 14;
  private static final int POSITION = 3;

  @TempDir Path temp;

  @Test
  void readsInUnderFourSeconds() throws IOException, InterruptedException {
    Path file = temp.resolve("train.pt");
    write(file);
    read(file); // fills the page cache
    double seconds = read(file);
    System.out.printf(
        Locale.ROOT, "%d rows of %.1f GB in %.2f s%n", PROBLEMS, Files.size(file) / 1e9, seconds);
    assertTrue(seconds < 4, seconds + " s");
  }

  /** Reads the file named by the only argument and prints the seconds that took. */
  public static void main(String[] args) {
    long start = System.nanoTime();
    Activations a = Fixtures.read(Path.of(args[0]), new Site(LAYER, POSITION));
    double seconds = (System.nanoTime() - start) / 1e9;
    assertEquals(PROBLEMS, a.rows());
    assertEquals(D_IN, a.dIn());
    for (int p = 0; p < PROBLEMS; p++) {
      assertEquals(p + 1, a.x().get((long) p * D_IN));
      assertEquals(-p - 1, a.x().get((long) p * D_IN + D_IN - 1));
      assertEquals(new Activations.Label("train_" + p, steps(p)), a.labels().get(p));
    }
    System.out.println(seconds);
  }

  private static double read(Path file) throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1500m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                LargeActivationFileTest.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String printed =
        new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, java.waitFor(), printed);
    return Double.parseDouble(printed);
  }

  private static List<String> steps(int problem) {
    return List.of(
        problem + "*3=" + 3 * problem, 3 * problem + "+27=" + (3 * problem + 27), "100/4=25");
  }

  /**
   * As generate_full_dataset.py lays it out: row = problem · 96 + position · 16 + layer. Every row
   * has strings of its own.
   */
  private void write(Path file) throws IOException {
    long rows = (long) PROBLEMS * POSITIONS * LAYERS;
    List<String> ids = new ArrayList<>();
    List<Integer> layers = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    List<List<String>> sequences = new ArrayList<>();
    Path zeros = temp.resolve("zeros");
    try (FileChannel elements =
            FileChannel.open(
                zeros,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      long bytes = rows * D_IN * Float.BYTES;
      elements.write(ByteBuffer.allocate(1), bytes - 1);
      MemorySegment mapped = elements.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      Tensor x = new Tensor(DType.F32, new long[] {rows, D_IN}, mapped);
      for (int p = 0; p < PROBLEMS; p++) {
        long row = (long) p * POSITIONS * LAYERS + POSITION * LAYERS + LAYER;
        x.set(row * D_IN, p + 1);
        x.set(row * D_IN + D_IN - 1, -p - 1);
        for (int i = 0; i < POSITIONS * LAYERS; i++) {
          ids.add("train_" + p);
          layers.add(i % LAYERS);
          positions.add(i / LAYERS);
          sequences.add(steps(p));
        }
      }
      Map<String, ?> metadata =
          Map.of(
              "problem_ids",
              ids,
              "layers",
              layers,
              "positions",
              positions,
              "cot_sequences",
              sequences);
      try (SparseOutput out = new SparseOutput(file)) {
        TorchWriter.write(
            out,
            Map.of("activations", x, "metadata", metadata, "config", Map.of("hidden_size", D_IN)),
            "train");
      }
    }
    Files.delete(zeros);
  }

  /** Skips over pieces of zeros, so that they take no disk. */
  private static final class SparseOutput extends OutputStream {
    private final FileChannel channel;

    SparseOutput(Path file) throws IOException {
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (ByteBuffer.wrap(bytes, from, length).equals(ByteBuffer.allocate(length))) {
        channel.position(channel.position() + length);
      } else {
        channel.write(ByteBuffer.wrap(bytes, from, length));
      }
    }

    @Override
    public void close() throws IOException {
      if (channel.size() < channel.position()) { // what was written last are zeros, too
        channel.write(ByteBuffer.allocate(1), channel.position() - 1);
      }
      channel.close();
    }
  }
}
