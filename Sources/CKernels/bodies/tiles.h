// Runs of pixels (or rows) in tiles of nearly equal height, so that no small one is left at the end.
#pragma once

// The body of a function that computes `count` of them times N vectors. The including file defines TILE(M, N): computes M of
// them, from `first` on. Tiles of the same height follow each other.
#define TILED(count, TALLEST, N) \
  { \
    const ptrdiff_t tiles = ((count) + TALLEST - 1) / TALLEST, low = tiles ? (count) / tiles : 0; \
    const ptrdiff_t higher = (count) - tiles * low; \
    ptrdiff_t first = 0; \
    for (int part = 0; part < 2; part++) { \
      ptrdiff_t left = part == 0 ? higher : tiles - higher; \
      switch (part == 0 ? low + 1 : low) { PASTE(TILES, TALLEST)(N) } \
    } \
  }

#define TILES_OF(M, N) \
  case M: \
    for (; left > 0; left--, first += M) TILE(M, N); \
    break;
#define TILES_1(N) TILES_OF(1, N)
#define TILES_2(N) TILES_1(N) TILES_OF(2, N)
#define TILES_3(N) TILES_2(N) TILES_OF(3, N)
#define TILES_4(N) TILES_3(N) TILES_OF(4, N)
#define TILES_5(N) TILES_4(N) TILES_OF(5, N)
#define TILES_6(N) TILES_5(N) TILES_OF(6, N)
#define TILES_8(N) TILES_6(N) TILES_OF(7, N) TILES_OF(8, N)
#define TILES_9(N) TILES_8(N) TILES_OF(9, N)
#define TILES_12(N) TILES_9(N) TILES_OF(10, N) TILES_OF(11, N) TILES_OF(12, N)
#define TILES_14(N) TILES_12(N) TILES_OF(13, N) TILES_OF(14, N)
#define TILES_20(N) TILES_14(N) TILES_OF(15, N) TILES_OF(16, N) TILES_OF(17, N) TILES_OF(18, N) TILES_OF(19, N) TILES_OF(20, N)
