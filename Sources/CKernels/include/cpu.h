// The instruction sets of this processor, and its name.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  bool avx2;        // AVX2, FMA and F16C, and an operating system that saves 256-bit registers
  bool avx512;      // AVX-512 F, BW, DQ, VL and VNNI, and an operating system that saves 512-bit registers
  bool avx512fp16;  // the above and half-precision arithmetic
  bool neon;        // 128-bit vectors of arm64
  bool neon_fp16;   // half-precision arithmetic
  bool neon_dotprod;
  bool neon_i8mm;
} va_cpu_features;

va_cpu_features va_cpu_identify(void);

// Writes the processor's name, of at most `capacity` - 1 characters, to `name`.
void va_cpu_name(char *_Nonnull name, size_t capacity);

// How many processors this process may run on.
int va_cpu_count(void);

// Whether this process may run on a processor, by its number.
bool va_cpu_is_allowed(int cpu);

// Keeps the calling thread to some processors, where the system can; else, and if it may run on none of them, nothing
// changes.
void va_cpu_keep_to(const int *_Nonnull cpus, size_t count);
