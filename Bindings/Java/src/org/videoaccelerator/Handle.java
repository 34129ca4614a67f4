package org.videoaccelerator;

import java.util.function.LongConsumer;

/**
 * What is opened and must be closed. If it is forgotten, it is closed some time after the garbage collector found that nobody uses
 * it.
 */
public abstract class Handle implements AutoCloseable {
  static {
    System.loadLibrary("videoaccelerator_jni");
  }

  /**
   * The library's handle, which is never used again: the library notices one that was closed. It is only given to native methods of
   * this object, during which the garbage collector leaves the object alone.
   */
  final long number;

  private final ForgottenHandle forgotten;

  Handle(long number, LongConsumer close) {
    this.number = number;
    forgotten = new ForgottenHandle(this, number, close);
  }

  /**
   * Releases the memory. Does nothing if it was closed before.
   *
   * @throws AcceleratorException if another thread is using it; it stays open then.
   */
  @Override
  public void close() {
    forgotten.close();
  }
}
