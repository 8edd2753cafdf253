package io.saenative.cli;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/**
 * Finds a newer Java on this machine without starting any: each installation's {@code release} file
 * states its version.
 */
final class JavaInstallations {
  private JavaInstallations() {}

  /**
   * The {@code java} command of an installation of at least the given feature release, or null.
   * What the environment names comes first, then the lowest sufficient release in the usual
   * folders.
   */
  static File find(int needed) {
    for (File home : named()) {
      if (feature(home) >= needed) {
        return command(home);
      }
    }
    File best = null;
    for (File home : installed()) {
      int feature = feature(home);
      if (feature >= needed && (best == null || feature < feature(best))) {
        best = home;
      }
    }
    return best == null ? null : command(best);
  }

  /** 8 for {@code 1.8.0_452}, 25 for {@code 25.0.3} or {@code 25-ea}; 0 if there is no number. */
  static int feature(String version) {
    String[] parts = version.split("[^0-9]");
    int i = parts.length > 1 && parts[0].equals("1") ? 1 : 0;
    return parts.length == 0 || parts[i].isEmpty() ? 0 : Integer.parseInt(parts[i]);
  }

  /** Feature release of the installation in this folder, 0 if there is none that can be started. */
  private static int feature(File home) {
    if (!command(home).canExecute()) {
      return 0;
    }
    Properties release = new Properties();
    try (InputStream in = new FileInputStream(new File(home, "release"))) {
      release.load(in);
    } catch (IOException | IllegalArgumentException e) {
      return 0;
    }
    return feature(release.getProperty("JAVA_VERSION", "").replace("\"", ""));
  }

  private static File command(File home) {
    return new File(home, "bin/java");
  }

  private static List<File> named() {
    List<File> homes = new ArrayList<>();
    for (String variable : new String[] {"SAE_JAVA_HOME", "JAVA_HOME"}) {
      String value = System.getenv(variable);
      if (value != null) {
        homes.add(new File(value));
      }
    }
    String path = System.getenv("PATH");
    for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
      try {
        // Often a chain of links into the bin folder of the installation.
        homes.add(new File(new File(folder, "java").getCanonicalFile().getParentFile(), ".."));
      } catch (IOException e) {
        continue; // a folder that cannot be read holds no Java for us
      }
    }
    return homes;
  }

  private static List<File> installed() {
    List<File> homes = new ArrayList<>();
    String user = System.getProperty("user.home");
    String[] parents = {
      "/usr/lib/jvm", "/usr/java", "/opt", user + "/.sdkman/candidates/java", user + "/.jdks"
    };
    for (String parent : parents) {
      File[] children = new File(parent).listFiles();
      if (children != null) {
        homes.addAll(Arrays.asList(children));
      }
    }
    return homes;
  }
}
