// The float kernels of the instruction set 'neon'.
#if defined(__aarch64__)
#define ISA neon
#define WIDTH 4
#define REGISTERS 32
#include "f32.inc"
#endif
