// Pooling, and sums over many pixels.
#pragma once

#include <stddef.h>

// One output pixel's window: the taps that lie inside the input, along H, T and W.
typedef struct {
  const float *_Nonnull x;  // the first tap
  float *_Nonnull y;
  ptrdiff_t count[3], step[3];  // taps, and floats from one to the next
  ptrdiff_t vectors;            // of channels
  float divisor;                // of an average
} f32_pool_window;

// A run of pixels whose channels are summed up.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t pixels, stride;  // floats from one pixel to the next
  ptrdiff_t vectors;         // of channels
  float *_Nonnull sums;      // are added to
} f32_pixel_sum;

#define F32_POOL_KERNELS(ROW) \
  ROW(pool_average, (const f32_pool_window *_Nonnull window)) \
  ROW(pool_maximum, (const f32_pool_window *_Nonnull window)) \
  ROW(add_pixels, (const f32_pixel_sum *_Nonnull sum))
