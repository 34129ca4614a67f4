// Micro-kernels, CPU identification and atomics, for Swift. README.md explains names and types.
#pragma once

#include "activation.h"
#include "atomics.h"
#include "cpu.h"
#include "kernels.h"
#include "qu8.h"
#include "train.h"
