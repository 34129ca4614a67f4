// The int8 kernels of the instruction set 'neon_dotprod'.
#if defined(__aarch64__)
#define ISA neon_dotprod
#define CHANNELS 4
#define MANY 16
#define NARROWS_SATURATING
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define DOT "dot_neon_dotprod.inc"
#include "qu8.inc"
#pragma clang attribute pop
#endif
