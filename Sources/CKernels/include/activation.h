// The activation functions that kernels apply to their results.
#pragma once

enum {
  va_activation_none,
  va_activation_relu,
  va_activation_swish,
  va_activation_hard_swish,
  va_activation_sigmoid,
  va_activation_hard_sigmoid,
  va_activation_gelu,
  va_activation_tanh,
};
