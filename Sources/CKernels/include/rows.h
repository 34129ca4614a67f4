// Functions of floats in rows of any length, as values lie in the API's layout.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Functions of one number, some with parameters α and β.
enum {
  va_function_negate,
  va_function_abs,
  va_function_sqrt,
  va_function_reciprocal,
  va_function_exp,
  va_function_erf,
  va_function_floor,
  va_function_ceil,
  va_function_leaky_relu,
  va_function_elu,
  va_function_clip,
  va_function_linear_sigmoid,  // clamp(α·x + β, 0, 1)
  va_function_gelu_tanh,
  va_function_scaled_swish,  // x · sigmoid(α·x)
};

// y = (x − mean) / √(variance + epsilon) · scale + shift for `rows` adjacent rows of `count` floats; without `centers` the mean
// is 0, so that the variance is the mean of the squares.
typedef struct {
  const float *_Nonnull x;
  const float *_Nonnull scale;
  const float *_Nullable shift;
  float *_Nonnull y;
  ptrdiff_t rows, count;
  float epsilon;
  bool centers;
} va_norm_rows;

#define VA_ROW_KERNELS(ROW) \
  ROW(function, \
      (int function, float alpha, float beta, const float *_Nonnull x, float *_Nonnull y, ptrdiff_t vectors)) \
  ROW(norm_rows, (const va_norm_rows *_Nonnull norm))
