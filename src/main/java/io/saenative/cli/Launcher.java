package io.saenative.cli;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the jar starts. This class and {@link JavaInstallations} are compiled for Java 8, so that
 * any Java can run them: on a Java that is new enough the program is called, on an older one the
 * jar is started again on an installed Java that is.
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
    int running = JavaInstallations.feature(System.getProperty("java.specification.version"));
    if (running >= NEEDED) {
      run(args);
      return;
    }
    File java = System.getProperty(RESTARTED) == null ? JavaInstallations.find(NEEDED) : null;
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
}
