package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An input or output of a model or a session. */
public final class Value {
  /** The name; empty for outputs. */
  public final String name;
  /** The type of the elements. */
  public final ElementType elementType;
  /** Whether the model's recipe says how the input is made of a clip. */
  public final boolean isClip;

  private final long[] shape;

  // Called by the binding.
  Value(byte[] name, int elementType, boolean isClip, long[] shape) {
    this.name = new String(name, StandardCharsets.UTF_8);
    this.elementType = ElementType.values()[elementType - 1];
    this.isClip = isClip;
    this.shape = shape;
  }

  /**
   * Returns the lengths, outermost first.
   *
   * @return the lengths; of a model, -1 for those that a session chooses.
   */
  public long[] getShape() {
    return shape.clone();
  }

  /**
   * Returns memory for a session's input or output: zeros, in the machine's byte order.
   *
   * @return a direct buffer.
   * @throws IllegalStateException if a length is not known, or there are 2 GiB or more.
   */
  public ByteBuffer allocate() {
    long count = elementType.size;
    for (long length : shape) {
      if (length < 0) throw new IllegalStateException("a length of '" + name + "' is not known: ask a session's value");
      if (length > 0 && count > Integer.MAX_VALUE / length) {
        throw new IllegalStateException("'" + name + "' has 2 GiB or more");
      }
      count *= length;
    }
    return ByteBuffer.allocateDirect((int) count).order(ByteOrder.nativeOrder());
  }
}
