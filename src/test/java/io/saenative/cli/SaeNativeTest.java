package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** Help, version and completion: what can be asked of every command. */
class SaeNativeTest {
  private static final Path BASH = Path.of("/bin/bash");

  @TempDir private Path folder;

  static Stream<String> commands() {
    return SaeNative.commandLine().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpFits80ColumnsAndBreaksNoWord(String command) {
    String help = InProcess.run("help " + command).succeeds().out();
    help.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    String text = help.replaceAll("\\s+", " ");
    CommandLine described = SaeNative.commandLine().getSubcommands().get(command);
    for (ArgSpec arg : described.getCommandSpec().args()) {
      String words = String.join(" ", arg.description()).split("[(]?[$][{]")[0].strip();
      assertTrue(text.contains(words), () -> words + " is not whole in\n" + help);
    }
    if (!List.of("help", "version").contains(command)) {
      assertEquals(help, InProcess.run(command + " --help").succeeds().out());
    }
  }

  @Test
  void theOptionsOfARunStandUnderHeadings() {
    String help = InProcess.run("run --help").out();
    List<String> headings = help.lines().filter(line -> line.matches("[A-Z][a-z]+:")).toList();
    assertEquals(
        List.of(
            "Data:",
            "Model:",
            "Training:",
            "Analysis:",
            "Compute:",
            "Output:",
            "General:",
            "Examples:"),
        headings);
    Map<String, String> heads =
        Map.of(
            "--position", "Data:",
            "-k, --k", "Model:",
            "--select", "Model:",
            "--epochs", "Training:",
            "--resume", "Output:",
            "--no-analysis", "Analysis:",
            "--permutations", "Analysis:",
            "--precision", "Compute:",
            "--output-dir", "Output:",
            "--stacktrace", "General:");
    heads.forEach(
        (option, heading) -> {
          List<String> before =
              help.substring(
                      0,
                      help.indexOf("  " + option + "=") + 1 + help.indexOf("  " + option + " ") + 1)
                  .lines()
                  .filter(headings::contains)
                  .toList();
          assertEquals(heading, before.getLast(), option);
        });
    assertTrue(help.contains("(abs)") && help.contains("(1e-3)") && help.contains("(none)"), help);
    assertFalse(help.contains("ABS") || help.contains("FP32"), help);
  }

  /** What is typed for a constant is what its toString says: no capitals, no underscores. */
  @Test
  void constantsAreNamedAsTheyAreTyped() {
    List<ArgSpec> constants =
        SaeNative.commandLine().getSubcommands().values().stream()
            .flatMap(command -> command.getCommandSpec().args().stream())
            .filter(arg -> arg.auxiliaryTypes()[0].isEnum())
            .toList();
    assertTrue(constants.size() >= 5, constants.toString());
    for (ArgSpec arg : constants) {
      arg.completionCandidates()
          .forEach(name -> assertTrue(name.matches("[a-z0-9-]+"), arg + ": " + name));
    }
  }

  @Test
  void helpAndVersionAreCommandsToo() {
    assertEquals(InProcess.run("--help").succeeds().out(), InProcess.run("help").succeeds().out());
    String version = InProcess.run("--version").succeeds().out();
    assertEquals(version, InProcess.run("version").succeeds().out());
    assertEquals("sae-native unpackaged\n", version);
    InProcess.run("help nosuch").fails(Task.USAGE, "Unknown subcommand 'nosuch'");
  }

  @ParameterizedTest
  @CsvSource({
    "abc1234, 0.1.0 (commit abc1234)",
    "abc1234-dirty, 0.1.0 (commit abc1234-dirty)",
    "v0.2.0-0-gabc1234, 0.2.0 (commit abc1234)",
    "v0.2.0-5-gabc1234, 0.2.0+5.gabc1234 (commit abc1234)",
    "v0.2.0-rc-1-5-g0123456789-dirty, 0.2.0-rc-1+5.g0123456789 (commit 0123456789-dirty)",
    "unknown, 0.1.0 (unknown commit)",
    "'', 0.1.0 (unknown commit)",
  })
  void theVersionFollowsTags(String described, String version) {
    assertEquals(version, Version.text("0.1.0", described));
  }

  @ParameterizedTest
  @CsvSource({
    "run --sel, --select",
    "run --select '', abs relu",
    "run --input-scale '', none unit-norm",
    "run --precision '', fp32 bf16x3 bf16",
    "ana, analyze",
    "bench --bat, --batch-size",
    "completion '', bash zsh",
  })
  void bashCompletes(String typed, String expected) throws Exception {
    assumeTrue(Files.isExecutable(BASH), "no " + BASH);
    Path script = folder.resolve("completion.bash");
    Files.writeString(script, InProcess.run("completion bash").succeeds().out());
    assertEquals("", bash("bash -n " + script));
    // As the shell calls it when the last word is being typed.
    String words = "sae-native " + typed;
    assertEquals(
        expected,
        bash(
            "source %s; compopt() { :; }; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_sae-native; echo ${COMPREPLY[@]}"
                .formatted(script, words)));
  }

  private static String bash(String command) throws Exception {
    Process process =
        new ProcessBuilder(BASH.toString(), "-c", command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes()).strip();
  }

  @Test
  void aCompletionForAnotherShellIsRefused() {
    InProcess.run("completion fish").fails(Task.USAGE, "expected one of bash, zsh but was 'fish'");
    InProcess.run("completion").fails(Task.USAGE, "Missing required parameter: 'SHELL'");
  }

  @Test
  void doctorEndsWithAVerdict() {
    InProcess doctor = InProcess.run("doctor").succeeds();
    doctor.finds("ready: sae-native --k 300 trains on the ");
    doctor.says("backend cuda ", "backend reference ");
    assertEquals(3, InProcess.run("doctor --json").json().at("/backends").size());
    assertEquals(1, InProcess.run("doctor --quiet").succeeds().out().lines().count());
  }
}
