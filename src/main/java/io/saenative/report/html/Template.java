package io.saenative.report.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page's parts that are files of the program. */
final class Template {
  private static final Pattern NAME = Pattern.compile("\\{\\{(\\w+)}}");

  private Template() {}

  static String of(String name) {
    try (InputStream in = Template.class.getResourceAsStream("/report/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts each value where its name stands as {@code {{name}}}; what stands so within a value stays
   * as it is.
   */
  static String fill(String template, Map<String, String> values) {
    return NAME.matcher(template)
        .replaceAll(name -> Matcher.quoteReplacement(values.get(name.group(1))));
  }
}
