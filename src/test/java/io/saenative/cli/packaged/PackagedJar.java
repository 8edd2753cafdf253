package io.saenative.cli.packaged;

import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import io.saenative.train.RandomRuns;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The packaged jar, run as a user runs it, in a folder of the test.
 *
 * @param java the command that starts it
 */
record PackagedJar(Path java, Path folder) {
  static final Path JAR = Path.of(System.getProperty("sae.jar"));

  /** Options of a training that takes a moment, on the files of {@link #writeData}. */
  static final List<String> SMALL =
      List.of(
          "--k",
          "3",
          "--latent-dim",
          "12",
          "--batch-size",
          "8",
          "--train-data",
          "train.safetensors",
          "--val-data",
          "val.safetensors",
          "--output-dir",
          "results");

  /** What a process left behind. */
  record Result(int code, String out, String err) {}

  /** On the Java that runs the tests. */
  static PackagedJar in(Path folder) {
    return new PackagedJar(Path.of(System.getProperty("java.home"), "bin", "java"), folder);
  }

  Result run(String... args) throws IOException, InterruptedException {
    return result(start(List.of(args)));
  }

  Result runSmall(String... more) throws IOException, InterruptedException {
    return result(start(small(more)));
  }

  static List<String> small(String... more) {
    return Stream.concat(SMALL.stream(), Arrays.stream(more)).toList();
  }

  List<String> command(List<String> args) {
    return Stream.concat(Stream.of(java.toString(), "-jar", JAR.toString()), args.stream())
        .toList();
  }

  /** In a process group of its own, as a shell does it; its error stream goes to a file. */
  Process start(List<String> args) throws IOException {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(command(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectError(folder.resolve("err.txt").toFile());
    return builder.start();
  }

  /** Waits for the end. */
  Result result(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes());
    return new Result(process.waitFor(), out, Files.readString(folder.resolve("err.txt")));
  }

  void writeData() throws IOException {
    write("train.safetensors", RandomRuns.rows(29, 1).x());
    write("val.safetensors", RandomRuns.rows(13, 2).x());
  }

  void write(String name, Tensor x) throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
      SafetensorsFile.write(out, Map.of("activations", x), Map.of());
    }
  }
}
