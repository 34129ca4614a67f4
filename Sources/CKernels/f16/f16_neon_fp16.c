// The half-precision kernels of the instruction set 'neon_fp16', which computes in half precision.
#if defined(__aarch64__)
#define ISA neon_fp16
#define WIDTH 8
#define REGISTERS 32
#pragma clang attribute push(__attribute__((target("fullfp16"))), apply_to = function)
#include "f16_native.inc"
#pragma clang attribute pop
#endif
