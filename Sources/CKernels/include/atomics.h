// Atomic counters that Swift's standard library has only for newer systems than we support.
#pragma once

#include <stdint.h>

typedef struct {
  int32_t value;
  // A cache line of its own, so that waiting threads do not slow each other.
  char padding[60];
} va_atomic;

static inline int32_t va_atomic_load(const va_atomic *_Nonnull a) { return __atomic_load_n(&a->value, __ATOMIC_ACQUIRE); }
static inline void va_atomic_store(va_atomic *_Nonnull a, int32_t value) {
  __atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}
// Adds and returns the sum.
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
