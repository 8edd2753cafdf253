package io.saenative.analysis;

import io.saenative.data.Tensor;
import io.saenative.model.Codes;

/** Something that a pass over the codes of a set of rows feeds, batch by batch, in row order. */
public interface CodesConsumer {
  /**
   * Takes the next rows.
   *
   * @param firstRow number of the batch's first row in the set
   */
  void accept(int firstRow, Codes codes);

  /** One active latent of one row. */
  interface Visitor {
    void visit(int row, int latent, double value);
  }

  /** Shows every active latent (selected, value not 0), row by row, latents ascending. */
  static void forEachActive(int firstRow, Codes codes, Visitor visitor) {
    Tensor indices = codes.indices();
    Tensor values = codes.values();
    int rows = Math.toIntExact(indices.dim(0));
    int k = Math.toIntExact(indices.dim(1));
    long i = 0;
    for (int row = firstRow; row < firstRow + rows; row++) {
      for (int j = 0; j < k; j++, i++) {
        double value = values.get(i);
        if (value != 0) {
          visitor.visit(row, (int) indices.get(i), value);
        }
      }
    }
  }
}
