package io.saenative.cli;

import io.saenative.UsageError;
import io.saenative.UserError;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What all commands share: how much they say, and how they end. One that does not succeed leaves
 * one line on the error stream and an exit code.
 */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    parameterListHeading = "%n")
abstract class Task implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int INTERRUPTED = 130;

  @Section.Begins(Section.OUTPUT)
  @Option(names = "--quiet", description = "Say nothing but the finding, and errors.")
  private boolean quiet;

  @Option(
      names = "--json",
      description = "Print the result as one JSON object; all else goes to the error stream.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    CommandLine command = spec.commandLine();
    mistake()
        .ifPresent(
            mistake -> {
              throw new ParameterException(command, mistake);
            });
    try {
      return run(new Console(command.getOut(), command.getErr(), quiet, json));
    } catch (OutOfMemoryError e) {
      throw new UserError(
          "not enough memory: %s: start Java with a larger -Xmx, or take fewer latents or rows"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** What is wrong with the options whatever the files hold. */
  Optional<String> mistake() {
    return Optional.empty();
  }

  /** Does the work, says the finding last and returns the exit code. */
  abstract int run(Console console);

  /** Ends a command whose options cannot be understood. */
  static int misused(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    ParameterException blamed = blamed(e);
    PrintWriter err = command.getErr();
    err.printf(
        "sae-native: %s%s (see %s --help)%n",
        oneLine(String.valueOf(blamed.getMessage())),
        suggestion(blamed),
        command.getCommandSpec().qualifiedName());
    err.flush();
    return USAGE;
  }

  /**
   * Ends a command that failed.
   *
   * @param stacktrace whether to show where
   */
  static int failed(Exception e, CommandLine command, boolean stacktrace) {
    PrintWriter err = command.getErr();
    String defect = ": a defect of this program" + (stacktrace ? "" : "; --stacktrace shows where");
    err.println(
        "sae-native: " + oneLine(e instanceof UserError user ? user.getMessage() : e + defect));
    if (stacktrace) {
      e.printStackTrace(err);
    }
    err.flush();
    return e instanceof UsageError ? USAGE : FAILED;
  }

  /** A misspelt option is to blame, not the one that is missing because of it, nor its value. */
  private static ParameterException blamed(ParameterException e) {
    CommandLine command = e.getCommandLine();
    List<String> unmatched = command.getUnmatchedArguments();
    Stream<String> perhaps =
        switch (e) {
          case MissingParameterException _ -> unmatched.stream();
          case UnmatchedArgumentException _ -> unmatched.stream().limit(1);
          default -> Stream.empty();
        };
    Optional<String> unknown = perhaps.filter(word -> word.startsWith("-")).findFirst();
    return unknown.isEmpty() ? e : new UnmatchedArgumentException(command, List.of(unknown.get()));
  }

  private static String suggestion(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return "";
    }
    List<String> similar = unmatched.getSuggestions();
    if (similar.isEmpty()) {
      // To picocli short names are never similar to anything.
      similar =
          e.getCommandLine().getCommandSpec().optionsMap().keySet().stream()
              .filter(name -> name.startsWith("--"))
              .filter(name -> unmatched.getUnmatched().getFirst().startsWith(name))
              .toList();
    }
    return similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?";
  }

  private static String oneLine(String message) {
    return message
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(" "));
  }
}
