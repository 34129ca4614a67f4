#include "EmulatedKernels.h"

#if defined(__x86_64__)
#define ISA emulated
#define WIDTH 16
#define REGISTERS 32
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "../../Sources/CKernels/f16/f16_native.inc"
#pragma clang attribute pop
#endif
