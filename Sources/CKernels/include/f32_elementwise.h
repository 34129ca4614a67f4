// Functions of each element, softmax, and copies of channels.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Functions of two numbers.
enum {
  va_binary_add,
  va_binary_subtract,
  va_binary_multiply,
  va_binary_divide,
  va_binary_maximum,
  va_binary_minimum,
};

// y = activation(function(a, b)) on `rows` rows of `vectors` vectors, side by side.
typedef struct {
  const float *_Nonnull a;
  const float *_Nonnull b;
  float *_Nonnull y;
  ptrdiff_t rows, vectors;
  ptrdiff_t b_stride;  // floats from one row of b to the next; 0 repeats the row
  bool b_is_scalar;    // b is one number
  bool swapped;        // function(b, a)
  int function, activation;
} f32_binary;

#define F32_ELEMENTWISE_KERNELS(ROW) \
  ROW(activation, (int activation, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t vectors)) \
  ROW(binary, (const f32_binary *_Nonnull binary)) \
  ROW(softmax, (const float *_Nonnull x, float *_Nonnull y, ptrdiff_t count)) \
  ROW(copy_channels, \
      (const float *_Nonnull x, ptrdiff_t x_stride, float *_Nonnull y, ptrdiff_t y_stride, ptrdiff_t channels, \
       ptrdiff_t pixels))
