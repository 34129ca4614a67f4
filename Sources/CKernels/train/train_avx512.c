// The training kernels of the instruction set 'avx512'.
#if defined(__x86_64__)
#define ISA avx512
#define WIDTH 16
#define REGISTERS 32
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "train.inc"
#pragma clang attribute pop
#endif
