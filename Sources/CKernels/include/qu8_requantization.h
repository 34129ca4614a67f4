// From sums and real numbers to bytes.
#pragma once

// A byte b stands for the real number scale · (b − zero); it is the signed value of an .accel file plus 128.
//
// A number t, in units of the result's scale, becomes min(max(round(t), low) + zero, 255), rounded to the nearest integer, ties to
// even. It is x · factor, rounded only there; with an activation other than relu (which is `low`), it is
// activation(x · factor) · inverse. As an int16, it becomes min(max(round(t), low), 32767).
typedef struct {
  int activation;
  float inverse;  // 1 / scale
  float low;      // -zero, or -32767 of int16; 0 with relu
  int zero;
} va_qu8_requantization;
