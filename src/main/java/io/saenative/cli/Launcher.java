package io.saenative.cli;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/**
 * Where the jar starts. This class is compiled for Java 8, so that any Java can run it: on a Java
 * that is new enough the program is called, on an older one the jar is started again on an
 * installed Java that is.
 */
public final class Launcher {
  private static final int NEEDED = 25;
  private static final String PROGRAM = "io.saenative.cli.SaeNative";

  /**
   * Set in the second process, so that a Java that is older than it says ends in an error and not
   * in a loop.
   */
  private static final String RESTARTED = "sae.restarted";

  private Launcher() {}

  public static void main(String[] args) throws Exception {
    int running = feature(System.getProperty("java.specification.version"));
    if (running >= NEEDED) {
      run(args);
      return;
    }
    File java = System.getProperty(RESTARTED) == null ? newerJava(NEEDED) : null;
    if (java == null) {
      System.err.println(
          "sae-native: needs Java "
              + NEEDED
              + " or newer; this is Java "
              + running
              + " and no newer one was found:"
              + " install one (Debian, Ubuntu: 'apt-get install openjdk-"
              + NEEDED
              + "-jre-headless'; else https://adoptium.net)"
              + " or name its folder in SAE_JAVA_HOME");
      System.exit(1);
    }
    System.exit(restart(java, args));
  }

  /** By name, because the program's classes are too new for this one to be compiled against. */
  private static void run(String[] args) throws ReflectiveOperationException {
    try {
      Class.forName(PROGRAM).getMethod("main", String[].class).invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Runs the jar on another Java with the same options and arguments, and returns its exit code.
   */
  private static int restart(File java, String[] args)
      throws IOException, InterruptedException, URISyntaxException {
    List<String> command = new ArrayList<>();
    command.add(java.getPath());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-D" + RESTARTED + "=true");
    command.add("-jar");
    command.add(
        new File(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .getPath());
    command.addAll(Arrays.asList(args));
    Process child = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endWith(child)));
    return child.waitFor();
  }

  /**
   * Passes the order to end on to the child, lets it write its checkpoint and takes over its exit
   * code.
   */
  private static void endWith(Process child) {
    child.destroy();
    while (true) {
      try {
        Runtime.getRuntime().halt(child.waitFor());
      } catch (InterruptedException e) {
        // The child is not done yet.
      }
    }
  }

  /**
   * The {@code java} command of an installation of at least the given feature release, or null.
   * What the environment names comes first, then the lowest sufficient release in the usual
   * folders. None is started: each installation's {@code release} file states its version.
   */
  static File newerJava(int needed) {
    for (File home : namedJavas()) {
      if (feature(home) >= needed) {
        return command(home);
      }
    }
    File best = null;
    for (File home : installedJavas()) {
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

  private static List<File> namedJavas() {
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

  private static List<File> installedJavas() {
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
