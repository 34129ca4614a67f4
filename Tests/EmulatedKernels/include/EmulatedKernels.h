// The kernels that compute in half precision, for processors that do not: the compiler makes each operation of three, with
// floats between. For tests.
#pragma once

#include "CKernels.h"

#if defined(__x86_64__)
// Needs AVX-512.
const va_kernels *_Nonnull va_f16_emulated(void);
#endif
