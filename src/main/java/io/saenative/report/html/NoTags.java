package io.saenative.report.html;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;

/** JSON that can stand in a script element: &lt; is written as \\u003C. */
final class NoTags extends CharacterEscapes {
  private static final int[] ESCAPES = standardAsciiEscapesForJSON();

  static {
    ESCAPES['<'] = ESCAPE_STANDARD;
  }

  @Override
  public int[] getEscapeCodesForAscii() {
    return ESCAPES.clone();
  }

  @Override
  public SerializableString getEscapeSequence(int character) {
    return null;
  }
}
