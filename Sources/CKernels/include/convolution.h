// Dense and grouped convolutions, directly from the image.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Some frames of one row of the output, for one panel of output channels.
//
// The image is [H][T][W][pixel]; axes are in the order T, H, W. A panel is that of a matrix product (gemm.h): its sums run over the
// taps [kT][kH][kW], `depth` channels each. Taps along T and H that would read padding are skipped, those along W read zeros.
typedef struct {
  const void *_Nonnull x;     // the image, at the first channel that the panel takes
  ptrdiff_t pixel;            // elements
  ptrdiff_t depth, readable;  // channels that the panel takes of a pixel, and elements that may be read
  const void *_Nonnull panel;
  ptrdiff_t vectors;               // 1...3
  const void *_Nullable residual;  // added before the activation; pixels lie as in y
  void *_Nonnull y;                // the panel's channels of the first frame
  ptrdiff_t y_stride;              // elements from one pixel to the next
  ptrdiff_t input_size[3], output_width;
  ptrdiff_t kernel[3], stride[3], padding[3], dilation[3];  // padding: before the first element
  ptrdiff_t row, first_frame, end_frame;
  int activation;
  bool prefetch_results;   // whether each tile prefetches its results (and residual), which are in no near cache
  void *_Nonnull scratch;  // numbers: a tile of `depth` channels, and a vector
} va_convolution_row;

#define VA_CONVOLUTION_KERNELS(ROW) ROW(convolution, (const va_convolution_row *_Nonnull row))
