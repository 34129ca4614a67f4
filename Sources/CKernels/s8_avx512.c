// The int8 kernels for the instruction set 'avx512': one line a family.
#if defined(__x86_64__)
#define ISA avx512
#define CHANNELS 16
#define MANY 64
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "s8/vector.inc"
#include "s8/dot_avx512.inc"
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
