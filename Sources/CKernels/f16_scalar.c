// The half-precision kernels of the instruction set 'scalar', which computes in float.
#define ISA scalar
#define WIDTH 1
#define REGISTERS 16
#include "bodies/f16.inc"
