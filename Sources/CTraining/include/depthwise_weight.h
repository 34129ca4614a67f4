// The gradient of a depthwise convolution's weight.
#pragma once

#include <stddef.h>

// Images [H][T][W][Cp]; axes are in the order T, H, W. The sums are, for each vector of channels, those of the taps
// [kH][kT][kW], a vector each, and are added to.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull dy;
  float *_Nonnull sums;
  ptrdiff_t vectors;  // of channels in a pixel
  ptrdiff_t x_size[3], y_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t first_row, end_row;                             // of dy
  ptrdiff_t first_vector, end_vector;
} vt_depthwise_weight;

// The kernels take 1, 3 or 5 taps along T at a time: k3 and k5 are for windows of 3 and 5 frames with stride and dilation 1
// along T, k1 is for all others.
#define VT_DEPTHWISE_KERNELS(ROW) \
  ROW(depthwise_weight_k1, (const vt_depthwise_weight *_Nonnull weight)) \
  ROW(depthwise_weight_k3, (const vt_depthwise_weight *_Nonnull weight)) \
  ROW(depthwise_weight_k5, (const vt_depthwise_weight *_Nonnull weight))
