"""Pictures in NumPy's memory, which the library reads where it is."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple, Sequence, Union

import numpy as np
import numpy.typing as npt

from ._errors import BadArgument
from ._library import FORMATS, MATRICES, Picture, Plane


class Planes(NamedTuple):
    """A picture of luma and chroma.

    `planes` are uint8: for "nv12" `[H, W]` and `[H/2, W/2, 2]`, for "i420" `[H, W]` and two of `[H/2, W/2]`, halves rounded up.
    """

    planes: Sequence[npt.NDArray[np.uint8]]
    format: str = "nv12"
    matrix: str = "bt601"
    full_range: bool = False
    rotation: int = 0


Frame = Union[npt.NDArray[np.uint8], Planes]


def picture(frame: Frame, timestamp: float = 0, format: str | None = None) -> tuple[Picture, list[Any]]:
    """Describes a frame; also returns the arrays, which must be kept as long as the description is used."""
    if not isinstance(frame, Planes):
        array = np.asarray(frame)
        if array.ndim != 3 or array.shape[2] not in (3, 4):
            raise BadArgument(f"a frame has the shape [H, W, 3] or [H, W, 4], not {list(array.shape)}")
        frame = Planes([array], format or {3: "rgb", 4: "rgba"}[array.shape[2]])
        if (frame.format == "rgb") != (array.shape[2] == 3):
            raise BadArgument(f"a frame in {frame.format!r} cannot have {array.shape[2]} channels")
    if frame.format not in FORMATS or frame.matrix not in MATRICES:
        raise BadArgument(f"{frame.format!r} in {frame.matrix!r} is no format of pictures")
    if len(frame.planes) > 3 or not frame.planes:
        raise BadArgument(f"a picture has 1 to 3 planes, not {len(frame.planes)}")
    kept = [_readable(plane) for plane in frame.planes]
    height, width = kept[0].shape[:2]
    description = Picture(
        format=FORMATS[frame.format], width=width, height=height, rotation=int(frame.rotation),
        matrix=MATRICES[frame.matrix], is_full_range=int(frame.full_range), timestamp=timestamp)
    for number, plane in enumerate(kept):
        # Planes that are too small for the picture are noticed by their sizes in bytes.
        last = sum((length - 1) * stride for length, stride in zip(plane.shape, plane.strides))
        description.planes[number] = Plane(
            plane.ctypes.data, last + 1 if plane.size else 0, plane.strides[0], plane.strides[1])
    return description, kept


def _readable(plane: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Returns the plane, or a copy if its strides are not those of a camera's."""
    array = np.asarray(plane)
    if array.dtype != np.uint8:
        raise BadArgument(f"a frame's elements are uint8, not {array.dtype}")
    if array.ndim not in (2, 3) or not array.size:
        raise BadArgument(f"a frame cannot have the shape {list(array.shape)}")
    channels = array.shape[2] if array.ndim == 3 else 1
    fits = array.ndim == 2 or array.strides[2] == 1
    if fits and channels <= array.strides[1] <= 64 and array.strides[0] >= array.strides[1] * array.shape[1]:
        return array
    return np.ascontiguousarray(array)


def pictures(frames: Sequence[Frame], format: str | None = None) -> tuple[Any, list[Any]]:
    """Describes the frames of a clip in an array of structs."""
    described = [picture(frame, format=format) for frame in frames]
    if not described:
        raise BadArgument("a clip has one frame or more")
    array = (Picture * len(described))()
    for number, (description, _) in enumerate(described):
        ctypes.memmove(ctypes.byref(array, number * ctypes.sizeof(Picture)), ctypes.byref(description),
                       ctypes.sizeof(Picture))
    return array, [kept for _, kept in described]
