package io.saenative.data;

/**
 * A place in a language model: where the rows of activations were recorded.
 *
 * @param layer number as the file has it
 * @param position of a continuous thought, or token, in its sequence, as the file has it
 */
public record Site(int layer, int position) {
  @Override
  public String toString() {
    return "layer " + layer + ", position " + position;
  }
}
