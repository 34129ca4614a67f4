// The int8 kernels. Each ROW declares a kernel, KERNEL(<name>) of a file in qu8/, and its field in the tables.
//
// Weights are signed bytes, values unsigned bytes with a zero point (qu8_requantization.h). Sums are exact in int32 and wrap
// around; what follows is float32 in a fixed order, so that every instruction set gives the same bytes. Layouts are those of a
// plan: a pixel is Cp bytes, its channels rounded up to 16; bytes past the last channel are unspecified.
#pragma once

#include <stddef.h>

#include "qu8_depthwise.h"
#include "qu8_elementwise.h"
#include "qu8_gemm.h"

#define VA_QU8_KERNELS(ROW) \
  VA_QU8_GEMM_KERNELS(ROW) \
  VA_QU8_DEPTHWISE_KERNELS(ROW) \
  VA_QU8_ELEMENTWISE_KERNELS(ROW) \
  ROW(peak, (ptrdiff_t iterations, double *_Nonnull operations))

// The kernels of one instruction set, and how they take their weights.
typedef struct {
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  VA_QU8_KERNELS(ROW)
#undef ROW
  int gemm_step;          // inputs of a line of weights
  int gemm_weight_bytes;  // 1 or 2
  int gemm_input_bytes;   // 1, or 2 where bytes are widened to int16 first
  int gemm_vectors;       // blocks of 16 channels in a panel, for many pixels; where it is 2, a last one may have 3
  int gemm_wide_vectors;  // the most in a panel, for one or two pixels
  int lanes_channels;     // channels whose taps lie side by side for the kernels on lanes: 16, 8 or 4
  int lanes_frames;       // frames in a lane: 4 as bytes, or 1 as a float
  int lanes_weight_bytes; // of a tap: 1, or 4 (a float)
  int sum_start;          // is added to the biases of narrow sums
  // What the multiplication subtracts from each input byte: 128 where both factors are signed, else 0.
  int gemm_offset, lanes_offset;
} va_qu8_kernels;

const va_qu8_kernels *_Nonnull va_qu8_scalar(void);
#if defined(__x86_64__)
const va_qu8_kernels *_Nonnull va_qu8_avx2(void);
const va_qu8_kernels *_Nonnull va_qu8_avx512(void);
#elif defined(__aarch64__)
const va_qu8_kernels *_Nonnull va_qu8_neon(void);
const va_qu8_kernels *_Nonnull va_qu8_neon_dotprod(void);
const va_qu8_kernels *_Nonnull va_qu8_neon_i8mm(void);
#endif
