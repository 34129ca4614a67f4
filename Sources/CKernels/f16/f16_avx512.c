// The half-precision kernels of the instruction set 'avx512', which computes in float.
#if defined(__x86_64__)
#define ISA avx512
#define WIDTH 16
#define REGISTERS 32
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "f16_widening.inc"
#pragma clang attribute pop
#endif
