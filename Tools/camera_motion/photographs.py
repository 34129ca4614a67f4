"""The photographs that videos are made of: `photographs.tsv`, whose files `scripts/fetch-camera-motion` fetches."""

from __future__ import annotations

import csv
import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

PARTS = ("train", "validation", "test")
# Pixels along the longer side: the widest pans need as many, and more would only be slower.
LONGEST = 1280


def default_folder() -> Path:
    """Where `scripts/fetch-camera-motion` puts them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "video-accelerator" / "camera-motion" / "photographs"


class Photographs:
    """The photographs of one part: those of another part show nothing of them."""

    def __init__(self, folder: Path, part: str) -> None:
        with (Path(__file__).parent / "photographs.tsv").open(encoding="utf-8") as table:
            rows = [row for row in csv.DictReader(table, delimiter="\t") if row["part"] == part]
        self.names = [f"{row['source'].split(':')[1].split('=')[0]}/{row['file']}" for row in rows]
        self.paths = [folder / name for name in self.names]
        missing = [str(path) for path in self.paths if not path.is_file()]
        if missing:
            raise SystemExit("\n".join([*missing, f"{len(missing)} photographs are missing: run scripts/fetch-camera-motion"]))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> list[np.ndarray]:
        return pyramid(self.paths[index])


@lru_cache(maxsize=96)
def pyramid(path: Path) -> list[np.ndarray]:
    """[H, W, 3] of a photograph, upright, and of its halves: what is shown small is taken from one of these."""
    with Image.open(path) as file:
        file.draft("RGB", (LONGEST, LONGEST))
        image = ImageOps.exif_transpose(file).convert("RGB")
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    levels = [np.asarray(image)]
    while min(levels[-1].shape[:2]) >= 128:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return levels
