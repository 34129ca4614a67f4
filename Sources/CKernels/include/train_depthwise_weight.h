// The gradient of a depthwise convolution's weight.
#pragma once

#include <stddef.h>

// Images are [H][T][W][Cp], axes in the order T, H, W. Sums are added to: for each vector of channels, those of the taps
// [kH][kT][kW], a vector each.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  float *_Nonnull sums;
  ptrdiff_t vectors;  // of channels in a pixel
  ptrdiff_t x_size[3], y_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t first_row, end_row;                             // of dy
  ptrdiff_t first_vector, end_vector;
} va_train_depthwise_weight;

// k3 and k5 are for windows of 3 and 5 frames with stride and dilation 1 along T, whose taps along T they take at once; k1 is
// for all others.
#define VA_TRAIN_DEPTHWISE_KERNELS(ROW) \
  ROW(depthwise_weight_k1, (const va_train_depthwise_weight *_Nonnull weight)) \
  ROW(depthwise_weight_k3, (const va_train_depthwise_weight *_Nonnull weight)) \
  ROW(depthwise_weight_k5, (const va_train_depthwise_weight *_Nonnull weight))
