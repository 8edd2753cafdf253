package io.saenative.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this program, from the jar's manifest. */
final class Version implements IVersionProvider {

  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"sae-native " + text()};
  }
}
