// Elementwise functions, softmax, and copies of channels.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Binary functions.
enum {
  va_binary_add,
  va_binary_subtract,
  va_binary_multiply,
  va_binary_divide,
  va_binary_maximum,
  va_binary_minimum,
};

// y = activation(function(a, b)) on `rows` rows of `vectors` vectors, contiguous in a and y.
typedef struct {
  const void *_Nonnull a;
  const void *_Nonnull b;
  void *_Nonnull y;
  ptrdiff_t rows, vectors;
  ptrdiff_t b_stride;  // from one row of b to the next; 0 repeats the row
  bool b_is_scalar;    // b is one float
  bool swapped;        // function(b, a)
  int function, activation;
} va_binary;

#define VA_ELEMENTWISE_KERNELS(ROW) \
  ROW(activation, (int activation, const void *_Nonnull x, void *_Nonnull y, ptrdiff_t vectors)) \
  ROW(binary, (const va_binary *_Nonnull binary)) \
  ROW(softmax, (const void *_Nonnull x, void *_Nonnull y, ptrdiff_t count)) \
  ROW(copy_channels, \
      (const void *_Nonnull x, ptrdiff_t x_stride, void *_Nonnull y, ptrdiff_t y_stride, ptrdiff_t channels, \
       ptrdiff_t pixels))
