// The float32 kernels for the instruction set 'avx2': one line a family.
#if defined(__x86_64__)
#define ISA avx2
#define WIDTH 8
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "f32/vector.inc"
#include "f32/math.inc"
#include "f32/gemm.inc"
#include "f32/modulate.inc"
#include "f32/patches.inc"
#include "f32/layout.inc"
#include "f32/depthwise.inc"
#include "f32/pool.inc"
#include "f32/elementwise.inc"
#include "f32/peak.inc"
#include "f32/table.inc"
#pragma clang attribute pop
#endif
