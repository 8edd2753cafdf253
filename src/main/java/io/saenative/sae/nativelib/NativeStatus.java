package io.saenative.sae.nativelib;

import io.saenative.UserError;
import io.saenative.sae.ffi.SaeNative;

/** Turns the status that every call of the border returns into an exception. */
final class NativeStatus {
  private NativeStatus() {}

  /**
   * Returns if {@code status} is {@code SAE_OK}. Must follow the call on the same thread, where its
   * error text is kept.
   *
   * @param call the C function that returned the status
   * @throws UserError if the backend cannot run, memory is short, training met NaN or infinity, or
   *     the device failed
   * @throws IllegalArgumentException if an argument was out of range
   * @throws IllegalStateException if the library has a defect
   */
  static void check(int status, String call) {
    if (status == SaeNative.SAE_OK()) {
      return;
    }
    String text = SaeNative.sae_last_error().getString(0);
    if (status == SaeNative.SAE_ERR_INVALID()) {
      throw new IllegalArgumentException(call + ": " + text);
    }
    if (status == SaeNative.SAE_ERR_UNAVAILABLE()
        || status == SaeNative.SAE_ERR_MEMORY()
        || status == SaeNative.SAE_ERR_NUMERIC()
        || status == SaeNative.SAE_ERR_DEVICE()) {
      throw new UserError(text);
    }
    throw new IllegalStateException(call + " failed with status " + status + ": " + text);
  }
}
