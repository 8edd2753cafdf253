package io.saenative.cli;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
@Command(
    name = "sae-native",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Trains TopK sparse autoencoders on model activations and measures their latents.",
    subcommands = {
      RunCommand.class,
      AnalyzeCommand.class,
      AblateCommand.class,
      ReportCommand.class,
      VerifyCommand.class,
      BenchCommand.class,
      DoctorCommand.class
    },
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "sae-native [run] --k K... [OPTION...]",
      "       sae-native COMMAND [OPTION...]"
    },
    commandListHeading = "%nCommands (run is meant where none is named):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native --k 300",
      "      one SAE on the built-in synthetic activations",
      "  sae-native --k 100 200 300 --train-data train.pt --val-data val.pt --layer 14 --position"
          + " 3",
      "      the Large K experiment on recorded activations",
      "  sae-native run --help",
      "      every option of a training"
    })
public final class SaeNative implements Runnable {
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int INTERRUPTED = 130;

  private static final int HELP_COLUMNS = 110;
  private static final Set<String> ROOT_OPTIONS = Set.of("-h", "--help", "-V", "--version");

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show where in the program an error came from.")
  private boolean stacktrace;

  @Spec private CommandSpec spec;

  private SaeNative() {}

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // figures look the same wherever they are printed
    System.exit(commandLine().execute(arguments(args)));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "nothing to do: give --k or name a command");
  }

  /** Runs a command in this process and returns its exit code. */
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    return commandLine().setOut(out).setErr(err).execute(arguments(args));
  }

  private static CommandLine commandLine() {
    SaeNative root = new SaeNative();
    return new CommandLine(root)
        .registerConverter(Path.class, SaeNative::path)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(HELP_COLUMNS)
        .setParameterExceptionHandler(Failures::usage)
        .setExecutionExceptionHandler(
            (e, command, parsed) -> Failures.execution(e, command, root.stacktrace));
  }

  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("it is empty: name a file or folder");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "no such path is possible here ("
              + e.getReason()
              + "): in a locale without its letters, set LC_ALL=C.UTF-8");
    }
  }

  /**
   * Long options may be spelt with underscores, as the experiment spells them, and {@code run} may
   * be left out.
   */
  private static String[] arguments(String[] args) {
    Stream<String> spelt = Arrays.stream(args).map(SaeNative::withHyphens);
    boolean namesNoCommand =
        args.length > 0 && args[0].startsWith("-") && !ROOT_OPTIONS.contains(args[0]);
    return (namesNoCommand ? Stream.concat(Stream.of("run"), spelt) : spelt).toArray(String[]::new);
  }

  private static String withHyphens(String argument) {
    if (!argument.startsWith("--")) {
      return argument;
    }
    int end = argument.indexOf('=');
    String name = end < 0 ? argument : argument.substring(0, end);
    return name.replace('_', '-') + argument.substring(name.length());
  }
}
