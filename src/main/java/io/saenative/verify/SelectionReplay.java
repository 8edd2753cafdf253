package io.saenative.verify;

import io.saenative.data.Tensor;
import io.saenative.engine.Session;
import io.saenative.model.Codes;
import java.util.List;

/** Compares the codes and the reconstruction of the validation rows with those recorded at the end of a trace. */
final class SelectionReplay {
  private final Trace trace;
  private final double tie;

  private final NormError values = new NormError();
  private final NormError reconstruction = new NormError();
  private int swapped;
  private int wrong;
  private String where;

  /** @param tie two keys tie if they differ by no more than this share of the largest; 0 allows no latents to be swapped */
  SelectionReplay(Trace trace, double tie) {
    this.trace = trace;
    double largest = 0;
    Tensor sparse = trace.tensor("val_sparse");
    for (long i = 0; i < sparse.size(); i++) {
      largest = Math.max(largest, Math.abs(sparse.get(i)));
    }
    this.tie = tie * largest;
  }

  List<Check> compare(Session session, double tolerance) {
    Tensor x = trace.tensor("x_val");
    Tensor recorded = trace.tensor("val_reconstruction");
    Codes codes = session.encodeTopK(x);
    Tensor xHat = session.decodeSparse(codes);
    for (long r = 0; r < x.dim(0); r++) {
      boolean same = compareRow(codes, r);
      for (long i = 0; same && i < x.dim(1); i++) {
        reconstruction.add(xHat.get(r * x.dim(1) + i), recorded.get(r * x.dim(1) + i), r, i);
      }
    }
    String place = wrong > 0 ? where : swapped > 0 ? swapped / 2 + " swapped in ties" : "none differs";
    return List.of(
        new Check("selected latents", wrong / (2.0 * codes.indices().size()), 0, place),
        values.check("selected values", tolerance),
        reconstruction.check("reconstruction", tolerance));
  }

  /** Whether the same latents are selected. One that is selected on one side only must lie at the recorded threshold. */
  private boolean compareRow(Codes codes, long r) {
    int n = trace.config().dSae();
    boolean[] expected = new boolean[n];
    double threshold = Double.POSITIVE_INFINITY;
    for (long s = r * trace.config().k(); s < (r + 1) * trace.config().k(); s++) {
      int j = (int) trace.tensor("val_topk_indices").get(s);
      expected[j] = true;
      threshold = Math.min(threshold, Math.abs(recordedValue(r, j)));
    }
    boolean same = true;
    for (long s = r * trace.config().k(); s < (r + 1) * trace.config().k(); s++) {
      int j = (int) codes.indices().get(s);
      double value = codes.values().get(s);
      if (expected[j]) {
        expected[j] = false;
        values.add(value, recordedValue(r, j), r, j);
      } else {
        same = false;
        differs(r, j, value, threshold);
      }
    }
    for (int j = 0; !same && j < n; j++) {
      if (expected[j]) { // and not met above
        differs(r, j, recordedValue(r, j), threshold);
      }
    }
    return same;
  }

  private void differs(long row, int latent, double value, double threshold) {
    swapped++;
    boolean tied = tie > 0 && Math.abs(Math.abs(value) - threshold) <= tie;
    if (!tied) {
      wrong++;
      where = "[" + row + ", " + latent + "]";
    }
  }

  private double recordedValue(long row, int latent) {
    return trace.tensor("val_sparse").get(row * trace.config().dSae() + latent);
  }
}
