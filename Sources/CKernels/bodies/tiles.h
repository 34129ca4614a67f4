// Runs of pixels (or rows) in tiles of nearly equal height, so that no small one is left at the end.
#pragma once

// The body of a function that computes `count` of them times N vectors. The including file defines TILE(M, N): the case of
// a switch over heights that computes M of them, from `first` on.
#define TILED(count, TALLEST, N) \
  { \
    const ptrdiff_t tiles = ((count) + TALLEST - 1) / TALLEST; \
    const ptrdiff_t low = tiles ? (count) / tiles : 0, higher_tiles = (count) - tiles * low; \
    ptrdiff_t first = 0; \
    for (ptrdiff_t tile = 0; tile < tiles; tile++) { \
      const ptrdiff_t height = low + (tile < higher_tiles); \
      switch (height) { PASTE(TILES, TALLEST)(N) } \
      first += height; \
    } \
  }

#define TILES_1(N) TILE(1, N)
#define TILES_2(N) TILES_1(N) TILE(2, N)
#define TILES_3(N) TILES_2(N) TILE(3, N)
#define TILES_4(N) TILES_3(N) TILE(4, N)
#define TILES_5(N) TILES_4(N) TILE(5, N)
#define TILES_6(N) TILES_5(N) TILE(6, N)
#define TILES_8(N) TILES_6(N) TILE(7, N) TILE(8, N)
#define TILES_9(N) TILES_8(N) TILE(9, N)
#define TILES_12(N) TILES_9(N) TILE(10, N) TILE(11, N) TILE(12, N)
#define TILES_14(N) TILES_12(N) TILE(13, N) TILE(14, N)
#define TILES_20(N) TILES_14(N) TILE(15, N) TILE(16, N) TILE(17, N) TILE(18, N) TILE(19, N) TILE(20, N)
