#!/usr/bin/env python3
"""Writes what PyTorch and PyTorchVideo make of small synthetic frames, as expected values for the Swift tests.

Usage: python Tools/make_preprocessing_fixtures.py   (needs torch and pytorchvideo)

Writes Tests/Fixtures/preprocessing/:
  spatial.txt   one line a case: width height shortSide crop position mean... | index:value ... ; positions are
                center, uniform0..2; a value is one element of the [3, 1, crop, crop] result.
  subsample.txt one line a case: available count | indices
Byte i of frame number s is the top byte of a 32-bit hash of i and s; PreprocessingTests has the same formula.
"""
import importlib.util
import pathlib

import numpy as np
import torch

# Only this file: the package around it also imports torchvision, which has to match torch's version.
_folder = importlib.util.find_spec("pytorchvideo").submodule_search_locations[0]
_spec = importlib.util.spec_from_file_location("functional", f"{_folder}/transforms/functional.py")
functional = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(functional)

ROOT = pathlib.Path(__file__).resolve().parent.parent / "Tests/Fixtures/preprocessing"
MEAN = [0.45, 0.4, 0.5]
DEVIATION = [0.225, 0.25, 0.2]


def frame(width, height, seed):
    x = np.arange(width * height * 3, dtype=np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B9)
    mask = np.uint64(0xFFFFFFFF)
    x = x & mask
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x7FEB352D)) & mask
    x = ((x ^ (x >> np.uint64(15))) * np.uint64(0x846CA68B)) & mask
    x = x ^ (x >> np.uint64(16))
    return (x >> np.uint64(24)).astype(np.uint8).reshape(height, width, 3)


def spatial():
    sizes = [(32, 24, 16, 16), (37, 53, 21, 20), (53, 37, 21, 17), (9, 7, 24, 23), (7, 40, 30, 30), (1, 1, 4, 3),
             (64, 64, 64, 64), (3, 3, 3, 2), (640, 360, 182, 182), (1080, 1920, 256, 224), (129, 65, 100, 99)]
    for case, (width, height, side, crop) in enumerate(sizes):
        clip = torch.from_numpy(frame(width, height, case)).permute(2, 0, 1)[:, None].float() / 255.0
        mean, deviation = (torch.tensor(v).view(3, 1, 1, 1) for v in (MEAN, DEVIATION))
        scaled = functional.short_side_scale((clip - mean) / deviation, side)
        for position in ("center", "uniform0", "uniform1", "uniform2"):
            if position == "center":
                # torchvision's CenterCrop: Python's round, half to even
                top, left = (int(round((length - crop) / 2.0)) for length in scaled.shape[-2:])
                out = scaled[..., top:top + crop, left:left + crop]
            else:
                out = functional.uniform_crop(scaled, crop, int(position[-1]))
            assert out.shape == (3, 1, crop, crop), out.shape
            flat = out.flatten()
            picks = sorted({(i * 2654435761) % flat.numel() for i in range(40)} | {0, flat.numel() - 1})
            yield f"{width} {height} {side} {crop} {position} | " + " ".join(f"{i}:{flat[i]:.8g}" for i in picks)


def subsample():
    for available in (1, 2, 3, 7, 8, 30, 48, 78, 80, 99, 150, 300, 400):
        for count in (1, 2, 3, 4, 8, 13, 16, 17, 32, 50, 64):
            picked = functional.uniform_temporal_subsample(torch.arange(available), count, temporal_dim=0)
            yield f"{available} {count} | " + " ".join(map(str, picked.tolist()))


def subsample_hash():
    """One number for every available <= 400 and count <= 64, so that all of them are checked without storing them."""
    value = 0
    for available in range(1, 401):
        for count in range(1, 65):
            for index in functional.uniform_temporal_subsample(torch.arange(available), count, temporal_dim=0).tolist():
                value = (value * 1000003 + index) % (1 << 64)
    return value


if __name__ == "__main__":
    ROOT.mkdir(parents=True, exist_ok=True)
    (ROOT / "spatial.txt").write_text("\n".join(spatial()) + "\n")
    (ROOT / "subsample.txt").write_text("\n".join(subsample()) + f"\nall {subsample_hash()}\n")
