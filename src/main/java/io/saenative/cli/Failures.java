package io.saenative.cli;

import io.saenative.UsageError;
import io.saenative.UserError;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How a command that did not succeed ends: one line on the error stream and an exit code. */
final class Failures {
  private Failures() {}

  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String help = command.getCommandSpec().qualifiedName() + " --help";
    err.println("sae-native: " + oneLine(e.getMessage()) + suggestion(e) + " (see " + help + ")");
    err.flush();
    return SaeNative.USAGE;
  }

  static int execution(Exception e, CommandLine command, boolean stacktrace) {
    PrintWriter err = command.getErr();
    switch (e) {
      case UserError error -> err.println("sae-native: " + oneLine(error.getMessage()));
      default ->
          err.println(
              "sae-native: "
                  + oneLine(e.toString())
                  + ": a defect of this program"
                  + (stacktrace ? "" : "; --stacktrace shows where"));
    }
    if (stacktrace) {
      e.printStackTrace(err);
    }
    err.flush();
    return e instanceof UsageError ? SaeNative.USAGE : SaeNative.FAILED;
  }

  /** Running out of memory as something the user can mend. */
  static UserError outOfMemory(OutOfMemoryError e, String remedy) {
    return new UserError(
        "not enough memory: " + e.getMessage() + ": start Java with a larger -Xmx" + remedy, e);
  }

  private static String suggestion(ParameterException e) {
    List<String> similar =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    return similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?";
  }

  private static String oneLine(String message) {
    return message
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .reduce((a, b) -> a + " " + b)
        .orElse("");
  }
}
