// Micro-kernels, CPU identification and atomics: everything that Swift has no words for.
//
// A kernel's name says element type, operation, tile and instruction set (f32_pointwise_m8n2_avx512), so that a line of a
// profile leads to its source. Each family is one body (f32/*.inc) that is compiled once per instruction set.
#pragma once

#include "activation.h"
#include "atomics.h"
#include "cpu.h"
#include "f32.h"
