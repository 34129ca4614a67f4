// From sums and real numbers to bytes.
#pragma once

// A byte b stands for the real number scale · (b − zero): it is the signed value of the file's format, plus 128.
//
// A real number t, in units of the result's scale, becomes round(min(max(t, low), high)) + zero, ties to even. An activation
// other than relu (which is a matter of `low`) is a function of real numbers: of it t = activation(v) · inverse.
typedef struct {
  int activation;
  float inverse;    // 1 / scale
  float low, high;  // in -32768...32767
  int zero;
} s8_requantization;
