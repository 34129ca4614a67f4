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
import time
from pathlib import Path

import av
import cv2
import numpy as np

from camera_motion import distractors, paths
from camera_motion.photographs import PARTS, Photographs, default_folder
from camera_motion.scenes import Scene

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
) -> tuple[list[np.ndarray], int, tuple[int, int], str]:
    """The frames of a video, its frame rate, its size and the name of its photograph."""
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
        return frames, rate, size, photographs.names[photograph]


def write(path: Path, frames: list[np.ndarray], rate: int, size: tuple[int, int], quality: int, preset: str) -> None:
    """An H.264 file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        # Without mbtree, whose results differ from run to run.
        stream.options = {"crf": str(quality), "preset": preset, "threads": "1", "x264-params": "mbtree=0"}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


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
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    begin, made = time.monotonic(), 0
    counts = {"train": arguments.videos, "validation": arguments.validation, "test": arguments.test}
    for part in PARTS:
        photographs = Photographs(arguments.photographs, part)
        arguments.folder.mkdir(parents=True, exist_ok=True)
        with (arguments.folder / f"{FOLDERS[part]}-photographs.tsv").open("w", newline="", encoding="utf-8") as table:
            sources = csv.writer(table, delimiter="\t")
            sources.writerow(["video", "photograph"])
            for place, label in enumerate(paths.LABELS):
                folder = arguments.folder / FOLDERS[part] / label
                folder.mkdir(parents=True, exist_ok=True)
                for number in range(counts[part]):
                    random = np.random.default_rng([arguments.seed, PARTS.index(part), place, number])
                    frames, rate, size, photograph = video(label, photographs, arguments.distractors, random)
                    preset = "ultrafast" if random.uniform() < 0.8 else "veryfast"
                    write(folder / f"{number:04}.mp4", frames, rate, size, int(random.integers(18, 37)), preset)
                    sources.writerow([f"{FOLDERS[part]}/{label}/{number:04}.mp4", photograph])
                    made += 1
    seconds = time.monotonic() - begin
    print(f"{made} videos in {seconds:.0f} s: {made / seconds:.1f} a second")


if __name__ == "__main__":
    main()
