// The kernels. One row a kernel: it declares the kernel, and gives each table a place for it.
//
// A row's kernel is the function KERNEL(<name>) of a file in bodies/. The layouts are those of a plan: a pixel is Cp
// elements, its channels rounded up to whole vectors; what is in the lanes past the last channel is nobody's concern.
//
// The same rows serve both formats. Pointers to void are to elements (float, or half where the table's name says f16) or,
// where it says so, to arithmetic numbers, the type that matrix products and depthwise convolutions compute in: float, or
// half where the processor computes in that. Strides and counts are in elements.
#pragma once

#include <stddef.h>

#include "depthwise.h"
#include "elementwise.h"
#include "gemm.h"
#include "pool.h"

#define VA_KERNELS(ROW) \
  VA_GEMM_KERNELS(ROW) \
  VA_DEPTHWISE_KERNELS(ROW) \
  VA_POOL_KERNELS(ROW) \
  VA_ELEMENTWISE_KERNELS(ROW) \
  ROW(peak, (ptrdiff_t iterations, double *_Nonnull flops)) \
  ROW(read, (const float *_Nonnull x, ptrdiff_t count, float *_Nonnull sum))

// The kernels of one instruction set for one format, and how they want to be used.
typedef struct {
  ptrdiff_t width;          // lanes of a vector
  ptrdiff_t element_size;   // bytes
  ptrdiff_t number_size;    // bytes of an arithmetic number
  ptrdiff_t panel_vectors;  // in a panel for many pixels
  ptrdiff_t tile_pixels;    // that fit such a panel's registers
  ptrdiff_t block_tiles;    // that are multiplied with all panels in turn, while they are in the nearest cache
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  VA_KERNELS(ROW)
#undef ROW
} va_kernels;

// f16 without arithmetic in half precision (avx512, neon) is for linear layers, whose sums are floats.
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
