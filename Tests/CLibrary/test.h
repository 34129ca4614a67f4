// What the tests of the C library share.
#ifndef TEST_H
#define TEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <videoaccelerator.h>

// The number of expectations that did not hold.
extern int failures;

#define EXPECT(condition)                                                                       \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      failures++;                                                                               \
      fprintf(stderr, "%s:%d: not so: %s\n  %s\n", __FILE__, __LINE__, #condition, vacc_last_error()); \
    }                                                                                           \
  } while (0)

// The call returns the status; if that is an error, there is a sentence.
#define EXPECT_STATUS(wanted, call)                                                                   \
  do {                                                                                                \
    vacc_status status_ = (call);                                                                     \
    if (status_ != (wanted) || (status_ && !*vacc_last_error())) {                                    \
      failures++;                                                                                     \
      fprintf(stderr, "%s:%d: %s is %d, not %s: %s\n", __FILE__, __LINE__, #call, status_, #wanted,   \
              vacc_last_error());                                                                     \
    }                                                                                                 \
  } while (0)

// Memory of its own, so that the address sanitizer sees what is beyond it.
static inline void *fresh(size_t count) {
  void *memory = calloc(count ? count : 1, 1);
  if (!memory) abort();
  return memory;
}

// A file's bytes, or the numbers of a .npy file.
typedef struct {
  uint8_t *bytes;
  size_t count;
} contents;

contents read_file(const char *path);
contents read_npy(const char *path);

// A generator of numbers that are the same everywhere.
uint64_t next_random(uint64_t *state);

// An RGB picture of a pattern that depends on a number, in memory that the caller frees.
vacc_picture make_picture(int32_t width, int32_t height, int number, uint8_t **memory);

// The parts of the tests.
void test_models(const char *path);
void test_tensors(const char *path, const char *input, const char *expected);
void test_pictures(const char *path);
void test_streams(const char *clips, const char *steps);
void test_threads(const char *path);
void fuzz(const char *clips, const char *steps, int rounds);

#endif
