// Micro-kernels, CPU identification and atomics: everything that Swift has no words for.
//
// A kernel's name says element type, operation, tile and instruction set (f16_pointwise_n2_avx512), so that a line of a
// profile leads to its source. Each family is one body (bodies/*.inc) that is compiled once per element type and instruction
// set, by f32_<isa>.c and f16_<isa>.c.
#pragma once

#include "activation.h"
#include "atomics.h"
#include "cpu.h"
#include "kernels.h"
#include "s8.h"
