// Sums of outer products of pixels: the weight gradients of matrix products; what gathers and scatters their pixels.
#pragma once

#include <stddef.h>

// sums[i][j] (+)= Σ_p a[p][i] · b[p][j], for `rows` numbers i and `vectors` vectors of numbers j.
typedef struct {
  const float *_Nonnull a;
  const float *_Nonnull b;
  ptrdiff_t a_stride, b_stride;  // from one pixel to the next
  ptrdiff_t rows, vectors, count;
  float *_Nonnull sums;
  ptrdiff_t sums_stride;  // from one row to the next
  int starts;             // whether the sums are set, and not added to
} vt_outer;

// y[i · row_step + j · column_step + k · deep_step] = Σ parts[part][i][j · deeps + k]: the sums that threads made apart, in
// their order, at their places in a weight's gradient.
typedef struct {
  const float *_Nonnull parts;
  ptrdiff_t part_stride, count;
  ptrdiff_t rows, columns, deeps, row_stride;
  float *_Nonnull y;
  ptrdiff_t row_step, column_step, deep_step;
} vt_part_sums;

// `count` pixels of `vectors` vectors that lie x_stride apart go to where they lie y_stride apart.
typedef struct {
  const float *_Nonnull x;
  float *_Nonnull y;
  ptrdiff_t x_stride, y_stride, vectors, count;
  int streams;
} vt_pixel_copy;

// Patches of outputs first ..< first + count, as va_patch_geometry has them, are added to the image that they were taken from,
// in its rows first_row ..< end_row.
typedef struct {
  const float *_Nonnull patches;
  ptrdiff_t patch_stride;
  float *_Nonnull image;
  ptrdiff_t pixel, first_channel, channels;
  ptrdiff_t image_size[3], output_size[3];
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];
  ptrdiff_t first, count;
  ptrdiff_t first_row, end_row;
} vt_patch_sums;

#define VT_OUTER_KERNELS(ROW) \
  ROW(outer, (const vt_outer *_Nonnull outer)) \
  ROW(add_parts, (const vt_part_sums *_Nonnull sums)) \
  ROW(copy_pixels, (const vt_pixel_copy *_Nonnull copy)) \
  ROW(clear, (float *_Nonnull y, ptrdiff_t vectors)) \
  ROW(add_patches, (const vt_patch_sums *_Nonnull sums))
