"""The counter-based generator behind every fixture, the same here and in Swift.

A number depends on nothing but (seed, name, index), so that a fixture needs to store only a seed and outputs:
weights, clips and inputs are generated again wherever they are needed, in any order. All integers are unsigned
64-bit and wrap; all floats are float32.

`Tests/Fixtures/models/generator.json` holds sample values that both implementations must reproduce.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MASK = (1 << 64) - 1

_LAST_NORMS = ("norm_c.weight", "norm_c.bias", "conv_2.kernel.bn.weight", "conv_2.kernel.bn.bias")
"""The last batch norm of a residual branch, as X3D and EfficientX3D name it."""


def fnv1a64(text: str) -> int:
    """The 64-bit FNV-1a hash of the text's UTF-8 bytes."""
    hash_value = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        hash_value = ((hash_value ^ byte) * 0x100000001B3) & _MASK
    return hash_value


def bits(seed: int, name: str, indices: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 well-mixed bits for each index: a keyed counter through the splitmix64 finaliser."""
    key = np.uint64((seed * 0x9E3779B97F4A7C15 + fnv1a64(name)) & _MASK)
    z = (indices.astype(np.uint64) + np.uint64(1)) * np.uint64(0xD1B54A32D192ED03) + key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit(seed: int, name: str, count: int) -> NDArray[np.float32]:
    """The first `count` values of a stream, each in [-1, 1). The top 24 bits, so that float32 is exact."""
    top = bits(seed, name, np.arange(count, dtype=np.uint64)) >> np.uint64(40)
    return top.astype(np.float32) * np.float32(2.0**-23) - np.float32(1)


def tensor(seed: int, name: str, shape: Sequence[int], scale: float = 2.0, offset: float = 0.0) -> NDArray[np.float32]:
    """An input: offset + scale · unit in row-major order. Keep `scale` a power of two, so that the product is exact."""
    values = np.float32(scale) * unit(seed, name, math.prod(shape)) + np.float32(offset)
    return values.reshape(tuple(shape))


def parameter(seed: int, name: str, shape: Sequence[int]) -> NDArray[np.float32] | NDArray[np.int64]:
    """A parameter or buffer, from its name and shape in the state dict.

    Kernels (rank 2 and more) are uniform with the variance of He's initialisation, so that signals keep their size.
    Running statistics start neutral; `reference.measure_batch_norm` replaces them by measured ones.

    Residual branches end with a quarter of the gain, as trained ones are weaker than what they are added to (training
    often starts them at zero: Goyal et al. 2017, section 5.1). With full gain an untrained network is chaotic: it makes
    any rounding error some 300 times larger, and an error of the result says nothing about the number format.
    """
    if name.endswith("num_batches_tracked"):
        return np.zeros(tuple(shape), np.int64)
    if name.endswith("running_mean"):
        return np.zeros(tuple(shape), np.float32)
    if name.endswith("running_var"):
        return np.ones(tuple(shape), np.float32)
    values = unit(seed, name, math.prod(shape))
    if len(shape) >= 2:
        values = values * np.float32(math.sqrt(6 / math.prod(shape[1:])))
    elif name.endswith("weight"):
        values = np.float32(1) + np.float32(0.25) * values
    else:
        values = np.float32(0.25) * values
    if name.endswith(_LAST_NORMS):
        values = np.float32(0.25) * values
    return values.reshape(tuple(shape))


def clip_bytes(seed: int, clip: int, frames: int, height: int, width: int) -> NDArray[np.uint8]:
    """The pixels of one clip, [3, T, H, W]: a colour, a moving pattern of 16-pixel squares, and fine noise.

    Colour and motion differ from clip to clip, so that a network that works tells clips apart.
    """

    def stream(part: str, indices: NDArray[np.uint64], shift: int) -> NDArray[np.uint64]:
        return bits(seed, f"clip{clip}.{part}", indices) >> np.uint64(shift)

    def axis(length: int, position: int) -> NDArray[np.uint64]:
        return np.arange(length, dtype=np.uint64).reshape([-1 if i == position else 1 for i in range(4)])

    c, t, y, x = axis(3, 0), axis(frames, 1), axis(height, 2), axis(width, 3)
    velocity_x, velocity_y = stream("motion", np.arange(2, dtype=np.uint64), 61)
    four, wrap, side = np.uint64(4), np.uint64(63), np.uint64(64)
    square_y = ((y + t * velocity_y) >> four) & wrap
    square_x = ((x + t * velocity_x) >> four) & wrap

    base = stream("base", c, 56)
    coarse = stream("coarse", (c * side + square_y) * side + square_x, 56)
    fine = stream("fine", np.arange(3 * frames * height * width, dtype=np.uint64), 56)
    value = (np.uint64(2) * base + coarse + fine.reshape(3, frames, height, width)) >> np.uint64(2)
    return value.astype(np.uint8)


def clips(seed: int, shape: Sequence[int]) -> NDArray[np.float32]:
    """Normalised clips, [N, 3, T, H, W], as X3D wants them: (v / 255 - 0.45) / 0.225."""
    count, channels, frames, height, width = shape
    if channels != 3:
        raise ValueError(f"a clip has 3 channels, not {channels}")
    pixels = np.stack([clip_bytes(seed, n, frames, height, width) for n in range(count)])
    return (pixels.astype(np.float32) / np.float32(255) - np.float32(0.45)) / np.float32(0.225)
