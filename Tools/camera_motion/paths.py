"""How a camera moves: one path for each label, as a camera operator would see it.

The labels name the **camera's** motion, as film and drone editors do; the picture moves the other way:

| label | the camera | the picture |
|---|---|---|
| static | on a tripod | stays where it is |
| pan left, pan right | turns to the left, to the right | moves to the right, to the left |
| tilt up, tilt down | turns upwards, downwards | moves down, up |
| zoom in, zoom out | its lens gets longer, shorter | grows, shrinks |
| roll left, roll right | turns counter-clockwise, clockwise about its axis, as seen from behind it | turns clockwise, counter-clockwise |
| hand-held shake | is held by a hand that wants to stay where it is | jitters without going anywhere |

A path keeps its label's motion in every span of `SPAN` seconds: no pause is that long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LABELS = (
    "static",
    "pan left",
    "pan right",
    "tilt up",
    "tilt down",
    "zoom in",
    "zoom out",
    "roll left",
    "roll right",
    "hand-held shake",
)
# X3D-XS looks at spans of 1.6 s, anywhere in a video.
SPAN = 1.6
# Steps of a path a second: more than four for each frame of the fastest videos.
STEPS = 240

# Slowest and fastest, a second: in widths or heights of the picture, in the logarithm of the zoom, in radians.
SPEEDS = {
    "pan": (0.04, 0.6),
    "tilt": (0.05, 0.6),
    "zoom": (math.log(1.06), math.log(1.9)),
    "roll": (math.radians(4), math.radians(60)),
}
# What moves the picture's edge as far as a pan by one width.
EDGE = {"pan": 1.0, "tilt": 1.0, "zoom": 2.0, "roll": 2.0}
# No zoom is longer than this: a photograph has only so many pixels.
LONGEST_ZOOM = math.log(3.2)


@dataclass
class Path:
    """Where the camera is, `STEPS` times a second.

    `right` is in widths of the picture, `down` in heights, `zoom` the logarithm of the magnification, `turn` the roll to the
    left in radians.
    """

    right: np.ndarray
    down: np.ndarray
    zoom: np.ndarray
    turn: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """[N, 4] of right, down, zoom and turn."""
        steps = np.arange(len(self.right)) / STEPS
        return np.stack([np.interp(times, steps, own) for own in (self.right, self.down, self.zoom, self.turn)], axis=1)


def jitter(random: np.random.Generator, steps: int, band: tuple[float, float], steepness: float = 0.7) -> np.ndarray:
    """Oscillations of a band of frequencies, in hertz, root mean square 1: the slower, the larger."""
    frequencies = np.exp(random.uniform(*np.log(band), 8))
    phases = random.uniform(0, 2 * np.pi, 8)
    heights = random.uniform(0.5, 1, 8) / frequencies**steepness
    time = np.arange(steps) / STEPS
    wave = (heights[:, None] * np.sin(2 * np.pi * frequencies[:, None] * time + phases[:, None])).sum(axis=0)
    return wave / math.sqrt((heights**2).sum() / 2)


def smooth(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 without a jerk."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def pace(random: np.random.Generator, steps: int) -> np.ndarray:
    """The speed over time, mean 1: steady, easing, accelerating, slowing down or wavering."""
    time = np.arange(steps) / STEPS
    end = time[-1]
    speed = np.ones(steps)
    kind = random.choice(["steady", "ease in", "ease out", "ease", "accelerate", "slow down", "waver"])
    if kind in ("ease in", "ease"):
        floor = random.uniform(0, 0.4)
        speed *= floor + (1 - floor) * smooth(time / random.uniform(0.2, 0.7))
    if kind in ("ease out", "ease"):
        floor = random.uniform(0, 0.4)
        speed *= floor + (1 - floor) * smooth((end - time) / random.uniform(0.2, 0.7))
    if kind in ("accelerate", "slow down"):
        slow = random.uniform(0.4, 0.8)
        share = time / end if kind == "accelerate" else 1 - time / end
        speed = slow + 2 * (1 - slow) * share
    if kind == "waver":
        speed += random.uniform(0.1, 0.4) * np.sin(2 * np.pi * (random.uniform(0.3, 1.5) * time + random.uniform()))
    return speed / speed.mean()


def least_progress(way: np.ndarray) -> float:
    """How far a path gets in its slowest span of `SPAN` seconds."""
    span = min(round(SPAN * STEPS), len(way) - 1)
    return float((way[span:] - way[:-span]).min())


def directed(kind: str, sign: int, random: np.random.Generator, steps: int) -> Path:
    """A motion that goes somewhere: steadily enough for its label, with a hand's jitter and a little of other motions."""
    slowest, fastest = SPEEDS[kind]
    seconds = steps / STEPS
    if kind == "zoom":
        fastest = min(fastest, LONGEST_ZOOM / seconds)
    speed = math.exp(random.uniform(math.log(slowest), math.log(fastest)))
    way = np.cumsum(pace(random, steps)) / STEPS * speed
    while least_progress(way) < max(0.9 * slowest, 0.5 * speed) * SPAN:
        way = np.cumsum(pace(random, steps)) / STEPS * speed
    moved = {"pan": np.zeros(steps), "tilt": np.zeros(steps), "zoom": np.zeros(steps), "roll": np.zeros(steps)}
    if random.uniform() < 0.5:
        for other in sorted(moved.keys() - {kind}):
            moved[other] = random.uniform(-0.15, 0.15) * way / EDGE[kind] * EDGE[other]
    if random.uniform() < 0.5:
        height = min(0.006, 0.08 * speed / EDGE[kind]) * random.uniform()
        for other in moved:
            moved[other] = moved[other] + height * EDGE[other] * 0.7 * jitter(random, steps, (1.5, 8))
    moved[kind] = moved[kind] + sign * way
    return Path(moved["pan"], moved["tilt"], moved["zoom"], moved["roll"])


def held(random: np.random.Generator, steps: int) -> Path:
    """A hand that wants to stay: several oscillations a second in all directions, a slow sway, no way to go."""
    height = math.exp(random.uniform(math.log(0.0035), math.log(0.035)))
    # In real hands larger than the trembling, but less than what the slowest pan does in a span.
    sway = min(0.01, 3 * height) * random.uniform()

    def wave(share: float) -> np.ndarray:
        fast = jitter(random, steps, (1.5, random.uniform(5, 10)))
        return share * (height * fast + sway * jitter(random, steps, (0.3, 0.9)))

    return Path(
        right=wave(1),
        down=wave(random.uniform(0.6, 1.6)),
        zoom=wave(random.uniform(0, 0.3)),
        turn=wave(random.uniform(0.1, 0.9)),
    )


def still(random: np.random.Generator, steps: int) -> Path:
    """A tripod: nothing moves, or by less than a pixel."""
    height = random.choice([0, 0.0006]) * random.uniform()
    shaken = (height * jitter(random, steps, (2, 12)) for _ in range(2))
    return Path(*shaken, zoom=np.zeros(steps), turn=np.zeros(steps))


def make(label: str, random: np.random.Generator, seconds: float) -> Path:
    """A path of a label."""
    steps = math.ceil(seconds * STEPS) + 1
    if label == "static":
        return still(random, steps)
    if label == "hand-held shake":
        return held(random, steps)
    kind, way = label.split()
    positive = {"pan": "right", "tilt": "down", "zoom": "in", "roll": "left"}[kind]
    return directed(kind, 1 if way == positive else -1, random, steps)
