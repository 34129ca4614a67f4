// Matrix products: pointwise and dense convolutions, linear layers, the stem.
#pragma once

#include <stddef.h>

// A run of pixels times one panel of weights.
//
// A panel holds the weights of `vectors` vectors of output channels: first their biases, then one line of weights for each
// step of the sum. The sum of a pixel runs over `rows` rows of `depth` floats, that start `row_stride` floats apart.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t x_stride;  // floats from one pixel's first row to the next one's
  ptrdiff_t rows, row_stride, depth;
  const float *_Nonnull panel;
  ptrdiff_t vectors;               // 1...8
  const float *_Nullable residual;  // added before the activation; pixels lie as in y
  float *_Nonnull y;
  ptrdiff_t y_stride;
  ptrdiff_t count;  // pixels
  int activation;
} f32_gemm_panel;

#define F32_GEMM_KERNELS(ROW) \
  ROW(gemm, (const f32_gemm_panel *_Nonnull panel))
