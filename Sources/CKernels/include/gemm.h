// Matrix products, of pointwise and dense convolutions, linear layers and the stem, and the preparation of their inputs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// A run of pixels times one panel of weights.
//
// A panel holds the weights of `vectors` vectors of output channels, as elements: first their biases, then one line of weights
// for each step of the sum. The sum of a pixel runs over `rows` rows of `depth` numbers, which start `row_stride` apart.
typedef struct {
  const void *_Nonnull x;  // numbers
  ptrdiff_t x_stride;      // from one pixel's first row to the next one's
  ptrdiff_t rows, row_stride, depth;
  const void *_Nonnull panel;
  ptrdiff_t vectors;               // 1...8
  const void *_Nullable residual;  // added before the activation; pixels lie as in y
  void *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t count;  // pixels
  int activation;
  // Whether y is floats, whatever the format; only of kernels that compute in float, and without residual.
  bool writes_floats;
  // Whether each tile prefetches the inputs of the next tile, and its own results (and residual), which are in no near cache.
  bool prefetch_inputs, prefetch_results;
} va_gemm_panel;

// y = activation(x · scale), from elements to numbers, for `count` pixels of `width` elements, whole vectors.
typedef struct {
  const void *_Nonnull x;
  ptrdiff_t x_stride;            // from pixel to pixel
  const float *_Nullable scale;  // one pixel
  void *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t width, count;
  int activation;
} va_prologue;

// The windows of a convolution over an image [H][T][W][pixel]. Axes are in the order T, H, W.
typedef struct {
  const void *_Nonnull x;
  ptrdiff_t pixel;  // elements
  ptrdiff_t first_channel, channels;
  int input_size[3], output_size[3];
  int kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
} va_patch_geometry;

// What linear layers take. to_pixels reads floats.
#define VA_LINEAR_KERNELS(ROW) \
  ROW(gemm, (const va_gemm_panel *_Nonnull panel)) \
  ROW(to_pixels, \
      (const float *_Nonnull x, ptrdiff_t plane, ptrdiff_t step, ptrdiff_t channels, ptrdiff_t count, \
       void *_Nonnull y))

// patches and pad_row write numbers; pad_row reads floats, to_planes writes them.
#define VA_GEMM_KERNELS(ROW) \
  ROW(prologue, (const va_prologue *_Nonnull prologue)) \
  ROW(patches, \
      (const va_patch_geometry *_Nonnull geometry, ptrdiff_t first, ptrdiff_t count, void *_Nonnull patches)) \
  ROW(pad_row, (const float *_Nonnull x, ptrdiff_t left, ptrdiff_t count, ptrdiff_t right, void *_Nonnull y)) \
  ROW(to_planes, \
      (const void *_Nonnull x, ptrdiff_t plane, ptrdiff_t channels, ptrdiff_t count, float *_Nonnull y))
