// Matrix products of bytes, and the preparation of their inputs.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qu8_requantization.h"

// The layout of a product's results.
enum {
  va_qu8_pixels,  // bytes, pixel by pixel
  va_qu8_lanes,   // [4 frames] of each channel side by side, or one as a float less the zero point: the table's lanes_frames
  va_qu8_floats,  // float32, pixel by pixel
};

// A run of pixels times one panel of weights.
//
// A panel holds the weights of `vectors` blocks of 16 output channels: first their biases (int32), then their factors
// (float32), then, if skips_rows, a line for each row of what its sum is where all inputs are the zero point (int32), then one
// line of weights for each step of the sum. The sum of a pixel runs over `rows` rows of `depth` inputs,
// a multiple of the step. Row r of pixel i is at starts[r], x_first + i · x_stride inputs on; to lanes of several frames, that of
// frame f is at starts[4 · r + f], and those of missing frames are any. With skips_rows, a start may
// be null, that of all frames: the row is zero points. Inputs are bytes, or int16 where gemm_input_bytes is 2.
typedef struct {
  const void *_Nullable const *_Nullable starts;
  bool skips_rows;
  // Sums, their biases included, stay within ±2²², and results within int16 until they are clamped.
  bool is_narrow;
  ptrdiff_t x_first, x_stride;
  ptrdiff_t rows, depth;
  const void *_Nonnull panel;
  ptrdiff_t vectors;                  // 1...8
  ptrdiff_t channels;                 // of these blocks, the last of which need not be full
  const uint8_t *_Nullable residual;  // added before the activation; pixels lie as in y
  int residual_zero;
  float residual_scale;
  void *_Nonnull y;
  ptrdiff_t y_stride;  // bytes or floats from one pixel to the next
  ptrdiff_t count;     // pixels; to lanes, of each frame
  int frames;          // to lanes: the first of the four frames are computed, the others filled with the zero point
  int target;          // one of va_qu8_…
  va_qu8_requantization result;
} va_qu8_gemm_panel;

// y = activation(x · scale) as bytes, for `count` pixels of `width` channels, a multiple of 16.
typedef struct {
  const int16_t *_Nonnull x;
  ptrdiff_t x_stride;
  const float *_Nonnull scale;  // one pixel
  uint8_t *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t width, count;
  va_qu8_requantization result;
} va_qu8_channel_scale;

// pack_weights writes `depth` weights of one output channel to its places in a panel of zeros with `channels` channels (a multiple
// of 16), from the first place on, and adds them to a sum, and their magnitudes to another.
//
// copy_inputs writes pixels of `width` bytes side by side, as inputs of a product; up to 15 inputs past the last one are written,
// too, and as many bytes are read.
#define VA_QU8_GEMM_KERNELS(ROW) \
  ROW(gemm, (const va_qu8_gemm_panel *_Nonnull panel)) \
  ROW(pack_weights, \
      (const int8_t *_Nonnull weights, ptrdiff_t depth, ptrdiff_t channels, void *_Nonnull packed, \
       int32_t *_Nonnull sum, int32_t *_Nonnull magnitude)) \
  ROW(copy_inputs, \
      (const uint8_t *_Nonnull x, ptrdiff_t x_stride, void *_Nonnull inputs, ptrdiff_t width, ptrdiff_t count)) \
  ROW(scale_channels, (const va_qu8_channel_scale *_Nonnull scaling))
