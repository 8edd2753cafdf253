package io.saenative.analysis.latents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.Pipeline;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.sae.Dataset;
import io.saenative.sae.DeviceBackends;
import io.saenative.sae.Engine;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Precision;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two ways to the same counts: the engine's own and Java's, along a pass over the codes. */
class EncodingPassTest {
  @ParameterizedTest
  @CsvSource({
    "reference, FP32, 100, 1495",
    "cpu, FP32, 100, 1495",
    "cpu, FP32, 300, 1495",
    "simt, FP32, 100, 70",
    "simt, BF16X3, 100, 70",
    "simt, BF16, 300, 70",
    "cuda, FP32, 100, 1495",
    "cuda, FP32, 300, 1495",
    "cuda, BF16X3, 100, 1495",
    "cuda, BF16, 100, 1495"
  })
  void anEvaluationCountsWhatThePassCounts(String backend, Precision precision, int k, int rows) {
    Pipeline pipeline = Pipeline.load(k);
    Tensor x = pipeline.validation().x().rows(0, rows);
    Engine engine =
        backend.equals("reference")
            ? new ReferenceEngine()
            : DeviceBackends.named(backend, precision);
    try (Dataset data = engine.load(x);
        Session session = engine.open(pipeline.config(), Optimizer.adam(1e-3, 256))) {
      session.setState(State.PARAMETERS, pipeline.parameters());
      session.setData(Split.VALIDATION, data);
      Evaluation evaluation = session.evaluate(Split.VALIDATION);
      LatentStatistics onItsOwn = new LatentStatistics(512);
      LatentStatistics given = new LatentStatistics(evaluation.firingCount());
      EncodingPass.run(session, data, List.of(onItsOwn, given));
      long[] expected = IntStream.range(0, 512).mapToLong(onItsOwn::firingCount).toArray();
      assertTrue(Arrays.stream(expected).sum() > 0);
      assertArrayEquals(expected, evaluation.firingCount());
      assertArrayEquals(onItsOwn.ranking(), given.ranking());
      for (int latent = 0; latent < 512; latent++) {
        assertEquals(onItsOwn.frequency(latent), given.frequency(latent));
        assertEquals(expected[latent], given.firingCount(latent, Sign.BOTH));
      }
      assertArrayEquals(expected, EncodingPass.firingCounts(session, data));
    }
  }
}
