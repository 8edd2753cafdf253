package io.saenative.data;

/**
 * Where in a language model activations were recorded.
 *
 * @param layer layer of the model, from 0
 * @param position position in the sequence of continuous thoughts, from 0
 */
public record Site(int layer, int position) {
  @Override
  public String toString() {
    return "layer " + layer + ", position " + position;
  }
}
