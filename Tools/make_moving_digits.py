"""Makes a data set of real handwritten digits that move: a folder of H.264 videos for each digit and direction.

The digits are scikit-learn's copy of the UCI ML "Optical Recognition of Handwritten Digits" test set (Alpaydin and Kaynak 1998,
CC BY 4.0), 8 × 8 pixels. Training and validation have digits of different images. Nothing of it is kept in the repository.

Run: `python Tools/make_moving_digits.py FOLDER [--videos 30] [--validation 10]`, with `pip install scikit-learn av numpy`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from video_file import write_video

DIGITS = (1, 3, 4, 7)
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
SIZE, FRAMES, RATE, SCALE = 128, 48, 30, 8


def picture(digit: np.ndarray) -> np.ndarray:
    """The digit, larger and smooth: 0 … 1."""
    large = np.kron(digit / 16, np.ones((SCALE, SCALE)))
    kernel = np.ones(3) / 3
    for axis in (0, 1):
        large = np.apply_along_axis(lambda line: np.convolve(line, kernel, "same"), axis, large)
    return large


def frames(digit: np.ndarray, direction: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """[T, H, W, 3] of a digit on its way over a background of its own, with noise."""
    shape = picture(digit)
    side = shape.shape[0]
    room = SIZE - side
    way = random.uniform(0.55, 0.9) * room
    across = random.uniform(0, room)
    start = random.uniform(0, room - way)
    colour, ground = random.uniform(140, 255, 3), random.uniform(0, 90, 3)
    slope = random.normal(0, 0.15, (2, 3))
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    base = ground + slope[0] * (y - SIZE / 2)[..., None] + slope[1] * (x - SIZE / 2)[..., None]
    clip = []
    for frame in range(FRAMES):
        along = start + way * frame / (FRAMES - 1)
        dx, dy = direction
        left = along if dx > 0 else room - along if dx < 0 else across
        top = along if dy > 0 else room - along if dy < 0 else across
        image = base + random.normal(0, 6, (SIZE, SIZE, 1))
        row, column = round(top), round(left)
        part = image[row : row + side, column : column + side]
        part += shape[..., None] * (colour - part)
        clip.append(np.clip(image, 0, 255).astype(np.uint8))
    return np.stack(clip)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--videos", type=int, default=30, help="of each class, to learn from")
    parser.add_argument("--validation", type=int, default=10, help="of each class, of other digits")
    arguments = parser.parse_args()
    data = load_digits()
    random = np.random.default_rng(1)
    for digit in DIGITS:
        images = data.images[data.target == digit]
        held_out = len(images) // 4
        parts = {"val": (images[:held_out], arguments.validation), "train": (images[held_out:], arguments.videos)}
        for name, direction in DIRECTIONS.items():
            for part, (own, count) in parts.items():
                folder = arguments.folder / part / f"{digit} {name}"
                folder.mkdir(parents=True, exist_ok=True)
                for number in range(count):
                    clip = frames(own[random.integers(len(own))], direction, random)
                    write_video(folder / f"{number:03}.mp4", clip, RATE, crf="20", preset="veryfast")


if __name__ == "__main__":
    main()
