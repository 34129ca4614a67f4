// Sums of outer products of pixels (the weight gradients of matrix products), copies of pixels, and sums of patches.
#pragma once

#include <stddef.h>

// sums[i][j] (+)= Σ_p a[p][i] · b[p][j], for `rows` i and `vectors` vectors of j.
typedef struct {
  const float *_Nonnull a;
  const float *_Nonnull b;
  ptrdiff_t a_stride, b_stride;  // from one pixel to the next
  ptrdiff_t rows, vectors, count;
  float *_Nonnull sums;
  ptrdiff_t sums_stride;  // from one row to the next
  int starts;             // whether the sums are set instead of added to
} va_train_outer;

// y[i · row_step + j · column_step + k · deep_step] = Σ parts[part][i][j · deeps + k]: the threads' sums, added in the order of
// parts, in the layout of a weight's gradient.
typedef struct {
  const float *_Nonnull parts;
  ptrdiff_t part_stride, count;
  ptrdiff_t rows, columns, deeps, row_stride;
  float *_Nonnull y;
  ptrdiff_t row_step, column_step, deep_step;
} va_train_part_sums;

// Copies `count` pixels of `vectors` vectors, x_stride apart in x and y_stride apart in y.
typedef struct {
  const float *_Nonnull x;
  float *_Nonnull y;
  ptrdiff_t x_stride, y_stride, vectors, count;
  int streams;
} va_train_pixel_copy;

// Adds the patches of outputs first ..< first + count (va_patch_geometry) to the image that they were taken from, in its rows
// first_row ..< end_row.
typedef struct {
  const float *_Nonnull patches;
  ptrdiff_t patch_stride;
  float *_Nonnull image;
  ptrdiff_t pixel, first_channel, channels;
  ptrdiff_t image_size[3], output_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];
  ptrdiff_t first, count;
  ptrdiff_t first_row, end_row;
} va_train_patch_sums;

#define VA_TRAIN_OUTER_KERNELS(ROW) \
  ROW(outer, (const va_train_outer *_Nonnull outer)) \
  ROW(add_parts, (const va_train_part_sums *_Nonnull sums)) \
  ROW(copy_pixels, (const va_train_pixel_copy *_Nonnull copy)) \
  ROW(clear, (float *_Nonnull y, ptrdiff_t vectors)) \
  ROW(add_patches, (const va_train_patch_sums *_Nonnull sums))
