// The int8 kernels for the instruction set 'neon_dotprod': one line a family.
#if defined(__aarch64__)
#define ISA neon_dotprod
#define CHANNELS 4
#define MANY 64
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "s8/vector.inc"
#include "s8/dot_neon_dotprod.inc"
#include "s8/gemm.inc"
#include "s8/modulate.inc"
#include "s8/patches.inc"
#include "s8/lanes.inc"
#include "s8/depthwise.inc"
#include "s8/elementwise.inc"
#include "s8/pool.inc"
#include "s8/table.inc"
#pragma clang attribute pop
#endif
