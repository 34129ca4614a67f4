package org.videoaccelerator;

import java.nio.charset.StandardCharsets;

/** What the library refuses, or cannot do; the message is its sentence. */
public final class AcceleratorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What kind of mistake it is. */
  public enum Status {
    // In the order of the library's numbers, from 1 on.
    /** An argument of a wrong size, or out of range. */
    BAD_ARGUMENT,
    /** A model, session or stream that was closed. */
    CLOSED,
    /** The session or stream is being used by another thread. */
    BUSY,
    /** A file or bytes that cannot be read, or are no model, or no saved state of this model. */
    BAD_FILE,
    /** The model cannot do this: it has no recipe, no classes, or no states, or does not take such shapes. */
    UNSUPPORTED,
    /** A result that does not fit into its memory. */
    TOO_SMALL,
    /** The model computes NaN or infinity, an operation cannot take its values, or the machine has no more memory. */
    FAILED
  }

  /** What kind of mistake it is. */
  public final Status status;

  // Called by the binding, with UTF-8.
  AcceleratorException(int status, byte[] message) {
    super(new String(message, StandardCharsets.UTF_8));
    this.status = Status.values()[status - 1];
  }
}
