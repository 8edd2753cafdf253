package io.saenative.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.saenative.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * What a command says, and to whom. Text is for people: it goes to standard output, to the error
 * stream with {@code --json}, and nowhere with {@code --quiet}. The finding is said even then; JSON
 * goes to standard output and stands there alone.
 */
final class Console {
  /** Where the width of the screen is not known. */
  static final int USUAL_COLUMNS = 80;

  /** Label and blanks before the text of a line such as {@code backend cpu: AVX2, 2 cores}. */
  private static final Pattern LABEL = Pattern.compile(" *\\S+(?: \\S+)? {2,}");

  private static final ObjectMapper JSON_MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PrintWriter standard;
  private final PrintWriter error;
  private final boolean quiet;
  private final boolean json;
  private final PrintWriter text;
  private final PrintWriter finding;

  /**
   * A console for one command.
   *
   * @param standard what {@code >} and {@code |} take
   * @param error what they do not take
   */
  Console(PrintWriter standard, PrintWriter error, boolean quiet, boolean json) {
    this.standard = standard;
    this.error = error;
    this.quiet = quiet;
    this.json = json;
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    PrintWriter people = wrapping(json ? error : standard);
    text = quiet ? nowhere : people;
    finding = quiet && json ? nowhere : people;
  }

  /** Takes text for people: what is about to be done, progress, tables, notes. */
  PrintWriter out() {
    return text;
  }

  /** Takes what must be said whatever is asked for: errors and interruptions. */
  PrintWriter err() {
    return error;
  }

  /** Whether progress may be drawn as a bar. */
  boolean drawsBars() {
    return !quiet && onTerminal();
  }

  /** Says what was found, in one sentence: the last line of a command. */
  void finding(String sentence) {
    text.flush();
    finding.println(sentence);
    finding.flush();
  }

  /** With {@code --json} prints the content of a file that holds one JSON object. */
  void json(Path file) {
    try {
      json(json ? Files.readString(file).strip() : "");
    } catch (IOException e) {
      throw new UserError("cannot read " + file + " again: " + e.getMessage(), e);
    }
  }

  /** With {@code --json} prints a record, its names in snake case. */
  void json(Record result) {
    try {
      json(JSON_MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(result));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With {@code --json} prints this JSON object. */
  void json(String object) {
    if (json) {
      standard.println(object);
      standard.flush();
    }
  }

  /** A number with its noun: {@code 1 epoch}, {@code 1,495 rows}. */
  static String count(long number, String noun) {
    return "%,d %s%s".formatted(number, noun, number == 1 ? "" : "s");
  }

  static boolean onTerminal() {
    return System.console() != null && System.console().isTerminal();
  }

  /**
   * Width of the screen: {@code COLUMNS} if that is exported, else the terminal's if there is one.
   */
  static OptionalInt columns() {
    return Screen.COLUMNS;
  }

  /** Opened when first asked for: that takes a moment. */
  private static final class Screen {
    static final OptionalInt COLUMNS = columns();

    private static OptionalInt columns() {
      String exported = System.getenv("COLUMNS");
      if (exported != null && exported.matches("[1-9]\\d{0,4}")) {
        return OptionalInt.of(Integer.parseInt(exported));
      }
      if (!onTerminal()) {
        return OptionalInt.empty();
      }
      // Native signals would put handlers in place of Interruption's, and Ctrl-C would not save.
      try (Terminal terminal = TerminalBuilder.builder().nativeSignals(false).dumb(true).build()) {
        return OptionalInt.of(terminal.getWidth() > 0 ? terminal.getWidth() : USUAL_COLUMNS);
      } catch (IOException e) {
        return OptionalInt.of(USUAL_COLUMNS);
      }
    }
  }

  /** The same writer, but lines wider than the screen are broken between words. */
  private static PrintWriter wrapping(PrintWriter out) {
    OptionalInt columns = columns();
    return columns.isPresent() ? new PrintWriter(new Wrapping(out, columns.getAsInt())) : out;
  }

  /**
   * A line broken between words, so that no part is wider than {@code columns} unless one word is.
   * What follows the first part stands under the text after the line's label, else at the left.
   */
  static String wrapped(String line, int columns) {
    Matcher label = LABEL.matcher(line);
    int indent = label.lookingAt() && label.end() < columns / 2 ? label.end() : 0;
    StringBuilder broken = new StringBuilder();
    String rest = line;
    while (rest.length() > columns) {
      int cut = rest.lastIndexOf(' ', columns);
      if (cut <= indent) {
        cut = rest.indexOf(' ', columns);
      }
      if (cut < 0) {
        break;
      }
      broken.append(rest.substring(0, cut).stripTrailing()).append('\n');
      rest = " ".repeat(indent) + rest.substring(cut).strip();
    }
    return broken.append(rest).toString();
  }

  /** Holds back a line until its end. */
  private static final class Wrapping extends Writer {
    private final PrintWriter out;
    private final int columns;
    private final StringBuilder line = new StringBuilder();

    Wrapping(PrintWriter out, int columns) {
      this.out = out;
      this.columns = columns;
    }

    @Override
    public void write(char[] buffer, int from, int length) {
      for (int i = from; i < from + length; i++) {
        if (buffer[i] == '\n') {
          out.println(wrapped(line.toString(), columns));
          line.setLength(0);
        } else {
          line.append(buffer[i]);
        }
      }
    }

    @Override
    public void flush() {
      out.flush();
    }

    @Override
    public void close() {
      out.print(line);
      out.flush();
    }
  }
}
