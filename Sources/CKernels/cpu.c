#define _GNU_SOURCE  // for sched_getaffinity
#include "include/cpu.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>
#endif

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

void va_cpu_name(char *name, size_t capacity) {
  uint32_t words[13] = {0};  // 48 characters, and an end
  for (uint32_t leaf = 0; leaf < 3; leaf++) {
    uint32_t *part = words + 4 * leaf;
    if (!__get_cpuid(0x80000002 + leaf, &part[0], &part[1], &part[2], &part[3])) words[0] = 0;
  }
  char *text = (char *)words;
  text += strspn(text, " ");
  for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--) text[end - 1] = 0;
  // Virtual machines tell a product's name without its number; the family and model tell which one it is.
  uint32_t a = 0, b, c, d;
  __get_cpuid(1, &a, &b, &c, &d);
  const unsigned family = (a >> 8 & 15) + ((a >> 8 & 15) == 15 ? a >> 20 & 255 : 0);
  const unsigned model = (a >> 4 & 15) | (a >> 16 & 15) << 4;
  snprintf(name, capacity, "%s (family %u, model %u)", text[0] ? text : "x86-64", family, model);
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

// Cores of several kinds have several names: this is that of the core that asks.
void va_cpu_name(char *name, size_t capacity) {
  unsigned long id = 0;
  // The kernel lets programs read the register where it says so, as the bit "CPUID" of the capabilities.
  if (getauxval(AT_HWCAP) >> 11 & 1) __asm__("mrs %0, midr_el1" : "=r"(id));
  snprintf(name, capacity, "arm64 (implementer 0x%02lx, part 0x%03lx)", id >> 24 & 0xFF, id >> 4 & 0xFFF);
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

void va_cpu_name(char *name, size_t capacity) {
  char text[64] = {0};
  size_t size = sizeof text - 1;
  if (sysctlbyname("machdep.cpu.brand_string", text, &size, 0, 0) != 0) strcpy(text, "arm64");
  snprintf(name, capacity, "%s", text);
}

#else
va_cpu_features va_cpu_identify(void) { return (va_cpu_features){0}; }

void va_cpu_name(char *name, size_t capacity) { snprintf(name, capacity, "unknown"); }
#endif

int va_cpu_count(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

bool va_cpu_is_allowed(int cpu) {
#if defined(__linux__)
  cpu_set_t set;
  if (cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0) return CPU_ISSET(cpu, &set);
#endif
  return cpu < va_cpu_count();
}

void va_cpu_keep_to(const int *cpus, size_t count) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  for (size_t i = 0; i < count; i++)
    if (cpus[i] < CPU_SETSIZE) CPU_SET(cpus[i], &set);
  sched_setaffinity(0, sizeof set, &set);
#endif
}
