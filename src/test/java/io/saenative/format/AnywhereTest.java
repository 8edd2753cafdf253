package io.saenative.format;

import static io.saenative.data.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.saenative.data.Fixtures;
import io.saenative.data.Site;
import io.saenative.tensor.Tensor;
import io.saenative.tensor.TensorView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What is written and told does not depend on where in the world the machine stands. */
@Isolated("locale and time zone belong to the whole process")
class AnywhereTest {
  private final Locale locale = Locale.getDefault();
  private final TimeZone zone = TimeZone.getDefault();

  @AfterEach
  void putBack() {
    Locale.setDefault(locale);
    TimeZone.setDefault(zone);
  }

  @Test
  void torchFilesHaveTheSameBytesInEveryTimeZone() throws IOException {
    byte[] here = written();
    for (String other : List.of("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")) {
      TimeZone.setDefault(TimeZone.getTimeZone(other));
      assertArrayEquals(here, written());
    }
  }

  /** Egypt writes digits of its own, and a decimal separator of its own. */
  @Test
  void refusalsReadTheSameInEveryLanguage() {
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    TensorView huge =
        new TensorView(Tensor.of(new float[8], 8), 0, new long[] {1L << 40, 8}, new long[] {0, 1});
    assertRefused(() -> huge.dense("x.pt"), "x.pt needs 35184.37 GB of memory");
    assertRefused(
        () -> Fixtures.read(Fixtures.path("float32.pt"), new Site(14, 3)),
        "no row for layer 14, position 3: it has layers 1-2 and positions 0, 3;");
  }

  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TorchWriter.write(out, Tensor.of(new float[] {1, 2}, 2), "a");
    return out.toByteArray();
  }
}
