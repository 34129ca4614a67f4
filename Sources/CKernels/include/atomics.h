// Atomic counters, which Swift's standard library has only on systems newer than those supported here.
#pragma once

#include <stdint.h>

typedef struct {
  int32_t value;
  // Fills a cache line, so that threads that wait on different counters do not slow each other down.
  char padding[60];
} va_atomic;

static inline int32_t va_atomic_load(const va_atomic *_Nonnull a) { return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE); }
static inline void va_atomic_store(va_atomic *_Nonnull a, int32_t value) {
  __atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}
// Adds to the counter, and returns its new value.
static inline int32_t va_atomic_add(va_atomic *_Nonnull a, int32_t value) {
  return __atomic_add_fetch(&a->value, value, __ATOMIC_ACQ_REL);
}

// Tells the processor that this is a waiting loop.
static inline void va_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
