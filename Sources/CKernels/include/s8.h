// The int8 kernels. One row a kernel: it declares the kernel, and gives each instruction set's table a place for it.
//
// A row's kernel is the function KERNEL(s8_<name>) of a file in s8/. Weights are signed bytes, values are bytes whose zero is
// somewhere (s8_requantization.h); sums are exact in int32 and wrap around, and all that follows is float32 in a fixed
// order: every instruction set gives the same bytes. The layouts are those of a plan: a pixel is Cp bytes, its channels
// rounded up to 16; what is in the bytes past the last channel is nobody's concern.
#pragma once

#include <stddef.h>

#include "s8_depthwise.h"
#include "s8_elementwise.h"
#include "s8_gemm.h"

#define S8_KERNELS(ROW) \
  S8_GEMM_KERNELS(ROW) \
  S8_DEPTHWISE_KERNELS(ROW) \
  S8_ELEMENTWISE_KERNELS(ROW) \
  ROW(peak, (ptrdiff_t iterations, double *_Nonnull operations))

// The kernels of one instruction set, and how they want their weights.
typedef struct {
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  S8_KERNELS(ROW)
#undef ROW
  int gemm_step;          // inputs that a line of weights is for
  int gemm_weight_bytes;  // of a weight: 1 or 2
  int gemm_input_bytes;   // of an input: 1, or 2 where `widen` comes first
  int gemm_vectors;       // blocks of 16 channels in a panel, for many pixels; where it is 2, a last one may have 3
  int gemm_wide_vectors;  // the most in a panel, for one or two pixels
  int lanes_channels;     // channels whose taps lie side by side for the kernels on lanes: 16, 8 or 4
  int lanes_frames;       // frames in a lane: 4 as bytes, or 1 as a float
  int lanes_weight_bytes; // of a tap: 1, or 4 of a float
  // What the multiplication takes away from each input byte: 128 where both factors must be signed.
  int gemm_offset, lanes_offset;
} s8_kernels;

extern const s8_kernels s8_kernels_scalar;
#if defined(__x86_64__)
extern const s8_kernels s8_kernels_avx2;
extern const s8_kernels s8_kernels_avx512;
#elif defined(__aarch64__)
extern const s8_kernels s8_kernels_neon;
extern const s8_kernels s8_kernels_neon_dotprod;
extern const s8_kernels s8_kernels_neon_i8mm;
#endif
