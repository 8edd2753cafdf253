package io.saenative.train;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** A value that another thread computes while this one goes on. */
public final class Ahead<T> {
  private final CompletableFuture<T> value;

  private Ahead(CompletableFuture<T> value) {
    this.value = value;
  }

  /** Starts to compute a value. */
  public static <T> Ahead<T> of(Supplier<T> computation) {
    return new Ahead<>(CompletableFuture.supplyAsync(computation));
  }

  /** Waits for the value; throws what its computation threw. */
  public T get() {
    try {
      return value.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }
}
