// Gradients of functions of each element and of the scaling of channels.
#pragma once

#include <stddef.h>

// y = activation(x · scale) backwards, on `count` pixels side by side, with g the gradient of x · scale:
// dx = g · scale + added, if it is wanted, and sums += Σ g · x, if they are.
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
} vt_scale_gradient;

#define VT_ELEMENTWISE_KERNELS(ROW) \
  ROW(activation_gradient, \
      (int activation, const float *_Nonnull x, const float *_Nonnull dy, float *_Nonnull dx, ptrdiff_t vectors, \
       int streams)) \
  ROW(scale_gradient, (const vt_scale_gradient *_Nonnull gradient)) \
  ROW(repeat_pixel, \
      (const float *_Nonnull x, float factor, float *_Nonnull y, ptrdiff_t vectors, ptrdiff_t count, int streams))
