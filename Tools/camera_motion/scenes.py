"""A camera's view of a photograph: which pixels a frame shows, and the frame."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .paths import STEPS, Path

# The least and most pixels of the photograph for one of the video: less would be mush.
LEAST_DENSITY, MOST_DENSITY = 0.55, 2.2
# Pixels by which a view keeps away from the photograph's edge.
EDGE = 2.0


class Scene:
    """A photograph, seen by a camera that moves along a path.

    Raises `Unsuitable` where the photograph is too small for the path, or shows too little where the path goes.
    """

    class Unsuitable(Exception):
        """This photograph and this path do not go together."""

    def __init__(
        self, photograph: list[np.ndarray], path: Path, size: tuple[int, int], random: np.random.Generator
    ) -> None:
        self.levels, self.path, self.size = photograph, path, size
        mirrored = [[-1, 0, photograph[0].shape[1] - 1], [0, 1, 0], [0, 0, 1]]
        self.side = np.array(mirrored if random.uniform() < 0.5 else np.eye(3))
        self.lean = math.radians(random.normal(0, 4))
        self.keystone = random.uniform(0.1, 0.5) if random.uniform() < 0.4 else 0.0
        self.density, self.centre = 1.0, np.zeros(2)
        self.bend = lens(size, random.uniform(-0.12, 0.12)) if random.uniform() < 0.25 else None
        self._settle(random)

    def _settle(self, random: np.random.Generator) -> None:
        """Takes a place on the photograph, and a scale, where the whole path has something to show."""
        width, height = self.size
        times = np.linspace(0, (len(self.path.right) - 1) / STEPS, 60)
        outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        corners = np.concatenate([cv2.perspectiveTransform(outline[None], matrix)[0] for matrix in self.matrices(times)])
        low, high = corners.min(axis=0), corners.max(axis=0)
        room = np.array(self.levels[0].shape[1::-1]) - 2 * EDGE
        most = min(*(room / (high - low)), MOST_DENSITY)
        if most < LEAST_DENSITY:
            raise Scene.Unsuitable
        for _ in range(12):
            self.density = math.exp(random.uniform(math.log(max(LEAST_DENSITY, 0.4 * most)), math.log(most)))
            slack = room - (high - low) * self.density
            self.centre = EDGE - low * self.density + random.uniform(0, 1, 2) * slack
            if all(shows_something(self.frame(time)) for time in (times[0], times[30], times[-1])):
                return
        raise Scene.Unsuitable

    def matrices(self, times: np.ndarray) -> np.ndarray:
        """[N, 3, 3] from pixels of a frame to those of the photograph, or of its mirror image."""
        width, height = self.size
        positions = self.path.at(times)
        right, down, zoom, turn = positions.T
        # The camera's axes as it began: it goes along them.
        way = np.stack([right * width, down * height], axis=1) @ rotation(self.lean).T
        result = np.empty((len(times), 3, 3))
        focal = 1.2 * width
        for index in range(len(times)):
            scale = self.density * math.exp(-zoom[index])
            move = np.eye(3)
            move[:2, :2] = scale * rotation(self.lean + turn[index])
            move[:2, 2] = self.centre + self.density * way[index]
            result[index] = move @ centred(width, height)
            if self.keystone:
                yaw = np.clip(self.keystone * right[index] * width / focal, -0.25, 0.25)
                pitch = np.clip(self.keystone * down[index] * height / focal, -0.25, 0.25)
                result[index] = move @ turned(yaw, pitch, focal) @ centred(width, height)
        return result

    def frame(self, time: float) -> np.ndarray:
        """[H, W, 3] at one moment."""
        return self._take(self.matrices(np.array([time]))[0])

    def frames(self, times: np.ndarray, shutter: float) -> list[np.ndarray]:
        """[H, W, 3] for each time; with an open shutter, means of what is seen meanwhile."""
        if shutter == 0:
            return [self._take(matrix) for matrix in self.matrices(times)]
        result = []
        outline = np.array([[[0, 0], [self.size[0], self.size[1]]]], np.float64)
        for start in times:
            first, last = self.matrices(np.array([start, start + shutter]))
            way = np.abs(cv2.perspectiveTransform(outline, last) - cv2.perspectiveTransform(outline, first)).max()
            count = int(np.clip(math.ceil(way / self.density), 1, 6))
            moments = start + shutter * np.arange(count) / count
            taken = [self._take(matrix) for matrix in self.matrices(moments)] if count > 1 else [self._take(first)]
            result.append(taken[0] if count == 1 else np.mean(taken, axis=0, dtype=np.float32).astype(np.uint8))
        return result

    def _take(self, matrix: np.ndarray) -> np.ndarray:
        """What lies under a frame's pixels, from the level that has about as many."""
        scale = math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
        level = int(np.clip(round(math.log2(max(scale, 1e-6))), 0, len(self.levels) - 1))
        image = self.levels[level]
        # A level's pixel is the mean of so many, whose centre lies half a pixel off.
        shrink = np.diag([0.5**level, 0.5**level, 1.0])
        shrink[:2, 2] = 0.5 * (0.5**level - 1)
        matrix = shrink @ self.side @ matrix
        how = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, "borderMode": cv2.BORDER_REFLECT}
        if self.keystone:
            taken = cv2.warpPerspective(image, matrix, self.size, **how)
        else:
            taken = cv2.warpAffine(image, matrix[:2], self.size, **how)
        return taken if self.bend is None else cv2.remap(taken, *self.bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def rotation(angle: float) -> np.ndarray:
    """What turns a camera counter-clockwise: pictures have their second axis downwards."""
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def centred(width: int, height: int) -> np.ndarray:
    """Pixels of a frame, counted from its centre."""
    return np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1]])


def turned(yaw: float, pitch: float, focal: float) -> np.ndarray:
    """The lines that converge when a camera turns away from a wall, with the centre where it was."""
    around = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    over = np.array([[1, 0, 0], [0, math.cos(pitch), math.sin(pitch)], [0, -math.sin(pitch), math.cos(pitch)]])
    matrix = np.diag([focal, focal, 1]) @ around @ over @ np.diag([1 / focal, 1 / focal, 1])
    centre = matrix @ np.array([0, 0, 1])
    back = np.eye(3)
    back[:2, 2] = -centre[:2] / centre[2]
    matrix = back @ matrix
    # A view's own scale at its centre is not to change: that would be a zoom.
    return matrix / matrix[2, 2]


def lens(size: tuple[int, int], strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a lens with barrel (negative) or pincushion distortion takes each pixel from."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
    share = (x * x + y * y) / ((width / 2) ** 2 + (height / 2) ** 2)
    factor = (1 - strength + strength * share) / max(1, 1 - strength)
    return (x * factor + (width - 1) / 2).astype(np.float32), (y * factor + (height - 1) / 2).astype(np.float32)


def shows_something(frame: np.ndarray) -> bool:
    """Whether one sees a motion in any direction: enough parts of the frame have edges across and along."""
    grey = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (0, 0), 1.2).astype(np.float32)
    across = np.abs(grey[:, 1:] - grey[:, :-1])[:-1]
    along = np.abs(grey[1:] - grey[:-1])[:, :-1]
    textured = 0
    for rows_across, rows_along in zip(np.array_split(across, 4), np.array_split(along, 4), strict=True):
        for part, other in zip(np.array_split(rows_across, 4, axis=1), np.array_split(rows_along, 4, axis=1), strict=True):
            textured += min(part.mean(), other.mean()) > 1.5
    return textured >= 7
