package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.Float32Engine.Fault;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

/** The comparison passes an engine that only rounds, and sees every planted fault. */
@Tag("slow")
class EngineComparisonTest {

  @Nested
  class AnEngineThatOnlyRounds extends EngineContract {
    @Override
    List<Engine> variants() {
      return List.of(new Float32Engine(Fault.NONE, 1));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void seesThePlantedFault(Fault fault) {
    assertTrue(KernelCase.all().stream().anyMatch(c -> fails(new Float32Engine(fault, 1), c)));
  }

  private static boolean fails(Engine engine, KernelCase c) {
    List<Consumer<EngineComparison>> calls =
        List.of(
            EngineComparison::selectTopK,
            EngineComparison::encodeTopK,
            EngineComparison::decodeSparse,
            EngineComparison::gradients,
            EngineComparison::adamUpdate,
            EngineComparison::evaluate,
            EngineComparison::trainEpoch);
    for (Consumer<EngineComparison> call : calls) {
      try (EngineComparison comparison = new EngineComparison(engine, c)) {
        call.accept(comparison);
      } catch (AssertionError e) {
        return true;
      } catch (TestAbortedException e) {
        continue; // nothing to compare in this call
      }
    }
    return false;
  }
}
