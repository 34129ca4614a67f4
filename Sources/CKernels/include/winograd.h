// Convolution by fewer multiplications (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.1):
// the transforms of F(2×2, 3×3) and F(4×4, 3×3).
//
// A tile is a square of outputs, 2 or 4 pixels wide; its inputs overlap with those of its neighbours by 2 pixels. Transformed, a
// tile has (width + 2)² positions, and at each position the sums over channels (and frames) are those of a matrix product.
#pragma once

#include <stddef.h>

// The inputs of a row of tiles in one frame.
typedef struct {
  const void *_Nonnull x;    // the frame's first pixel
  ptrdiff_t x_row, vectors;  // elements from one row to the next; vectors of channels in a pixel
  ptrdiff_t height, width;   // pixels outside of the frame are zeros
  ptrdiff_t row, column;     // the first tile's first input
  ptrdiff_t count;           // tiles
  void *_Nonnull tiles;      // the first tile's first position; a pixel for each tile
  ptrdiff_t position;        // elements from one position to the next
} va_winograd_inputs;

// The outputs of a row of tiles in one frame.
typedef struct {
  const void *_Nonnull tiles;
  ptrdiff_t position;
  ptrdiff_t count, vectors;
  const void *_Nullable residual;  // added before the activation; pixels lie as in y
  void *_Nonnull y;                // the first tile's first output
  ptrdiff_t y_row;                 // elements from one row to the next
  ptrdiff_t height, width;         // the outputs that are stored; the tiles may cover more
  int activation;
} va_winograd_outputs;

// The number is the width of a tile.
#define VA_WINOGRAD_KERNELS(ROW) \
  ROW(winograd_inputs_2, (const va_winograd_inputs *_Nonnull inputs)) \
  ROW(winograd_inputs_4, (const va_winograd_inputs *_Nonnull inputs)) \
  ROW(winograd_outputs_2, (const va_winograd_outputs *_Nonnull outputs)) \
  ROW(winograd_outputs_4, (const va_winograd_outputs *_Nonnull outputs))
