// Matrix products: pointwise and dense convolutions, linear layers, the stem; and what comes before and after them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// A run of pixels times one panel of weights.
//
// A panel holds the weights of `vectors` vectors of output channels: first their biases, then one line of weights for each
// step of the sum. The sum of a pixel runs over `rows` rows of `depth` floats, which start `row_stride` floats apart.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t x_stride;  // floats from one pixel's first row to the next one's
  ptrdiff_t rows, row_stride, depth;
  const float *_Nonnull panel;
  ptrdiff_t vectors;                // 1...8
  const float *_Nullable residual;  // added before the activation; pixels lie as in y
  float *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t count;  // pixels
  int activation;
  // Whether each tile asks ahead, because they are far from the processor, for the inputs of the tile after it and for its
  // own results (and residual).
  bool asks_for_inputs, asks_for_results;
} f32_gemm_panel;

// y = activation(x · scale + residual) for `count` pixels of `width` floats, a multiple of a vector's.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t x_stride;               // floats from pixel to pixel
  const float *_Nullable scale;     // one pixel
  const float *_Nullable residual;  // pixels lie as in y
  float *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t width, count;
  int activation;
} f32_modulation;

// The windows of a convolution over an image [H][T][W][pixel]. Axes are in the order T, H, W.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t pixel;  // floats
  ptrdiff_t first_channel, channels;
  int input_size[3], output_size[3];
  int kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
} f32_patch_geometry;

#define F32_GEMM_KERNELS(ROW) \
  ROW(gemm, (const f32_gemm_panel *_Nonnull panel)) \
  ROW(modulate, (const f32_modulation *_Nonnull modulation)) \
  ROW(patches, \
      (const f32_patch_geometry *_Nonnull geometry, ptrdiff_t first, ptrdiff_t count, float *_Nonnull patches)) \
  ROW(pad_row, (const float *_Nonnull x, ptrdiff_t left, ptrdiff_t count, ptrdiff_t right, float *_Nonnull y)) \
  ROW(to_pixels, \
      (const float *_Nonnull x, ptrdiff_t plane, ptrdiff_t step, ptrdiff_t channels, ptrdiff_t count, \
       float *_Nonnull y)) \
  ROW(to_planes, \
      (const float *_Nonnull x, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t count, float *_Nonnull y))
