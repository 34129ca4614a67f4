"""Looks at videos with the eyes of classical computer vision: does what moves in them agree with their folder's name?

Corners are tracked from frame to frame and a similarity is fitted to them, which moving things before the camera are outliers
of. The similarities of the span that a single view of X3D-XS would see (1.6 s in the middle) are multiplied, and the largest of
pan, tilt, zoom and roll, by how far it moves the picture's edge, names the motion. So it checks the labels' signs, and it is a
baseline for what a network learns.

Run: `python Tools/check_camera_motion.py FOLDER` on a part that `make_camera_motion.py` made, or with files, one answer each.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path

import av
import cv2
import numpy as np

from camera_motion.paths import LABELS, SPAN

# Shares of the width: what moves less than the first is still, what shakes more than the second is in a hand.
STILL, SHAKEN = 0.03, 0.008


def greys(path: Path) -> tuple[list[np.ndarray], float]:
    """The grey frames of a video, at most 30 a second, and how many a second these are."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate)
        step = max(1, round(rate / 30))
        frames = [frame.to_ndarray(format="gray") for number, frame in enumerate(container.decode(stream)) if number % step == 0]
    width = frames[0].shape[1]
    if width > 400:
        scale = 320 / width
        frames = [cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for frame in frames]
    return frames, rate / step


def step(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[3, 3]: where the picture's points went, from its centre; the identity where nothing can be followed."""
    height, width = first.shape
    corners = cv2.goodFeaturesToTrack(first, 300, 0.01, 6)
    if corners is None or len(corners) < 8:
        return np.eye(3)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, None, winSize=(15, 15), maxLevel=4)
    kept = found.ravel() == 1
    if kept.sum() < 8:
        return np.eye(3)
    centre = np.array([width / 2, height / 2])
    matrix, _ = cv2.estimateAffinePartial2D(
        corners[kept].reshape(-1, 2) - centre, moved[kept].reshape(-1, 2) - centre, ransacReprojThreshold=1.0
    )
    return np.eye(3) if matrix is None else np.vstack([matrix, [0, 0, 1]])


def motions(frames: list[np.ndarray]) -> np.ndarray:
    """[N, 4] over time, of the camera: right and down in widths, the zoom's logarithm, the roll to the left in radians."""
    whole = np.eye(3)
    result = [np.zeros(4)]
    for first, second in zip(frames, frames[1:], strict=False):
        whole = step(first, second) @ whole
        a, b = whole[0, 0], whole[1, 0]
        # A positive angle turns x to y, which is clockwise in a picture: the camera rolls to the left.
        result.append(np.array([-whole[0, 2], -whole[1, 2], 0, 0]) / first.shape[1])
        result[-1][2:] = math.log(max(math.hypot(a, b), 1e-6)), math.atan2(b, a)
    return np.array(result)


def answer(moved: np.ndarray, rate: float) -> str:
    """The label of a span's motion."""
    # What moves the picture's edge by as much: half a width for zoom and roll.
    edge = moved * [1, 1, 0.5, 0.5]
    way = edge[-1] - edge[0]
    axis = int(np.abs(way).argmax())
    # What is left of the quick motions when the slow ones are taken away.
    window = max(3, round(rate * 0.5) | 1)
    slow = np.stack([np.convolve(np.pad(own, window // 2, "edge"), np.ones(window) / window, "valid") for own in edge.T], axis=1)
    shaken = float(np.sqrt(((edge - slow)[:, :2] ** 2).sum(axis=1).mean()))
    if abs(way[axis]) > max(STILL, 6 * shaken if shaken > SHAKEN / 2 else 0):
        names = (("pan right", "pan left"), ("tilt down", "tilt up"), ("zoom in", "zoom out"), ("roll left", "roll right"))
        return names[axis][int(way[axis] < 0)]
    return "hand-held shake" if shaken > SHAKEN / 3 else "static"


def judge(path: Path) -> str:
    """The label of the middle `SPAN` seconds of a video."""
    frames, rate = greys(path)
    count = min(len(frames), round(SPAN * rate) + 1)
    start = (len(frames) - count) // 2
    return answer(motions(frames[start : start + count]), rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", help="a folder of labels' folders, or videos")
    parser.add_argument("--videos", type=int, help="of each label, the first ones")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.paths[0].is_file():
        for path in arguments.paths:
            print(f"{path}\t{judge(path)}")
        return
    right, total = 0, 0
    for label in LABELS:
        videos = sorted((arguments.paths[0] / label).glob("*.mp4"))[: arguments.videos]
        answers = Counter(judge(path) for path in videos)
        right, total = right + answers[label], total + len(videos)
        print(f"{label:16} {answers[label]:4} of {len(videos):4}   ", dict(answers.most_common()))
    print(f"{right} of {total}: {100 * right / max(total, 1):.1f} %")


if __name__ == "__main__":
    main()
