// The requantization of int8 layers on integers held as floats, forward and backward.
#pragma once

#include <stddef.h>

// From a channel's x to y; each is compiled as a constant into its copy of the kernel.
enum {
  va_train_rounds_product,   // y = round(x · factor)
  va_train_rounds_sum,       // y = round(x · factor + residual · residual_factor)
  va_train_rounds_function,  // y = round(activation(x · factor + …) · inverse)
  va_train_real,             // y = activation(x · factor + …), not rounded
};

// Rounding is to the nearest, ties to even, then to low … high; relu comes before.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull factors;  // one pixel
  const float *_Nullable residual;
  float *_Nonnull y;
  float residual_factor, inverse, low, high;
  ptrdiff_t count, vectors;
  int form, activation;
  int streams;
} va_train_requantization;

// The gradients of x and of the residual, as if nothing were rounded, and 0 where a result is clamped.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  const float *_Nonnull factors;  // one pixel
  const float *_Nullable residual;
  float *_Nonnull dx;
  float *_Nullable residual_gradient;
  float residual_factor, inverse, low, high;
  ptrdiff_t count, vectors;
  int form, activation;
  int streams;
} va_train_requantization_gradient;

#define VA_TRAIN_REQUANTIZE_KERNELS(ROW) \
  ROW(requantize, (const va_train_requantization *_Nonnull requantization)) \
  ROW(requantize_gradient, (const va_train_requantization_gradient *_Nonnull gradient)) \
  ROW(sum_pixels, (const float *_Nonnull x, ptrdiff_t vectors, ptrdiff_t count, double *_Nonnull sums))
