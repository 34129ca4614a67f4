// Atomic counters, which Swift's standard library has only on systems newer than those supported here.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int64_t value;
  // Fills a cache line, so that threads that wait on different counters do not slow each other down.
  char padding[56];
} va_atomic;

// Loads, additions and exchanges of all counters have one order that all threads agree on.
static inline int64_t va_atomic_load(const va_atomic *_Nonnull a) { return __atomic_load_n(&a->value, __ATOMIC_SEQ_CST); }
static inline void va_atomic_store(va_atomic *_Nonnull a, int64_t value) {
  __atomic_store_n(&a->value, value, __ATOMIC_RELEASE);
}
// Adds to the counter, and returns its new value.
static inline int64_t va_atomic_add(va_atomic *_Nonnull a, int64_t value) {
  return __atomic_add_fetch(&a->value, value, __ATOMIC_SEQ_CST);
}
// Replaces a value by another one; returns false, and changes nothing, if the counter holds another value.
static inline bool va_atomic_replace(va_atomic *_Nonnull a, int64_t value, int64_t replacement) {
  return __atomic_compare_exchange_n(&a->value, &value, replacement, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// Tells the processor that this is a waiting loop.
static inline void va_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
