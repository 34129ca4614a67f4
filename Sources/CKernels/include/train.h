// The kernels of training alone, in float32. Each ROW declares a kernel, KERNEL(<name>) of a file in train/, and its field in
// the tables. CPU never refers to them, so that a program which links CPU alone does not contain them.
//
// Layouts are those of a plan in float32: a pixel is Cp floats, its channels rounded up to whole vectors; lanes past the last
// channel are unspecified. Strides and counts are in floats. A task with `streams` writes around the caches if its results are
// aligned to whole vectors.
#pragma once

#include <stddef.h>

#include "train_batch_norm.h"
#include "train_depthwise_weight.h"
#include "train_elementwise.h"
#include "train_outer.h"
#include "train_requantize.h"
#include "train_update.h"

#define VA_TRAIN_KERNELS(ROW) \
  VA_TRAIN_OUTER_KERNELS(ROW) \
  VA_TRAIN_BATCH_NORM_KERNELS(ROW) \
  VA_TRAIN_DEPTHWISE_KERNELS(ROW) \
  VA_TRAIN_ELEMENTWISE_KERNELS(ROW) \
  VA_TRAIN_REQUANTIZE_KERNELS(ROW) \
  VA_TRAIN_UPDATE_KERNELS(ROW)

// The kernels of one instruction set.
typedef struct {
#define ROW(name, arguments) void (*_Nonnull name) arguments;
  VA_TRAIN_KERNELS(ROW)
#undef ROW
} va_train_kernels;

const va_train_kernels *_Nonnull va_train_scalar(void);
#if defined(__x86_64__)
const va_train_kernels *_Nonnull va_train_avx2(void);
const va_train_kernels *_Nonnull va_train_avx512(void);
#elif defined(__aarch64__)
const va_train_kernels *_Nonnull va_train_neon(void);
#endif
