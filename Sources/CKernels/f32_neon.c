// The float32 kernels for the instruction set 'neon': one line a family.
#if defined(__aarch64__)
#define ISA neon
#define WIDTH 4
#include "f32/vector.inc"
#include "f32/math.inc"
#include "f32/gemm.inc"
#include "f32/modulate.inc"
#include "f32/patches.inc"
#include "f32/layout.inc"
#include "f32/depthwise.inc"
#include "f32/pool.inc"
#include "f32/elementwise.inc"
#include "f32/peak.inc"
#include "f32/table.inc"
#endif
