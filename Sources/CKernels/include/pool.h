// Pooling, and sums over pixels.
#pragma once

#include <stddef.h>

// One output pixel's window: the taps that lie inside the input, along H, T and W.
typedef struct {
  const void *_Nonnull x;  // the first tap
  void *_Nonnull y;
  ptrdiff_t count[3], step[3];  // taps, and elements from one to the next
  ptrdiff_t vectors;            // of channels
  float divisor;                // of an average
} va_pool_window;

// The sums of each channel over a run of pixels.
typedef struct {
  const void *_Nonnull x;
  ptrdiff_t pixels, stride;  // elements from one pixel to the next
  ptrdiff_t vectors;         // of channels
  float *_Nonnull sums;      // [Cp], added to
} va_pixel_sum;

#define VA_POOL_KERNELS(ROW) \
  ROW(pool_average, (const va_pool_window *_Nonnull window)) \
  ROW(pool_maximum, (const va_pool_window *_Nonnull window)) \
  ROW(add_pixels, (const va_pixel_sum *_Nonnull sum))
