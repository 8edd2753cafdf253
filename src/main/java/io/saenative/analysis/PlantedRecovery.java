package io.saenative.analysis;

import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.UnitRows;
import io.saenative.data.synthetic.PlantedTruth;
import io.saenative.data.synthetic.PlantedTruth.PlantedDirection;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How well the decoder directions of an SAE recover the planted ones: matched one to one so that
 * the sum of |cosine| is largest.
 *
 * @param absCosine |cosine| of the matched pairs
 * @param recovered pairs with |cosine| of at least {@link RuleScore#CARRIES}
 * @param matches in the order of the planted directions; those left over where there are fewer
 *     latents are missing
 */
public record PlantedRecovery(
    int planted, Distribution absCosine, int recovered, List<Match> matches) {

  /**
   * A planted direction and its latent.
   *
   * @param planted its place among the planted directions
   * @param concept its name
   * @param cosine signed: a latent may point the other way and be active with a minus
   */
  public record Match(int planted, String concept, int latent, double cosine) {}

  /**
   * @param truth at least one direction
   * @param wDec [d_sae, d_in]
   */
  public static PlantedRecovery of(PlantedTruth truth, Tensor wDec) {
    List<PlantedDirection> planted = truth.directions();
    double[][] cosines = cosines(planted, wDec);
    boolean fewerLatents = cosines.length > cosines[0].length;
    int[] assigned = Assignment.largest(absolute(fewerLatents ? transposed(cosines) : cosines));
    int[] latentOf = fewerLatents ? inverse(assigned, planted.size()) : assigned;
    List<Match> matches = new ArrayList<>();
    for (int p = 0; p < latentOf.length; p++) {
      if (latentOf[p] >= 0) {
        matches.add(new Match(p, planted.get(p).concept(), latentOf[p], cosines[p][latentOf[p]]));
      }
    }
    double[] matched = matches.stream().mapToDouble(m -> Math.abs(m.cosine())).toArray();
    int recovered =
        (int) matches.stream().filter(m -> Math.abs(m.cosine()) >= RuleScore.CARRIES).count();
    return new PlantedRecovery(planted.size(), Distribution.of(matched), recovered, matches);
  }

  /** [planted][d_sae]. */
  static double[][] cosines(List<PlantedDirection> planted, Tensor wDec) {
    int dIn = Math.toIntExact(wDec.dim(1));
    float[] directions = new float[Math.multiplyExact(planted.size(), dIn)];
    for (int p = 0; p < planted.size(); p++) {
      System.arraycopy(planted.get(p).direction(), 0, directions, p * dIn, dIn);
    }
    UnitRows latents = new UnitRows(wDec);
    double[][] cosines = new double[planted.size()][latents.rows()];
    UnitRows unit = new UnitRows(Tensor.of(directions, planted.size(), dIn));
    unit.cosines(latents, (p, latent, cosine) -> cosines[p][latent] = cosine);
    return cosines;
  }

  private static double[][] absolute(double[][] matrix) {
    double[][] absolute = new double[matrix.length][matrix[0].length];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[0].length; column++) {
        absolute[row][column] = Math.abs(matrix[row][column]);
      }
    }
    return absolute;
  }

  private static double[][] transposed(double[][] matrix) {
    double[][] transposed = new double[matrix[0].length][matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[0].length; column++) {
        transposed[column][row] = matrix[row][column];
      }
    }
    return transposed;
  }

  /** Entry c is the row that was assigned column c, or −1. */
  private static int[] inverse(int[] columnOf, int columns) {
    int[] rowOf = new int[columns];
    Arrays.fill(rowOf, -1);
    for (int row = 0; row < columnOf.length; row++) {
      rowOf[columnOf[row]] = row;
    }
    return rowOf;
  }
}
