// Optimizer steps on runs of weights of any length, bit for bit as their scalar definitions.
#pragma once

#include <stddef.h>

// Stochastic gradient descent, without momentum if velocity is null.
typedef struct {
  float *_Nonnull weight;
  const float *_Nonnull gradient;
  float *_Nullable velocity;
  ptrdiff_t count;
  float rate, scale, decay, momentum;
  int is_nesterov;
} va_train_descent;

// AdamW: mean += (1 − beta1) · (g − mean), square = beta2 · square + (1 − beta2) · g², where g = gradient · scale, and
// weight = weight · kept − step · mean / (√square / root + epsilon).
typedef struct {
  float *_Nonnull weight;
  const float *_Nonnull gradient;
  float *_Nonnull mean;
  float *_Nonnull square;
  ptrdiff_t count;
  float scale, beta1, beta2, step, root, kept, epsilon;
} va_train_adam;

#define VA_TRAIN_UPDATE_KERNELS(ROW) \
  ROW(descend, (const va_train_descent *_Nonnull descent)) \
  ROW(adapt, (const va_train_adam *_Nonnull adam)) \
  ROW(add_squares, (const float *_Nonnull x, ptrdiff_t count, double *_Nonnull sum))
