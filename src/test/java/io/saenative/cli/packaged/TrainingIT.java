package io.saenative.cli.packaged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.saenative.format.SafetensorsFile;
import io.saenative.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings with the jar: whole, and stopped by a signal. */
class TrainingIT {
  private static final Path SCRIPT = Path.of("/usr/bin/script");
  private static final int CTRL_C = 3;

  @TempDir private Path folder;

  private PackagedJar jar;

  @BeforeEach
  void writeData() throws IOException {
    jar = PackagedJar.in(folder);
    jar.writeData();
  }

  @Test
  void trainsOnTheSyntheticSet() throws Exception {
    PackagedJar.Result result =
        jar.run("--k", "4", "--latent-dim", "32", "--epochs", "2", "--output-dir", "here");
    assertEquals(0, result.code(), result.err());
    assertEquals("", result.err());
    assertTrue(
        result.out().contains("SYNTHETIC") && result.out().contains("epoch 2/2"), result.out());
    for (String file :
        List.of(
            "checkpoints/pos3_layer14_d32_k4.pt",
            "checkpoints/pos3_layer14_d32_k4.safetensors",
            "large_k_summary_layer14_pos3.json")) {
      assertTrue(Files.size(folder.resolve("here").resolve(file)) > 0, file);
    }
  }

  @Test
  void theNumberOfThreadsNeverChangesABit() throws Exception {
    assertEquals(0, jar.runSmall("--epochs", "4", "--threads", "1", "--backend", "cpu").code());
    Map<String, List<Double>> one = trained();
    assertEquals(0, jar.runSmall("--epochs", "4", "--threads", "3", "--backend", "cpu").code());
    assertEquals(one, trained());
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsWithACheckpointToGoOnFrom(String signal) throws Exception {
    int epochs = interrupted(jar, signal, false) + 3;
    PackagedJar.Result resumed = jar.runSmall("--epochs", String.valueOf(epochs), "--resume");
    assertEquals(0, resumed.code(), resumed.err());
    Map<String, List<Double>> afterResume = trained();
    assertEquals(0, jar.runSmall("--epochs", String.valueOf(epochs)).code());
    assertEquals(trained(), afterResume);
  }

  /**
   * The older Java waits for the newer one that it has started, whoever of the two is told to end.
   */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "Ctrl-C"})
  void anOlderJavaPassesTheSignalOn(String signal) throws Exception {
    Path java = OlderJavaIT.olderJava();
    assumeTrue(java != null, "no Java before 25 is in /usr/lib/jvm");
    boolean terminal = signal.equals("Ctrl-C");
    interrupted(new PackagedJar(java, folder), terminal ? "INT" : signal, terminal);
  }

  /**
   * On a pseudo-terminal the progress bar is drawn, and the byte that Ctrl-C sends becomes the
   * signal.
   */
  @Test
  void ctrlCOnATerminalEndsWithACheckpoint() throws Exception {
    assumeTrue(Files.isExecutable(SCRIPT), "no " + SCRIPT + " to open a pseudo-terminal with");
    String command = String.join(" ", jar.command(PackagedJar.small("--epochs", "1000000000")));
    Process process =
        new ProcessBuilder(SCRIPT.toString(), "-qefc", command, "/dev/null")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    try (Reader out = process.inputReader(StandardCharsets.UTF_8)) {
      StringBuilder screen = new StringBuilder();
      for (int c = out.read(); c >= 0; c = out.read()) {
        boolean trained = screen.indexOf("EV ") >= 0;
        screen.append((char) c);
        if (!trained && screen.indexOf("EV ") >= 0) {
          process.getOutputStream().write(CTRL_C);
          process.getOutputStream().flush();
        }
      }
      assertEquals(130, process.waitFor(), screen.toString());
      assertTrue(screen.indexOf("interrupted; ") >= 0, screen.toString());
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertTrue(Integer.parseInt(checkpoint().metadata().get("epochs_done")) >= 1);
  }

  /**
   * Starts a training without end and sends it a signal after its first epoch.
   *
   * @param group whether every process gets it, as a terminal does it, or the first alone
   * @return epochs in the checkpoint that it left
   */
  private int interrupted(PackagedJar any, String signal, boolean group) throws Exception {
    Process process = any.start(PackagedJar.small("--epochs", "1000000000"));
    try {
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      for (String line = out.readLine(); !line.contains("epoch 1/"); line = out.readLine()) {
        assertTrue(process.isAlive(), line);
      }
      String target = (group ? "-" : "") + process.pid();
      assertEquals(0, new ProcessBuilder("kill", "-" + signal, "--", target).start().waitFor());
      out.transferTo(Writer.nullWriter());
      assertEquals(130, process.waitFor(), Files.readString(folder.resolve("err.txt")));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String err = Files.readString(folder.resolve("err.txt"));
    assertEquals(1, err.lines().count(), err);
    int epochs = Integer.parseInt(checkpoint().metadata().get("epochs_done"));
    assertTrue(epochs >= 1, "epochs in the checkpoint: " + epochs);
    return epochs;
  }

  private SafetensorsFile checkpoint() {
    return SafetensorsFile.read(folder.resolve("results/checkpoints/d12_k3.safetensors"));
  }

  /** All numbers of the checkpoint but the seconds that the epochs took. */
  private Map<String, List<Double>> trained() {
    Map<String, List<Double>> numbers = new TreeMap<>();
    for (Map.Entry<String, Tensor> entry : checkpoint().tensors().entrySet()) {
      if (!entry.getKey().equals("history")) {
        numbers.put(entry.getKey(), Arrays.stream(entry.getValue().toDoubles()).boxed().toList());
      }
    }
    assertTrue(numbers.size() >= 12, numbers.keySet().toString());
    return numbers;
  }
}
