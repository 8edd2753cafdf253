package io.saenative.verify;

import io.saenative.sae.Codes;
import io.saenative.sae.Session;
import io.saenative.tensor.DType;
import io.saenative.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the codes and the reconstruction of the validation rows with those recorded at the end
 * of a trace.
 */
final class SelectionReplay {
  private SelectionReplay() {}

  /**
   * @param tie see {@link CodesComparison}
   */
  static List<Check> compare(Session session, Trace trace, double tie, double tolerance) {
    Tensor x = trace.tensor("x_val");
    Tensor recorded = trace.tensor("val_reconstruction");
    Codes codes = session.encodeTopK(x);
    CodesComparison comparison = new CodesComparison(codes, recorded(trace), tie);
    Tensor xHat = session.decodeSparse(codes);
    NormError reconstruction = new NormError();
    for (int r = 0; r < x.dim(0); r++) {
      for (long i = 0; comparison.same(r) && i < x.dim(1); i++) {
        reconstruction.add(xHat.get(r * x.dim(1) + i), recorded.get(r * x.dim(1) + i), r, i);
      }
    }
    List<Check> checks = new ArrayList<>(comparison.checks("", tolerance));
    checks.add(reconstruction.check("reconstruction", tolerance));
    return checks;
  }

  private static Codes recorded(Trace trace) {
    Tensor indices = trace.tensor("val_topk_indices");
    Tensor sparse = trace.tensor("val_sparse");
    int k = trace.config().k();
    Tensor values = Tensor.zeros(DType.F64, indices.shape());
    for (long s = 0; s < values.size(); s++) {
      values.set(s, sparse.get(s / k * trace.config().dSae() + (long) indices.get(s)));
    }
    return new Codes(indices, values);
  }
}
