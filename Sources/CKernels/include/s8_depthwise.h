// Depthwise convolution of bytes: each channel by its own window.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s8_requantization.h"

// What a depthwise convolution gives.
enum {
  va_s8_bytes,  // requantised, [H][T][W][Cp]
  va_s8_words,  // int16, [H][T][W][Cp]: the sums times their factors, rounded, within ±32767
};

// Input rows are lanes of 32 bits or [T][W][Cp] bytes ("pixels"); row h starts at h % ring_rows · row_stride bytes, so that a ring
// of a few rows can stand for the whole value. Lanes are [T / 4][W][Cp][4 frames], bytes, those of frames that are missing in the
// last group the zero point; on instruction sets without dot products of bytes they are [T][W][Cp], bytes less the zero
// point, as floats.
//
// Axes are in the order T, H, W. Taps in the padding read the zero point.
typedef struct {
  const void *_Nonnull x;
  void *_Nonnull y;
  // For each group of the instruction set's channels: biases (int32), factors (float32), and the taps. For lanes of floats: floats
  // to start from, biases that are too large for that (int32; then the former are 0), factors, and the taps.
  const void *_Nonnull packed;
  // The sums of the outputs of each channel are added to it.
  int64_t *_Nullable pool;
  ptrdiff_t x_row_stride, x_ring_rows;
  ptrdiff_t y_row_stride, y_ring_rows;  // bytes
  ptrdiff_t vectors;                    // blocks of 16 channels in a pixel
  ptrdiff_t channels;                   // real ones
  ptrdiff_t x_size[3], y_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t first_row, end_row;                             // the output rows to compute
  ptrdiff_t first_vector, end_vector;                       // the blocks of channels to compute
  int zero;                                                 // of the input
  int target;                                               // va_s8_bytes or va_s8_words
  s8_requantization result;
} s8_depthwise_rows;

// lanes_k1, k3 and k5 are for inputs in lanes and windows of 1, 3 and 5 frames with stride and dilation 1 along T, padded so that
// there are as many frames after as before; `depthwise` is for inputs in pixels and every window.
#define S8_DEPTHWISE_KERNELS(ROW) \
  ROW(lanes_k1, (const s8_depthwise_rows *_Nonnull rows)) \
  ROW(lanes_k3, (const s8_depthwise_rows *_Nonnull rows)) \
  ROW(lanes_k5, (const s8_depthwise_rows *_Nonnull rows)) \
  ROW(depthwise, (const s8_depthwise_rows *_Nonnull rows))
