package io.saenative.data.synthetic;

import io.saenative.data.Activations;
import io.saenative.data.Activations.Label;
import io.saenative.data.Activations.Source;
import io.saenative.data.SplitMix64;
import io.saenative.data.synthetic.PlantedConcepts.Concept;
import io.saenative.data.synthetic.PlantedTruth.Kind;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The built-in data set: made activations of the Large K experiment's shape, labelled with
 * generated chains of thought, and what was planted in them. Bit for bit the same on every machine
 * and with any number of threads. The model, its calibration and its limits:
 * docs/synthetic-data.md.
 *
 * @param train [5978, 2048]
 * @param validation [1495, 2048]
 * @param truth which directions are present on which rows
 */
public record SyntheticData(Activations train, Activations validation, PlantedTruth truth) {
  public static final int D_IN = 2048;
  public static final int TRAIN_ROWS = 5978;
  public static final int VALIDATION_ROWS = 1495;

  /** Seed of the data; it has nothing to do with the seed of a training run. */
  public static final long SEED = 14;

  private static final int ROWS = TRAIN_ROWS + VALIDATION_ROWS;
  private static final int BLOCK = 32;

  private static final int UNLABELLED = 206;

  /**
   * Unlabelled directions are present on this share of the rows at most and at least, log-uniformly
   * in between.
   */
  private static final double MOST_FREQUENT = 0.5;

  private static final double LEAST_FREQUENT = 0.002;

  /** Generates the set on all cores; about a second of processor time in a cold virtual machine. */
  public static SyntheticData generate() {
    return new Generator().generate();
  }

  /**
   * Row i of the set, training rows first, is drawn from a random stream of its own: the chain,
   * then which unlabelled directions are present, then the background, then the strengths.
   */
  private static final class Generator {
    private final int labelled = PlantedConcepts.ALL.size();
    private final int directions = labelled + UNLABELLED;
    private final ActivationModel model =
        new ActivationModel(D_IN, directions, new SplitMix64(SEED));
    private final Tensor x = Tensor.zeros(DType.F32, ROWS, D_IN);
    private final Label[] labels = new Label[ROWS];
    private final double[] frequencies = frequencies();
    private final boolean[][] present = new boolean[ROWS][directions];

    SyntheticData generate() {
      IntStream.range(0, (ROWS + BLOCK - 1) / BLOCK).parallel().forEach(this::block);
      return new SyntheticData(activations(0, TRAIN_ROWS), activations(TRAIN_ROWS, ROWS), truth());
    }

    private void block(int block) {
      float[] values = new float[D_IN];
      for (int row = block * BLOCK; row < Math.min(ROWS, (block + 1) * BLOCK); row++) {
        SplitMix64 random = SplitMix64.of(SEED, row);
        List<Calculation> chain = ChainGenerator.generate(random);
        labels[row] = new Label("synthetic_" + row, chain.stream().map(Calculation::text).toList());
        PlantedConcepts.mark(chain, present[row]);
        markUnlabelled(random, present[row]);
        model.row(present[row], random, values);
        long offset = (long) row * D_IN * Float.BYTES;
        MemorySegment.copy(values, 0, x.data(), ValueLayout.JAVA_FLOAT_UNALIGNED, offset, D_IN);
      }
    }

    private void markUnlabelled(SplitMix64 random, boolean[] present) {
      for (int j = 0; j < UNLABELLED; j++) {
        present[labelled + j] = random.nextDouble() <= frequencies[j];
      }
    }

    private static double[] frequencies() {
      double[] frequencies = new double[UNLABELLED];
      for (int j = 0; j < UNLABELLED; j++) {
        frequencies[j] =
            MOST_FREQUENT * StrictMath.pow(LEAST_FREQUENT / MOST_FREQUENT, j / (UNLABELLED - 1.0));
      }
      return frequencies;
    }

    private PlantedTruth truth() {
      List<PlantedDirection> truth = new ArrayList<>();
      for (int j = 0; j < directions; j++) {
        Concept concept =
            j < labelled
                ? PlantedConcepts.ALL.get(j)
                : new Concept(Kind.UNLABELLED, "unlabelled " + (j - labelled + 1));
        BitSet inTrain = rows(j, 0, TRAIN_ROWS);
        BitSet inValidation = rows(j, TRAIN_ROWS, ROWS);
        truth.add(
            new PlantedDirection(
                concept.kind(), concept.name(), model.direction(j), inTrain, inValidation));
      }
      return new PlantedTruth(List.copyOf(truth));
    }

    private BitSet rows(int direction, int from, int to) {
      BitSet rows = new BitSet(to - from);
      for (int row = from; row < to; row++) {
        rows.set(row - from, present[row][direction]);
      }
      return rows;
    }

    private Activations activations(int from, int to) {
      Tensor rows = x.rows(from, to);
      String sha256 = Activations.digest(rows, List.of());
      Source source = new Source("synthetic GSM8K-like set (seed " + SEED + ")", sha256, true);
      return new Activations(rows, List.of(labels).subList(from, to), source, Optional.empty());
    }
  }
}
