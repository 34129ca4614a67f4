// Depthwise convolution: each channel by its own window.
#pragma once

#include <stddef.h>

// Some rows and channels of one image, [H][T][W][Cp]. Row h starts at h % ring_rows · row_stride, so that a ring of a few rows
// can stand for the whole image. Axes are in the order T, H, W.
typedef struct {
  const void *_Nonnull x;
  void *_Nonnull y;
  // Numbers. For each vector of channels: the bias, then the taps [kH][kT / taps][kW][taps], a vector each.
  const void *_Nonnull packed;
  // [Cp], or null: the outputs of each channel are added to it.
  float *_Nullable pool;
  ptrdiff_t x_row_stride, x_ring_rows;
  ptrdiff_t y_row_stride, y_ring_rows;
  ptrdiff_t vectors;  // of channels in a pixel
  ptrdiff_t x_size[3], y_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t first_row, end_row;                             // the output rows to compute
  ptrdiff_t first_vector, end_vector;                       // the channels to compute
  int activation;
} va_depthwise_rows;

// depthwise_k3 and k5 are for windows of 3 and 5 frames with stride and dilation 1 along T, whose taps along T they take at
// once; k1 is for all others.
#define VA_DEPTHWISE_KERNELS(ROW) \
  ROW(pack_numbers, (const float *_Nonnull x, ptrdiff_t stride, ptrdiff_t count, void *_Nonnull numbers)) \
  ROW(depthwise_k1, (const va_depthwise_rows *_Nonnull rows)) \
  ROW(depthwise_k3, (const va_depthwise_rows *_Nonnull rows)) \
  ROW(depthwise_k5, (const va_depthwise_rows *_Nonnull rows))
