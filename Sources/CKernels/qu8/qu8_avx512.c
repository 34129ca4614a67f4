// The int8 kernels of the instruction set 'avx512'.
#if defined(__x86_64__)
#define ISA avx512
#define CHANNELS 16
#define MANY 64
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#define DOT "dot_avx512.inc"
#include "qu8.inc"
#pragma clang attribute pop
#endif
