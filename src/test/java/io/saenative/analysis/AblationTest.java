package io.saenative.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.UserError;
import io.saenative.analysis.Ablation.Effect;
import io.saenative.analysis.Intervention.Scale;
import io.saenative.analysis.Intervention.Swap;
import io.saenative.analysis.Intervention.Zero;
import io.saenative.sae.Evaluation;
import io.saenative.sae.Optimizer;
import io.saenative.sae.Parameters;
import io.saenative.sae.Session;
import io.saenative.sae.Session.Codes;
import io.saenative.sae.reference.ReferenceEngine;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AblationTest {
  private static final int ROWS = 33;
  private static final int D_IN = 7;
  private static final int D_SAE = 12;
  private static final int K = 4;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Tensor x = gaussian(ROWS, D_IN);
  private final Parameters parameters =
      new Parameters(gaussian(D_SAE, D_IN), gaussian(D_SAE), gaussian(D_SAE, D_IN), gaussian(D_IN));
  private final Codes codes = RandomCodes.of(ROWS, D_SAE - 1, K, 5);

  private Tensor gaussian(long... shape) {
    Tensor t = Tensor.zeros(DType.F64, shape);
    IntStream.range(0, (int) t.size()).forEach(i -> t.set(i, random.nextGaussian()));
    return t;
  }

  private List<Effect> effects(Intervention... interventions) {
    Ablation ablation = new Ablation(parameters, x, List.of(interventions));
    ablation.accept(0, codes);
    return ablation.effects();
  }

  /** Dense codes, changed by hand, multiplied out, compared element by element. */
  @Test
  void equalsTheDenseDefinition() {
    double[][] before = dense();
    double[][] zeroed = dense();
    double[][] swapped = dense();
    double[][] scaled = dense();
    for (int row = 0; row < ROWS; row++) {
      zeroed[row][0] = 0;
      zeroed[row][3] = 0;
      swapped[row][1] = before[row][2];
      swapped[row][2] = before[row][1];
      scaled[row][2] *= -2.5;
    }
    List<Effect> effects = effects(new Zero(List.of(0, 3)), new Swap(1, 2), new Scale(2, -2.5));
    assertEffect(before, zeroed, effects.get(0));
    assertEffect(before, swapped, effects.get(1));
    assertEffect(before, scaled, effects.get(2));
  }

  private double[][] dense() {
    double[][] dense = new double[ROWS][D_SAE];
    for (int i = 0; i < ROWS * K; i++) {
      dense[i / K][(int) codes.indices().get(i)] = codes.values().get(i);
    }
    return dense;
  }

  private double[] decode(double[][] z) {
    double[] out = new double[ROWS * D_IN];
    for (int i = 0; i < out.length; i++) {
      out[i] = parameters.bDec().get(i % D_IN);
      for (int j = 0; j < D_SAE; j++) {
        out[i] += z[i / D_IN][j] * parameters.wDec().get((long) j * D_IN + i % D_IN);
      }
    }
    return out;
  }

  private void assertEffect(double[][] before, double[][] after, Effect effect) {
    double[] a = decode(before);
    double[] b = decode(after);
    double[] diff = IntStream.range(0, a.length).mapToDouble(i -> b[i] - a[i]).toArray();
    assertEquals(
        Arrays.stream(diff).map(Math::abs).average().orElseThrow(),
        effect.difference().meanAbsDiff(),
        1e-12);
    assertEquals(
        Arrays.stream(diff).map(Math::abs).max().orElseThrow(),
        effect.difference().maxAbsDiff(),
        1e-12);
    assertEquals(l2(diff) / ROWS, effect.difference().meanL2Diff(), 1e-12);
    assertEquals(l2(diff) / l2(a), effect.difference().relativeChange(), 1e-12);
    assertEquals(loss(a), effect.loss().before(), 1e-12);
    assertEquals(loss(b) - loss(a), effect.loss().change(), 1e-12);
    assertEquals(ev(a), effect.evGlobal().before(), 1e-12);
    assertEquals(ev(b) - ev(a), effect.evGlobal().change(), 1e-12);
    assertEquals(
        IntStream.range(0, ROWS).filter(row -> differ(before[row], after[row])).count(),
        effect.rowsChanged());
  }

  /** By value: 0 and −0 are the same. */
  private static boolean differ(double[] a, double[] b) {
    return IntStream.range(0, a.length).anyMatch(i -> a[i] != b[i]);
  }

  private static double l2(double[] rows) {
    return IntStream.range(0, ROWS)
        .mapToObj(row -> Arrays.stream(rows, row * D_IN, (row + 1) * D_IN))
        .mapToDouble(row -> Math.sqrt(row.map(v -> v * v).sum()))
        .sum();
  }

  private double loss(double[] reconstruction) {
    return Arrays.stream(error(reconstruction)).map(e -> e * e).average().orElseThrow();
  }

  private double ev(double[] reconstruction) {
    return 1 - variance(error(reconstruction)) / variance(x.toDoubles());
  }

  private double[] error(double[] reconstruction) {
    return IntStream.range(0, reconstruction.length)
        .mapToDouble(i -> x.get(i) - reconstruction[i])
        .toArray();
  }

  private static double variance(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
  }

  @Test
  void whatMustChangeNothingChangesNothing() {
    int dead = D_SAE - 1;
    Zero none = new Zero(List.of());
    for (Effect e :
        effects(
            new Swap(3, 3), new Zero(List.of(dead)), new Scale(3, 1), new Scale(dead, 9), none)) {
      assertEquals(0, e.rowsChanged());
      assertEquals(0, e.difference().maxAbsDiff());
      assertEquals(0, e.loss().change());
      assertEquals(0, e.evGlobal().change());
      assertEquals("LOW", e.impact());
    }
  }

  @Test
  void equalInterventionsHaveEqualEffects() {
    List<Effect> e =
        effects(
            new Zero(List.of(3)),
            new Scale(3, 0),
            new Swap(3, 5),
            new Swap(5, 3),
            new Swap(3, D_SAE - 1));
    assertEquals(e.get(0).loss().change(), e.get(1).loss().change());
    assertEquals(e.get(2).difference().meanAbsDiff(), e.get(3).difference().meanAbsDiff());
    assertTrue(
        e.get(4).rowsChanged() == e.get(0).rowsChanged(),
        "swapping with a dead latent moves the activation there");
    assertTrue(e.get(4).difference().meanL2Diff() > 0);
  }

  @Test
  void aLatentThatDoesNotExistIsRefused() {
    UserError e = assertThrows(UserError.class, () -> effects(new Zero(List.of(D_SAE))));
    assertEquals("there is no latent 12: --latents takes numbers from 0 to 11", e.getMessage());
  }

  @Test
  void lossAndExplainedVarianceAreThoseOfTheEngine() {
    Pipeline pipeline = Pipeline.load(100);
    Ablation ablation =
        new Ablation(pipeline.parameters(), pipeline.validation().x(), List.of(new Scale(0, 1)));
    ablation.accept(0, pipeline.codes());
    try (Session session =
        new ReferenceEngine().open(pipeline.config(), Optimizer.adam(1e-3, 256))) {
      session.setState(Session.State.PARAMETERS, pipeline.parameters());
      session.setData(
          Session.Split.VALIDATION, new ReferenceEngine().load(pipeline.validation().x()));
      Evaluation evaluation = session.evaluate(Session.Split.VALIDATION);
      assertEquals(evaluation.loss(), ablation.effects().getFirst().loss().before(), 1e-12);
      assertEquals(evaluation.evGlobal(), ablation.effects().getFirst().evGlobal().before(), 1e-12);
    }
  }
}
