// The float32 kernels. One row a kernel: it declares the kernel, and gives each instruction set's table a place for it.
//
// A row's kernel is the function KERNEL(f32_<name>) of a file in f32/. The layouts are those of a plan: a pixel is Cp
// floats, its channels rounded up to whole vectors; what is in the lanes past the last channel is nobody's concern.
#pragma once

#include <stddef.h>

#include "f32_depthwise.h"
#include "f32_elementwise.h"
#include "f32_gemm.h"
#include "f32_pool.h"

#define F32_KERNELS(ROW) \
  F32_GEMM_KERNELS(ROW) \
  F32_DEPTHWISE_KERNELS(ROW) \
  F32_POOL_KERNELS(ROW) \
  F32_ELEMENTWISE_KERNELS(ROW) \
  ROW(peak, (ptrdiff_t iterations, double *_Nonnull flops)) \
  ROW(read, (const float *_Nonnull x, ptrdiff_t count, float *_Nonnull sum))

// The kernels of one instruction set.
typedef struct {
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  F32_KERNELS(ROW)
#undef ROW
} f32_kernels;

extern const f32_kernels f32_kernels_scalar;
#if defined(__x86_64__)
extern const f32_kernels f32_kernels_avx2;
extern const f32_kernels f32_kernels_avx512;
#elif defined(__aarch64__)
extern const f32_kernels f32_kernels_neon;
#endif
