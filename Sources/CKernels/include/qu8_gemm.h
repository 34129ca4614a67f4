// Matrix products of bytes, and the preparation of their inputs.
#pragma once

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
// (float32), then one line of weights for each step of the sum. The sum of a pixel runs over `rows` rows of `depth` inputs,
// a multiple of the step, which start `row_stride` inputs apart. Inputs are bytes, or int16 where gemm_input_bytes is 2.
typedef struct {
  const void *_Nonnull x;
  ptrdiff_t x_stride;  // inputs from one pixel's first row to the next one's
  ptrdiff_t x_frame;   // to lanes: from a pixel to the same pixel of the next frame
  ptrdiff_t rows, row_stride, depth;
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

// The windows of a convolution over an image [H][T][W][pixel]. Axes are in the order T, H, W.
typedef struct {
  const uint8_t *_Nonnull x;
  ptrdiff_t pixel;  // bytes
  ptrdiff_t first_channel, channels;
  int zero;         // of the padding
  int input_size[3], output_size[3];
  int kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
} va_qu8_patch_geometry;

#define VA_QU8_GEMM_KERNELS(ROW) \
  ROW(gemm, (const va_qu8_gemm_panel *_Nonnull panel)) \
  ROW(widen, \
      (const uint8_t *_Nonnull x, ptrdiff_t x_stride, int16_t *_Nonnull y, ptrdiff_t width, ptrdiff_t count)) \
  ROW(scale_channels, (const va_qu8_channel_scale *_Nonnull scaling)) \
  ROW(patches, \
      (const va_qu8_patch_geometry *_Nonnull geometry, ptrdiff_t first, ptrdiff_t count, uint8_t *_Nonnull patches, \
       ptrdiff_t patch_stride))
