// Depthwise convolution of bytes: each channel by its own window.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qu8_requantization.h"

// The result of a depthwise convolution.
enum {
  va_qu8_bytes,  // requantized, [H][T][W][Cp]
  va_qu8_int16,  // as int16, [H][T][W][Cp]
};

// Input rows are lanes of 32 bits or [T][W][Cp] bytes ("pixels"); row h starts at h % ring_rows · row_stride bytes, so that a
// ring of a few rows can stand for the whole image. Lanes are bytes [T / 4][W][Cp][4 frames], where frames past the last are
// the zero point, less lanes_offset; on instruction sets without dot products of bytes they are floats [T][W][Cp], the bytes
// less the zero point.
//
// Axes are in the order T, H, W. Taps in the padding read the zero point.
typedef struct {
  const void *_Nonnull x;
  void *_Nonnull y;
  // For each group of lanes_channels channels: biases (int32), factors (float32) and taps. For lanes of bytes and windows of
  // several frames, before the taps: what the missing frames before the first ones add to the sums of each, then what those
  // after the last ones add (int32). For lanes of floats: biases as floats, or 0; biases that are too large for that (int32),
  // or 0; factors and taps.
  const void *_Nonnull packed;
  // [Cp], or null: the outputs of each channel are added to it.
  int64_t *_Nullable pool;
  ptrdiff_t x_row_stride, x_ring_rows;
  ptrdiff_t y_row_stride, y_ring_rows;  // bytes
  ptrdiff_t vectors;                    // blocks of 16 channels in a pixel
  ptrdiff_t channels;                   // without padding
  ptrdiff_t x_size[3], y_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t first_row, end_row;                             // the output rows to compute
  ptrdiff_t first_vector, end_vector;                       // the blocks of channels to compute
  bool is_narrow;  // sums, their biases included, stay within ±2²²
  int zero;        // of the input
  int target;                                               // va_qu8_bytes or va_qu8_int16
  va_qu8_requantization result;
} va_qu8_depthwise_rows;

// lanes_k1, k3 and k5 are for inputs in lanes and windows of 1, 3 and 5 frames with stride and dilation 1 along T, padded by
// half of the window on either side; k3 is for stride 2, too; `depthwise` is for inputs in pixels and any window.
#define VA_QU8_DEPTHWISE_KERNELS(ROW) \
  ROW(lanes_k1, (const va_qu8_depthwise_rows *_Nonnull rows)) \
  ROW(lanes_k3, (const va_qu8_depthwise_rows *_Nonnull rows)) \
  ROW(lanes_k5, (const va_qu8_depthwise_rows *_Nonnull rows)) \
  ROW(depthwise, (const va_qu8_depthwise_rows *_Nonnull rows))
