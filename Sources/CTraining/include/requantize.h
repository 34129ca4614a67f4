// What int8 layers make of their exact sums, on whole numbers that are floats, forwards and backwards.
#pragma once

#include <stddef.h>

// How a number x of a channel becomes a number y; each is a constant in its copy of the kernel.
enum {
  vt_rounds_product,   // y = round(x · factor)
  vt_rounds_sum,       // y = round(x · factor + residual · residual_factor)
  vt_rounds_function,  // y = round(activation(x · factor + …) · inverse)
  vt_real,             // y = activation(x · factor + …), not rounded
};

// Rounded numbers are to the nearest, ties to even, and within low … high; ReLU is done before.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull factors;  // one pixel
  const float *_Nullable residual;
  float *_Nonnull y;
  float residual_factor, inverse, low, high;
  ptrdiff_t count, vectors;
  int form, activation;
  int streams;
} vt_requantization;

// The gradient as if nothing were rounded, and none where a number is clamped: of x, and of the residual if there is one.
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
} vt_requantization_gradient;

#define VT_REQUANTIZE_KERNELS(ROW) \
  ROW(requantize, (const vt_requantization *_Nonnull requantization)) \
  ROW(requantize_gradient, (const vt_requantization_gradient *_Nonnull gradient)) \
  ROW(sum_pixels, (const float *_Nonnull x, ptrdiff_t vectors, ptrdiff_t count, double *_Nonnull sums))
