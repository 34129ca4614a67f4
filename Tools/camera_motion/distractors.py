"""What happens to a video beside the camera's motion: none of it changes the label."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

Change = Callable[[np.ndarray, int], np.ndarray]
"""A frame and its number to a frame."""

WORDS = "LIVE REC news 24 holiday CAM 03 drone take final interview river no. 7 chapter 2019 match 2:1 BREAKING draft".split()


def foreground(
    photograph: list[np.ndarray], size: tuple[int, int], times: np.ndarray, passing: np.ndarray, random: np.random.Generator
) -> Change:
    """Things before the camera: soft ellipses of another photograph, 15 % of the frame at most.

    Some move on ways of their own, some stand, nearer than the background, and so pass by faster than it: `passing` is how the
    background moves, [N, 2] in pixels.
    """
    width, height = size
    count = int(random.integers(1, 4))
    things = []
    for _ in range(count):
        area = random.uniform(0.01, 0.15 / count) * width * height
        stretch = math.exp(random.uniform(-0.5, 0.5))
        across, along = (max(8, round(2 * math.sqrt(area / math.pi) * share)) for share in (stretch, 1 / stretch))
        image = photograph[min(1, len(photograph) - 1)]
        top = random.integers(0, max(1, image.shape[0] - along))
        left = random.integers(0, max(1, image.shape[1] - across))
        patch = cv2.resize(image[top : top + along, left : left + across], (across, along)).astype(np.float32)
        y, x = np.mgrid[0:along, 0:across]
        radius = np.hypot((x + 0.5) / across - 0.5, (y + 0.5) / along - 0.5) * 2
        alpha = np.clip((1 - radius) / random.uniform(0.1, 0.4), 0, 1).astype(np.float32)[..., None]
        near = random.uniform(1.1, 2) if random.uniform() < 0.35 else 0
        way = random.uniform(-0.45, 0.45, 2) * size * (near == 0)
        wave = random.uniform(0, 0.08, 2) * size * (near == 0)
        rhythm, phase = random.uniform(0.3, 2), random.uniform(0, 2 * np.pi, 2)
        middle = random.uniform(0.1, 0.9, 2) * size
        moments = times[:, None] - times.mean()
        centres = middle + way * moments + wave * np.sin(2 * np.pi * rhythm * moments + phase)
        centres = centres + near * (passing - passing.mean(axis=0))
        things.append((patch * alpha, 1 - alpha, centres - [across / 2, along / 2]))

    def change(frame: np.ndarray, number: int) -> np.ndarray:
        frame = frame.copy()
        for patch, rest, corners in things:
            left, top = np.floor(corners[number]).astype(int)
            along, across = rest.shape[:2]
            own = slice(max(0, -top), min(along, height - top)), slice(max(0, -left), min(across, width - left))
            if own[0].start >= own[0].stop or own[1].start >= own[1].stop:
                continue
            # Moved by the rest of a pixel, so that slow things do not hop.
            shift = np.array([[1, 0, corners[number][0] - left], [0, 1, corners[number][1] - top]])
            moved = cv2.warpAffine(patch, shift, (across, along))
            clear = cv2.warpAffine(rest, shift, (across, along), borderValue=1)[..., None]
            there = frame[top + own[0].start : top + own[0].stop, left + own[1].start : left + own[1].stop]
            there[...] = (there * clear[own] + moved[own]).astype(np.uint8)
        return frame

    return change


def exposure(times: np.ndarray, random: np.random.Generator) -> Change:
    """Light that drifts, flickers or jumps, contrast and white balance."""
    gain = np.ones(len(times))
    if random.uniform() < 0.4:
        share = np.clip((times - random.uniform(0, times[-1])) / random.uniform(0.1, times[-1]) + 0.5, 0, 1)
        gain = gain + (math.exp(random.uniform(-0.5, 0.35)) - 1) * share
    if random.uniform() < 0.2:
        gain = gain * (1 + random.uniform(0.01, 0.08) * np.sin(2 * np.pi * random.uniform(1, 12) * times))
    balance = np.exp(random.normal(0, 0.05, 3))
    gamma = math.exp(random.normal(0, 0.15))
    lift = random.uniform(0, 16) if random.uniform() < 0.3 else 0
    values = (np.arange(256) / 255) ** gamma * (255 - lift) + lift

    def change(frame: np.ndarray, number: int) -> np.ndarray:
        table = np.clip(values[:, None] * balance * gain[number], 0, 255).astype(np.uint8)
        return cv2.LUT(frame, table[None])

    return change


def blur(random: np.random.Generator) -> Change:
    """A lens out of focus."""
    width = random.uniform(0.5, 1.6)
    return lambda frame, number: cv2.GaussianBlur(frame, (0, 0), width)


def noise(size: tuple[int, int], random: np.random.Generator) -> Change:
    """A sensor's noise, grey or coloured: windows of one larger field, taken anew for each frame."""
    width, height = size
    strength = math.exp(random.uniform(math.log(1), math.log(10)))
    field = random.normal(0, strength, (height + 32, width + 32, random.choice([1, 3])))
    field = np.round(np.broadcast_to(field, (*field.shape[:2], 3))).astype(np.int16)
    corners = random.integers(0, 32, (64, 2))

    def change(frame: np.ndarray, number: int) -> np.ndarray:
        top, left = corners[number % 64]
        own = np.ascontiguousarray(field[top : top + height, left : left + width])
        return cv2.add(frame, own, dtype=cv2.CV_8U)

    return change


def bars(size: tuple[int, int], random: np.random.Generator) -> Change:
    """Letterbox or pillarbox."""
    axis = int(random.integers(2))
    thickness = round(random.uniform(0.05, 0.14) * (size[1] if axis == 0 else size[0]))
    shade = int(random.choice([0, 0, 0, 16, 255]))

    def change(frame: np.ndarray, number: int) -> np.ndarray:
        frame = frame.copy()
        lines = frame if axis == 0 else frame.transpose(1, 0, 2)
        lines[:thickness] = shade
        lines[-thickness:] = shade
        return frame

    return change


def overlay(size: tuple[int, int], frames_per_second: int, random: np.random.Generator) -> Change:
    """What an editor lays over a video, which stays with the frame: a title, a time code, a logo, a bar below."""
    width, height = size
    kinds = [kind for kind in ("title", "time", "logo", "bar") if random.uniform() < 0.45] or ["title"]
    colour = tuple(int(value) for value in random.choice([[255, 255, 255], [255, 220, 60], [230, 40, 40], [20, 20, 20]]))
    face, scale = int(random.choice([0, 2, 3, 4])), random.uniform(0.35, 0.8)
    words = " ".join(random.choice(WORDS, 3))
    title = int(random.uniform(0.02, 0.4) * width), int(random.uniform(0.15, 0.95) * height)
    clock = int(random.uniform(0.02, 0.5) * width), int(random.uniform(0.12, 0.97) * height)
    logo = tuple(int(value) for value in random.uniform(0.08, 0.92, 2) * size)
    radius, begin = int(random.uniform(0.03, 0.08) * width), int(random.integers(3600))
    top = int(random.uniform(0.78, 0.9) * height)
    strength = random.uniform(0.5, 1)

    def change(frame: np.ndarray, number: int) -> np.ndarray:
        drawn = frame.copy()
        if "bar" in kinds:
            cv2.rectangle(drawn, (0, top), (width, top + height // 9), colour[::-1], -1)
        if "logo" in kinds:
            cv2.circle(drawn, logo, radius, colour, -1, cv2.LINE_AA)
            cv2.rectangle(drawn, logo, (logo[0] + radius, logo[1] + radius // 2), colour[::-1], -1)
        if "title" in kinds:
            cv2.putText(drawn, words, title, face, scale, colour, 1, cv2.LINE_AA)
        if "time" in kinds:
            seconds, frames = divmod(number, frames_per_second)
            minutes, seconds = divmod(begin + seconds, 60)
            cv2.putText(drawn, f"{minutes:02}:{seconds:02}:{frames:02}", clock, face, scale, colour, 1, cv2.LINE_AA)
        return cv2.addWeighted(drawn, strength, frame, 1 - strength, 0)

    return change
