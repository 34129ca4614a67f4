// The half-precision kernels of the instruction set 'neon', which computes in float.
#if defined(__aarch64__)
#define ISA neon
#define WIDTH 4
#define REGISTERS 32
#include "f16_widening.inc"
#endif
