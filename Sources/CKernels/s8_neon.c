// The int8 kernels for the instruction set 'neon': one line a family.
#if defined(__aarch64__)
#define ISA neon
#define CHANNELS 4
#define MANY 64
#define REGISTERS 32
#define HAS_FUSED 1
#include "s8/vector.inc"
#include "s8/dot_neon.inc"
#include "s8/gemm.inc"
#include "s8/modulate.inc"
#include "s8/patches.inc"
#include "s8/float_lanes.inc"
#include "s8/depthwise.inc"
#include "s8/elementwise.inc"
#include "s8/pool.inc"
#include "s8/table.inc"
#endif
