// The int8 kernels of the instruction set 'neon'.
#if defined(__aarch64__)
#define ISA neon
#define CHANNELS 4
#define MANY 16
#define NARROWS_SATURATING
#define REGISTERS 32
#define HAS_FUSED 1
#define DOT "dot_neon.inc"
#include "qu8.inc"
#endif
