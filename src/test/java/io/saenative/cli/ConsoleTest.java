package io.saenative.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleTest {
  private record Result(int latentDim, String backend) {}

  @ParameterizedTest
  @CsvSource({
    "1, epoch, 1 epoch",
    "0, epoch, 0 epochs",
    "25, epoch, 25 epochs",
    "1495, validation row, '1,495 validation rows'"
  })
  void aNounIsInTheSingularAfterOneAlone(long number, String noun, String expected) {
    assertEquals(expected, Console.count(number, noun));
  }

  @ParameterizedTest
  @CsvSource({
    "one two three, 13, one two three",
    "one two three, 12, one two|three",
    "one two three, 7, one two|three",
    "one two three, 6, one|two|three",
    "one incomprehensible three, 8, one|incomprehensible|three",
    "incomprehensible, 8, incomprehensible",
    "'', 8, ''",
    "data     one two three, 21, data     one two|         three",
    "native library     one two three, 40, native library     one two three",
    "native library     one two three, 39, native library     one two three",
  })
  void linesAreBrokenBetweenWords(String line, int columns, String expected) {
    assertEquals(expected, Console.wrapped(line, columns).replace('\n', '|'));
  }

  @Property
  void allWordsStayWholeAndInOrder(
      @ForAll @StringLength(max = 200) @Chars({' ', ' ', ' '}) @CharRange(from = 'a', to = 'f')
          String line,
      @ForAll @IntRange(min = 1, max = 60) int columns) {
    String wrapped = Console.wrapped(line, columns);
    assertEquals(List.of(line.strip().split(" +")), List.of(wrapped.strip().split("\\s+")));
    for (String part : wrapped.split("\n")) {
      // A word that is too long stays beside the label, where there is one.
      String text = part.replaceFirst("^ *\\S+(?: \\S+)? {2,}", "").strip();
      assertTrue(part.length() <= columns || !text.contains(" "), wrapped);
    }
  }

  /** Text of people, finding and JSON go where the two options send them. */
  @ParameterizedTest
  @CsvSource({
    "false, false, 'doing;found;', ''",
    "true, false, 'found;', ''",
    "false, true, '{  \"latent_dim\" : 3,  \"backend\" : \"cpu\"};', 'doing;found;'",
    "true, true, '{  \"latent_dim\" : 3,  \"backend\" : \"cpu\"};', ''"
  })
  void quietAndJson(boolean quiet, boolean json, String standard, String error) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), quiet, json);
    console.out().println("doing");
    console.json(new Result(3, "cpu"));
    console.finding("found");
    assertEquals(standard, inOneLine(out));
    assertEquals(error, inOneLine(err));
  }

  private static String inOneLine(StringWriter text) {
    return text.toString()
        .replace("{\n", "{")
        .replace(",\n", ",")
        .replace("\n}", "}")
        .replace('\n', ';');
  }
}
