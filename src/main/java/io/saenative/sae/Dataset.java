package io.saenative.sae;

/**
 * Rows on one engine, shared by any number of its sessions: they are sent to it once, and what an
 * evaluation needs of them is computed once. Never changes. Made by {@link Engine#load}.
 */
public interface Dataset extends AutoCloseable {
  /** How many rows there are, at least 1. */
  int rows();

  /** Width of each row. */
  int dIn();

  /**
   * Ends its use: nothing takes it any more. Sessions that have it keep its rows until they get
   * others or are closed.
   */
  @Override
  void close();
}
