// Batch normalization by a batch's own statistics, and its gradient, on contiguous pixels.
//
// Factors are lines of one pixel each: the mean, the inverse of the standard deviation, scale and shift;
// normalized = (x − mean) · inverse, y = activation(normalized · scale + shift + residual).
#pragma once

#include <stddef.h>

// Adds a run of pixels to moments. These are lines of doubles: a guess at the mean, the sums of differences from it and of
// their squares; then the number of pixels. The first run, when that is 0, makes the guess.
typedef struct {
  const float *_Nonnull x;
  ptrdiff_t count, vectors;
  double *_Nonnull moments;
} va_train_moments;

typedef struct {
  const float *_Nonnull x;
  const float *_Nullable residual;
  float *_Nonnull y;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  int streams;
} va_train_normalization;

// Adds a run of pixels to the sums that the gradient needs, two lines of doubles: of g, the gradient of the activation's
// argument, and of g · normalized.
//
// With y, the result of relu after a residual, g is dy where y > 0 and else 0, and is stored.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  const float *_Nullable y;
  float *_Nullable g;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  double *_Nonnull sums;
} va_train_norm_sums;

// dx = (g − offset − normalized · slope) · factor; three more lines of factors: offset, slope, factor.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  float *_Nonnull dx;
  ptrdiff_t count, vectors;
  const float *_Nonnull factors;
  int activation;
  int streams;
} va_train_norm_gradient;

#define VA_TRAIN_BATCH_NORM_KERNELS(ROW) \
  ROW(moments, (const va_train_moments *_Nonnull moments)) \
  ROW(normalize, (const va_train_normalization *_Nonnull normalization)) \
  ROW(norm_sums, (const va_train_norm_sums *_Nonnull sums)) \
  ROW(norm_gradient, (const va_train_norm_gradient *_Nonnull gradient))
