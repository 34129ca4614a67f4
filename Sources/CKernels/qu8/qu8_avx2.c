// The int8 kernels of the instruction set 'avx2'.
#if defined(__x86_64__)
#define ISA avx2
#define CHANNELS 8
#define MANY 16
#define REGISTERS 16
#define HAS_FUSED 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define DOT "dot_avx2.inc"
#include "qu8.inc"
#pragma clang attribute pop
#endif
