package io.saenative.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
@Command(
    name = SaeNative.NAME,
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
      DoctorCommand.class,
      HelpCommand.class
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
      "  sae-native --k 100 200 300 --train-data train.pt --val-data val.pt",
      "      the Large K experiment on recorded activations",
      "  sae-native help run",
      "      every option of a training"
    })
public final class SaeNative implements Runnable {
  static final String NAME = "sae-native";

  /** Wider help is hard to read; picocli takes no narrower one. */
  private static final int WIDEST_HELP = 100;

  private static final int NARROWEST_HELP = 55;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show where in the program an error came from.")
  private boolean stacktrace;

  @Spec private CommandSpec spec;

  private SaeNative() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(Arguments.spelt(args)));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "nothing to do: give --k or name a command");
  }

  /** Shells for which picocli's script works. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Command(
      name = "completion",
      mixinStandardHelpOptions = true,
      parameterListHeading = "%n",
      description = "Prints a script with which a shell completes commands and options.",
      footerHeading = "%nExample:%n",
      footer = "  source <(sae-native completion bash)")
  void completion(
      @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.") Shell shell) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(AutoComplete.bash(NAME, spec.commandLine()));
    out.flush();
  }

  @Command(name = "version", description = "Prints the version and the commit of the build.")
  void version() {
    spec.commandLine().printVersionHelp(spec.commandLine().getOut());
  }

  /** Runs a command in this process and returns its exit code. */
  static int execute(PrintWriter out, PrintWriter err, String... args) {
    return commandLine().setOut(out).setErr(err).execute(Arguments.spelt(args));
  }

  /**
   * All commands, ready to be executed or asked about. From here on numbers are written in the same
   * form in every country.
   */
  static CommandLine commandLine() {
    Locale.setDefault(Locale.ROOT);
    SaeNative root = new SaeNative();
    CommandLine command = new CommandLine(root);
    Arguments.readBy(command);
    Map<String, IHelpSectionRenderer> sections = command.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Section::list);
    return command
        .setHelpSectionMap(sections)
        .setHelpFactory(
            (described, colours) -> {
              described.usageMessage().width(helpColumns());
              return new Help(described, colours);
            })
        .setParameterExceptionHandler(Task::misused)
        .setExecutionExceptionHandler((e, failed, _) -> Task.failed(e, failed, root.stacktrace));
  }

  private static int helpColumns() {
    return Math.clamp(Console.columns().orElse(Console.USUAL_COLUMNS), NARROWEST_HELP, WIDEST_HELP);
  }
}
