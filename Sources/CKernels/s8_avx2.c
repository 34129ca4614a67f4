// The int8 kernels for the instruction set 'avx2': one line a family.
#if defined(__x86_64__)
#define ISA avx2
#define CHANNELS 8
#define MANY 16
#define REGISTERS 16
#define HAS_FUSED 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "s8/vector.inc"
#include "s8/dot_avx2.inc"
#include "s8/gemm.inc"
#include "s8/modulate.inc"
#include "s8/patches.inc"
#include "s8/float_lanes.inc"
#include "s8/depthwise.inc"
#include "s8/elementwise.inc"
#include "s8/pool.inc"
#include "s8/table.inc"
#pragma clang attribute pop
#endif
