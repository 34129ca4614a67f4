// The training kernels of the instruction set 'avx2'.
#if defined(__x86_64__)
#define ISA avx2
#define WIDTH 8
#define REGISTERS 16
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "train.inc"
#pragma clang attribute pop
#endif
