#include "include/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>

static uint64_t saved_registers(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

va_cpu_features va_cpu_identify(void) {
  va_cpu_features features = {0};
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return features;
  const bool has_xgetbv = c >> 27 & 1, fma = c >> 12 & 1, f16c = c >> 29 & 1;
  const uint64_t saved = has_xgetbv ? saved_registers() : 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  features.avx2 = fma && f16c && (b >> 5 & 1) && (saved & 0x6) == 0x6;
  const bool f = b >> 16 & 1, dq = b >> 17 & 1, bw = b >> 30 & 1, vl = b >> 31 & 1, vnni = c >> 11 & 1;
  features.avx512 = features.avx2 && f && dq && bw && vl && vnni && (saved & 0xE6) == 0xE6;
  features.avx512fp16 = features.avx512 && (d >> 23 & 1);
  return features;
}

#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

va_cpu_features va_cpu_identify(void) {
  const unsigned long capabilities = getauxval(AT_HWCAP), more = getauxval(AT_HWCAP2);
  return (va_cpu_features){
      .neon = true,
      .neon_fp16 = (capabilities >> 9 & 1) && (capabilities >> 10 & 1),
      .neon_dotprod = capabilities >> 20 & 1,
      .neon_i8mm = more >> 13 & 1,
  };
}

#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static bool has(const char *name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, 0, 0) == 0 && value != 0;
}

va_cpu_features va_cpu_identify(void) {
  return (va_cpu_features){
      .neon = true,
      .neon_fp16 = has("hw.optional.arm.FEAT_FP16"),
      .neon_dotprod = has("hw.optional.arm.FEAT_DotProd"),
      .neon_i8mm = has("hw.optional.arm.FEAT_I8MM"),
  };
}

#else
va_cpu_features va_cpu_identify(void) { return (va_cpu_features){0}; }
#endif
