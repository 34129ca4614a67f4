// The int8 kernels for the instruction set 'scalar': one line a family.
#define ISA scalar
#define CHANNELS 4
#define MANY 16
#define REGISTERS 16
#include "s8/vector.inc"
#include "s8/dot_scalar.inc"
#include "s8/gemm.inc"
#include "s8/modulate.inc"
#include "s8/patches.inc"
#include "s8/float_lanes.inc"
#include "s8/depthwise.inc"
#include "s8/elementwise.inc"
#include "s8/pool.inc"
#include "s8/table.inc"
