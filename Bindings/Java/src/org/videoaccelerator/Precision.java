package org.videoaccelerator;

/** A number format. */
public enum Precision {
  // In the order of the library's numbers, from 0 on.
  /** The model's own. */
  OWN,
  /** 32-bit floating point. */
  FP32,
  /** 16-bit floating point. */
  FP16,
  /** 8-bit integers. */
  INT8
}
