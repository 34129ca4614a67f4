// The half-precision kernels of the instruction set 'avx512fp16', which computes in half precision.
#if defined(__x86_64__)
#define ISA avx512fp16
#define WIDTH 32
#define REGISTERS 32
#pragma clang attribute push(__attribute__((target("avx512fp16,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "f16_native.inc"
#pragma clang attribute pop
#endif
