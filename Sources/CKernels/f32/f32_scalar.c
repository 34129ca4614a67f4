// The float kernels of the instruction set 'scalar'.
#define ISA scalar
#define WIDTH 1
#define REGISTERS 16
#include "f32.inc"
