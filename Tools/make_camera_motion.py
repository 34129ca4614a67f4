"""Makes a data set of camera motion from real photographs: a folder of H.264 videos for each label.

`FOLDER/train`, `FOLDER/val` and `FOLDER/test` show different photographs (`camera_motion/photographs.tsv`, with authors and
licences; `scripts/fetch-camera-motion` fetches them). `camera_motion/paths.py` says what the labels mean. The same seed and the
same versions give the same files; a video depends on the seed, its part, its label and its number, and on nothing else.

Run: `python Tools/make_camera_motion.py FOLDER [--videos 200] [--validation 24] [--test 40] [--seed 1]`, with
`pip install -r Tools/camera_motion/requirements.txt`.
"""

from __future__ import annotations

import argparse
import csv
import functools
import multiprocessing
import os
import time
from pathlib import Path

import cv2
import numpy as np

from camera_motion import distractors, paths
from camera_motion.photographs import PARTS, Photographs, default_folder
from camera_motion.scenes import Scene
from video_file import write_video

FOLDERS = {"train": "train", "validation": "val", "test": "test"}
SIZES = [(256, 144), (256, 192), (320, 180), (320, 240), (284, 160), (240, 240), (192, 256), (144, 256), (288, 120)]
SIZE_SHARES = [0.25, 0.15, 0.15, 0.1, 0.1, 0.08, 0.06, 0.06, 0.05]
RATES, RATE_SHARES = [24, 25, 30, 50, 60], [0.2, 0.2, 0.35, 0.1, 0.15]


def changes(
    photographs: Photographs, scene: Scene, times: np.ndarray, rate: int, share: float, random: np.random.Generator
) -> list[distractors.Change]:
    """What else happens in a video, in the order of a camera's and an editor's work; in a share of what is usual."""
    size = scene.size
    result = []
    if random.uniform() < 0.4 * share:
        other = photographs[int(random.integers(len(photographs)))]
        passing = -scene.path.at(times)[:, :2] * size
        result.append(distractors.foreground(other, size, times, passing, random))
    if random.uniform() < 0.2 * share:
        result.append(distractors.blur(random))
    if random.uniform() < 0.7 * share:
        result.append(distractors.exposure(times, random))
    if random.uniform() < 0.5 * share:
        result.append(distractors.noise(size, random))
    if random.uniform() < 0.2 * share:
        result.append(distractors.bars(size, random))
    if random.uniform() < 0.25 * share:
        result.append(distractors.overlay(size, rate, random))
    return result


def video(
    label: str, photographs: Photographs, share: float, random: np.random.Generator
) -> tuple[list[np.ndarray], int, str]:
    """The frames of a video, its frame rate and the name of its photograph."""
    size = SIZES[random.choice(len(SIZES), p=SIZE_SHARES)]
    rate = int(random.choice(RATES, p=RATE_SHARES))
    seconds = random.uniform(2, 4)
    times = np.arange(round(seconds * rate)) / rate
    shutter = random.uniform(0.3, 0.9) / rate if random.uniform() < 0.35 else 0.0
    while True:
        photograph = int(random.integers(len(photographs)))
        try:
            scene = Scene(photographs[photograph], paths.make(label, random, seconds + 0.1), size, random)
        except Scene.Unsuitable:
            continue
        frames = scene.frames(times, shutter)
        for change in changes(photographs, scene, times, rate, share, random):
            frames = [change(frame, number) for number, frame in enumerate(frames)]
        return frames, rate, photographs.names[photograph]


def make(work: tuple[argparse.Namespace, str, str, int]) -> tuple[str, str]:
    """Writes one video; its path in the folder, and the photograph that it shows."""
    arguments, part, label, number = work
    cv2.setNumThreads(1)
    random = np.random.default_rng([arguments.seed, PARTS.index(part), paths.LABELS.index(label), number])
    photographs = loaded(arguments.photographs, part)
    frames, rate, shown = video(label, photographs, arguments.distractors, random)
    preset = "ultrafast" if random.uniform() < 0.8 else "veryfast"
    name = f"{FOLDERS[part]}/{label}/{number:04}.mp4"
    quality = str(random.integers(18, 37))
    # Without mbtree, whose results differ from run to run.
    options = {"crf": quality, "preset": preset, "x264-params": "mbtree=0"}
    write_video(arguments.folder / name, frames, rate, **options)
    return name, shown


@functools.cache
def loaded(folder: Path, part: str) -> Photographs:
    """A part's photographs, once in each process."""
    return Photographs(folder, part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--videos", type=int, default=200, help="of each label, to learn from")
    parser.add_argument("--validation", type=int, default=24, help="of each label, of other photographs")
    parser.add_argument("--test", type=int, default=40, help="of each label, of again other photographs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--distractors", type=float, default=1.0, help="how often something else happens: 0 for plain videos to begin with"
    )
    parser.add_argument("--photographs", type=Path, default=default_folder(), help="where scripts/fetch-camera-motion put them")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many work at once")
    arguments = parser.parse_args()
    begin, made = time.monotonic(), 0
    counts = {"train": arguments.videos, "validation": arguments.validation, "test": arguments.test}
    with multiprocessing.Pool(arguments.processes) as pool:
        for part in PARTS:
            for label in paths.LABELS:
                (arguments.folder / FOLDERS[part] / label).mkdir(parents=True, exist_ok=True)
            work = [(arguments, part, label, number) for label in paths.LABELS for number in range(counts[part])]
            table = arguments.folder / f"{FOLDERS[part]}-photographs.tsv"
            with table.open("w", newline="", encoding="utf-8") as file:
                sources = csv.writer(file, delimiter="\t")
                sources.writerow(["video", "photograph"])
                for row in pool.imap(make, work, chunksize=4):
                    sources.writerow(row)
                    made += 1
    seconds = time.monotonic() - begin
    print(f"{made} videos in {seconds:.0f} s: {made / seconds:.1f} a second")


if __name__ == "__main__":
    main()
