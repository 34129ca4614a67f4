// From sums and real numbers to bytes.
#pragma once

// A byte b stands for the real number scale · (b − zero): it is the signed value of the file's format, plus 128.
//
// A real number t, in units of the result's scale, becomes max(round(t), low) + zero, and at most 255. It is x · factor, rounded
// once, to the nearest integer (ties to even): an activation other than relu (which is a matter of `low`) is a function of
// real numbers, and t = activation(x) · inverse.
typedef struct {
  int activation;
  float inverse;    // 1 / scale
  float low;        // -zero, or 0
  int zero;
} s8_requantization;
