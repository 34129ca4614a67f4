// The int8 kernels of the instruction set 'scalar'.
#define ISA scalar
#define CHANNELS 4
#define MANY 16
#define REGISTERS 16
#define DOT "dot_scalar.inc"
#include "qu8.inc"
