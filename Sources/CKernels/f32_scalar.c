// The float32 kernels for the instruction set 'scalar': one line a family.
#define ISA scalar
#define WIDTH 1
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
