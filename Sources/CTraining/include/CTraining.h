// The kernels that only training needs. One row a kernel: it declares the kernel, and gives each table a place for it.
//
// A row's kernel is the function KERNEL(<name>) of a file in bodies/. The layouts are those of a plan in float32: a pixel is
// Cp floats, its channels rounded up to whole vectors; what is in the lanes past the last channel is nobody's concern.
// Strides and counts are in floats. Where a task streams, its results go around the caches if their place allows it.
#pragma once

#include <stddef.h>

#include "batch_norm.h"
#include "depthwise_weight.h"
#include "elementwise_gradients.h"
#include "outer.h"
#include "requantize.h"
#include "update.h"

#define VT_KERNELS(ROW) \
  VT_OUTER_KERNELS(ROW) \
  VT_BATCH_NORM_KERNELS(ROW) \
  VT_DEPTHWISE_KERNELS(ROW) \
  VT_ELEMENTWISE_KERNELS(ROW) \
  VT_REQUANTIZE_KERNELS(ROW) \
  VT_UPDATE_KERNELS(ROW)

// The kernels of one instruction set.
typedef struct {
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  VT_KERNELS(ROW)
#undef ROW
} vt_kernels;

const vt_kernels *_Nonnull vt_scalar(void);
#if defined(__x86_64__)
const vt_kernels *_Nonnull vt_avx2(void);
const vt_kernels *_Nonnull vt_avx512(void);
#elif defined(__aarch64__)
const vt_kernels *_Nonnull vt_neon(void);
#endif
