// How kernels are named and what the compiler is told of their loops, in every folder.
#pragma once

#define PASTE2(a, b) a##_##b
#define PASTE(a, b) PASTE2(a, b)
#define PASTE_THREE(a, b, c) a##_##b##_##c
#define PASTE3(a, b, c) PASTE_THREE(a, b, c)

// A kernel's name in this format and instruction set: <format>_<family>[_<tile>]_<isa>.
#define KERNEL(name) PASTE3(FORMAT, name, ISA)

#define INLINE static inline __attribute__((always_inline))
#define OVERLOADED static inline __attribute__((always_inline, overloadable))

// Before a loop: unrolled completely, as its bounds are constants; or not at all.
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROLLED _Pragma("clang loop unroll(disable)")

// Keeps the compiler from precomputing, and spilling, the address of every tap, or whatever else follows from a value.
#define HIDE(value) __asm__("" : "+r"(value))
