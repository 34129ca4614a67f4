package org.videoaccelerator;

import java.nio.ByteBuffer;

/** Buffers as the binding takes them: direct, beginning at their position. */
final class Buffers {
  private Buffers() {}

  static ByteBuffer readable(ByteBuffer buffer) {
    if (!buffer.isDirect()) throw new IllegalArgumentException("the buffer is not direct: use ByteBuffer.allocateDirect");
    return buffer.slice();
  }

  static ByteBuffer[] readable(ByteBuffer[] buffers) {
    ByteBuffer[] slices = new ByteBuffer[buffers.length];
    for (int index = 0; index < slices.length; index++) slices[index] = readable(buffers[index]);
    return slices;
  }

  static ByteBuffer[] writable(ByteBuffer[] buffers) {
    for (ByteBuffer buffer : buffers) {
      if (buffer.isReadOnly()) throw new IllegalArgumentException("the buffer for an output is read-only");
    }
    return readable(buffers);
  }
}
