// The kernels of f32 and f16. Each ROW declares a kernel, KERNEL(<name>) of a file in bodies/, and its field in the tables.
//
// Layouts are those of a plan: a pixel is Cp elements, its channels rounded up to whole vectors; lanes past the last channel
// are unspecified. Strides and counts are in elements.
//
// Pointers to void are to elements (float in f32, half in f16) or, where noted, to numbers: the type that matrix products and
// depthwise convolutions compute in, float or, in the tables of instruction sets with that arithmetic, half.
#pragma once

#include <stddef.h>

#include "convolution.h"
#include "depthwise.h"
#include "elementwise.h"
#include "gemm.h"
#include "pool.h"
#include "rows.h"
#include "winograd.h"

#define VA_KERNELS(ROW) \
  VA_LINEAR_KERNELS(ROW) \
  VA_GEMM_KERNELS(ROW) \
  VA_CONVOLUTION_KERNELS(ROW) \
  VA_WINOGRAD_KERNELS(ROW) \
  VA_DEPTHWISE_KERNELS(ROW) \
  VA_POOL_KERNELS(ROW) \
  VA_ELEMENTWISE_KERNELS(ROW) \
  VA_ROW_KERNELS(ROW) \
  ROW(peak, (ptrdiff_t iterations, double *_Nonnull flops)) \
  ROW(read, (const float *_Nonnull x, ptrdiff_t count, float *_Nonnull sum))

// The kernels of one instruction set for one format, and the sizes that their callers need.
typedef struct {
  ptrdiff_t width;          // lanes of a vector
  ptrdiff_t element_size;   // bytes
  ptrdiff_t number_size;    // bytes of a number
  ptrdiff_t panel_vectors;  // in a panel for many pixels
  ptrdiff_t tile_pixels;    // in a tile of such a panel
  ptrdiff_t tallest[3];     // pixels in a tile of a panel of 1, 2 and 3 vectors, at most
  ptrdiff_t block_tiles;    // to multiply with all panels in turn, while they are in the nearest cache
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  VA_KERNELS(ROW)
#undef ROW
} va_kernels;

// f16 without arithmetic in half precision (avx512, neon) is for linear layers, whose sums are floats: these tables hold
// VA_LINEAR_KERNELS, and null for all others.
const va_kernels *_Nonnull va_f32_scalar(void);
#if defined(__x86_64__)
const va_kernels *_Nonnull va_f32_avx2(void);
const va_kernels *_Nonnull va_f32_avx512(void);
const va_kernels *_Nonnull va_f16_avx512(void);
const va_kernels *_Nonnull va_f16_avx512fp16(void);
#elif defined(__aarch64__)
const va_kernels *_Nonnull va_f32_neon(void);
const va_kernels *_Nonnull va_f16_neon(void);
const va_kernels *_Nonnull va_f16_neon_fp16(void);
#endif
