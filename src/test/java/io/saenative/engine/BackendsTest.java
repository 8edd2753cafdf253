package io.saenative.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.model.UserError;
import org.junit.jupiter.api.Test;

class BackendsTest {

  @Test
  void autoTakesTheFastestBackendThatRuns() {
    Backends.Choice choice = Backends.choose("auto", 0);
    assertEquals(Backends.all().stream().filter(Backends.Availability::available).findFirst().orElseThrow().name(),
        choice.engine().name());
    assertTrue(Backends.all().stream().anyMatch(b -> b.name().equals("cpu") && b.available()), "cpu runs on every build machine");
  }

  @Test
  void whatIsAskedForIsTakenOrRefused() {
    assertEquals("reference", Backends.choose("reference", 0).engine().name());
    assertEquals("cpu", Backends.choose("cpu", 1).engine().name());
    assertTrue(Backends.choose("cpu", 3).engine().describe().endsWith(", --threads 3"));
    UserError refusal = assertThrows(UserError.class, () -> Backends.choose("tpu", 0));
    assertEquals("there is no backend 'tpu': --backend takes auto, cuda, cpu, reference", refusal.getMessage());
  }
}
