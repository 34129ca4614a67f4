// Gradients of elementwise functions and of the scaling of channels.
#pragma once

#include <stddef.h>

// The gradient of y = activation(x · scale) on `count` contiguous pixels, with g the gradient of x · scale:
// dx = g · scale + added and sums += Σ g · x, either of which may be null.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  const float *_Nonnull scale;   // one pixel
  const float *_Nullable added;  // one pixel
  float *_Nullable dx;
  double *_Nullable sums;  // one pixel
  ptrdiff_t count, vectors;
  int activation;
  int streams;
} va_train_scale_gradient;

#define VA_TRAIN_ELEMENTWISE_KERNELS(ROW) \
  ROW(activation_gradient, \
      (int activation, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx, ptrdiff_t vectors, \
       int streams)) \
  ROW(scale_gradient, (const va_train_scale_gradient *_Nonnull gradient)) \
  ROW(repeat_pixel, \
      (const float *_Nonnull x, float factor, float *_Nonnull y, ptrdiff_t vectors, ptrdiff_t count, int streams))
