package org.videoaccelerator;

/** The type of a tensor's elements. */
public enum ElementType {
  // In the order of the library's numbers, from 1 on.
  /** A double. */
  FLOAT64(8),
  /** A float. */
  FLOAT32(4),
  /** A 16-bit floating-point number of IEEE 754. */
  FLOAT16(2),
  /** The upper half of a float. */
  BFLOAT16(2),
  /** A long. */
  INT64(8),
  /** An int. */
  INT32(4),
  /** A short. */
  INT16(2),
  /** A byte. */
  INT8(1),
  /** An unsigned long. */
  UINT64(8),
  /** An unsigned int. */
  UINT32(4),
  /** An unsigned short. */
  UINT16(2),
  /** An unsigned byte. */
  UINT8(1),
  /** A byte that is 0 or 1. */
  BOOL(1);

  /** The number of bytes. */
  public final int size;

  ElementType(int size) {
    this.size = size;
  }
}
