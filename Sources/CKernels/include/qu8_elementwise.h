// Conversions, sums of two values and pooling of bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qu8_requantization.h"

// y = activation(a + b) on bytes, `blocks` blocks of 16.
typedef struct {
  const uint8_t *_Nonnull a;
  const uint8_t *_Nonnull b;
  uint8_t *_Nonnull y;
  ptrdiff_t blocks;
  int a_zero, b_zero;
  float a_scale, b_scale;  // in units of the result; of real numbers before an activation
  va_qu8_requantization result;
} va_qu8_sum;

// y = activation(x) in another quantization, for the first `channels` bytes of each of `count` pixels.
typedef struct {
  const uint8_t *_Nonnull x;
  uint8_t *_Nonnull y;
  ptrdiff_t x_pixel, y_pixel;  // bytes
  ptrdiff_t channels, count;
  int zero;      // of x
  float factor;  // to units of the result; to real numbers before an activation
  va_qu8_requantization result;
} va_qu8_rescaling;

// Planes of floats, `count` of each, to pixels of bytes.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t plane;  // floats from one channel to the next
  ptrdiff_t channels, count;
  uint8_t *_Nonnull y;
  ptrdiff_t pixel;  // bytes; those past the last channel become the zero point
  va_qu8_requantization result;
} va_qu8_quantization;

// Pixels of floats to pixels of bytes.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t x_pixel;  // floats
  ptrdiff_t count;
  uint8_t *_Nonnull y;
  ptrdiff_t y_pixel;  // bytes
  va_qu8_requantization result;
} va_qu8_pixel_quantization;

// Pixels of bytes, int16 or floats to pixels of floats.
typedef struct {
  const void *_Nonnull x;
  ptrdiff_t x_pixel;  // bytes, int16 or floats
  int x_bits;         // 8, 16 or 32
  int zero;           // of bytes
  float scale;
  ptrdiff_t count;
  float *_Nonnull y;
  ptrdiff_t y_pixel;  // floats
} va_qu8_pixel_dequantization;

// One output pixel's window: the taps that lie inside the input, along H, T and W.
typedef struct {
  const uint8_t *_Nonnull x;  // the first tap
  uint8_t *_Nonnull y;
  ptrdiff_t count[3], step[3];  // taps, and bytes from one to the next
  ptrdiff_t vectors;            // blocks of 16 channels
  int zero;                     // of the input
  float factor;                 // of an average: from the sum to units of the result
  va_qu8_requantization result;
} va_qu8_pool_window;

#define VA_QU8_ELEMENTWISE_KERNELS(ROW) \
  ROW(add, (const va_qu8_sum *_Nonnull sum)) \
  ROW(rescale, (const va_qu8_rescaling *_Nonnull rescaling)) \
  ROW(quantize, (const va_qu8_quantization *_Nonnull quantization)) \
  ROW(dequantize, \
      (const uint8_t *_Nonnull x, ptrdiff_t pixel, ptrdiff_t channels, ptrdiff_t count, int zero, float scale, \
       float *_Nonnull y, ptrdiff_t plane)) \
  ROW(quantize_pixels, (const va_qu8_pixel_quantization *_Nonnull pixels)) \
  ROW(dequantize_pixels, (const va_qu8_pixel_dequantization *_Nonnull pixels)) \
  ROW(to_lanes, \
      (const uint8_t *_Nonnull const *_Nonnull x, int frames, int zero, void *_Nonnull lanes, ptrdiff_t blocks)) \
  ROW(from_lanes, \
      (const void *_Nonnull lanes, uint8_t *_Nonnull y, ptrdiff_t y_frame, int frames, int zero, ptrdiff_t blocks)) \
  ROW(pool_average, (const va_qu8_pool_window *_Nonnull window)) \
  ROW(pool_maximum, (const va_qu8_pool_window *_Nonnull window)) \
  ROW(add_pixels, \
      (const uint8_t *_Nonnull x, ptrdiff_t stride, ptrdiff_t pixels, ptrdiff_t vectors, int64_t *_Nonnull sums))
