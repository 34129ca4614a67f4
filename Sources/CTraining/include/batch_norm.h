// Batch normalisation by a batch's own statistics, and its gradient. Pixels lie side by side.
//
// Factors are lines of one pixel each: the mean, the inverse of the standard deviation, scale and shift;
// normalised = (x − mean) · inverse, y = activation(normalised · scale + shift + residual).
#pragma once

#include <stddef.h>

// A run of pixels is added to moments, lines of doubles: some number near the mean, the sums of differences from it and of
// their squares; and behind them how many pixels there are. The first run, when that is 0, chooses the number.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t count, vectors;
  double *_Nonnull moments;
} vt_moments;

typedef struct {
  const float *_Nonnull x;
  const float *_Nullable residual;
  float *_Nonnull y;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  int streams;
} vt_normalization;

// A run of pixels is added to the sums that the gradient needs, lines of doubles: of g, the gradient of the activation's
// argument, and of g · normalised.
//
// With a result y, which is that of relu after a residual, g is dy where y > 0 and else 0, and is written down.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  const float *_Nullable y;
  float *_Nullable g;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  double *_Nonnull sums;
} vt_norm_sums;

// dx = (g − offset − normalised · slope) · factor; three more lines of factors: offset, slope, factor.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  float *_Nonnull dx;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  int streams;
} vt_norm_gradient;

#define VT_BATCH_NORM_KERNELS(ROW) \
  ROW(moments, (const vt_moments *_Nonnull moments)) \
  ROW(normalize, (const vt_normalization *_Nonnull normalization)) \
  ROW(norm_sums, (const vt_norm_sums *_Nonnull sums)) \
  ROW(norm_gradient, (const vt_norm_gradient *_Nonnull gradient))
