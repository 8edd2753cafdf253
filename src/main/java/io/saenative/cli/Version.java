package io.saenative.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.IVersionProvider;

/** The version of this program and the commit that it was built from, as the build wrote them. */
final class Version implements IVersionProvider {
  private static final Pattern DESCRIBED =
      Pattern.compile(
          "(?:v?(?<tag>\\d\\S*)-(?<since>\\d+)-g)?(?<commit>\\p{XDigit}{7,40})(?<dirty>-dirty)?");

  /** {@code 0.1.0 (commit abc1234)}; {@code unpackaged} if this is not run from its jar. */
  static String text() {
    String project = Version.class.getPackage().getImplementationVersion();
    try (InputStream commit = Version.class.getResourceAsStream("commit.txt")) {
      return project == null || commit == null
          ? "unpackaged"
          : text(project, new String(commit.readAllBytes(), StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The version of a build: that of the last tag and the number of commits since, or the project's
   * where there is no tag.
   *
   * @param project version in the project's file
   * @param described what {@code git describe --tags --always --long --dirty} prints; anything else
   *     where the build was not in a checkout
   */
  static String text(String project, String described) {
    Matcher m = DESCRIBED.matcher(described);
    if (!m.matches()) {
      return project + " (unknown commit)";
    }
    String version = m.group("tag") == null ? project : m.group("tag");
    String since =
        m.group("tag") == null || m.group("since").equals("0")
            ? ""
            : "+" + m.group("since") + ".g" + m.group("commit");
    String dirty = m.group("dirty") == null ? "" : "-dirty";
    return "%s%s (commit %s%s)".formatted(version, since, m.group("commit"), dirty);
  }

  @Override
  public String[] getVersion() {
    return new String[] {SaeNative.NAME + " " + text()};
  }
}
