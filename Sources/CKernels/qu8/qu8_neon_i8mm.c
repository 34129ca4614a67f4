// The int8 kernels of the instruction set 'neon_i8mm'.
#if defined(__aarch64__)
#define ISA neon_i8mm
#define CHANNELS 4
#define MANY 16
#define NARROWS_SATURATING
#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)
#define DOT "dot_neon_i8mm.inc"
#include "qu8.inc"
#pragma clang attribute pop
#endif
