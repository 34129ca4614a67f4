"""Classes of clips and of streams."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _library as library
from ._errors import BadArgument, Unsupported
from ._model import Model, _int32, _precision
from ._pictures import Frame, picture


@dataclass(frozen=True)
class Prediction:
    """A class with its probability."""

    label: str
    index: int
    score: float


@dataclass(frozen=True)
class StreamPrediction:
    """The class of a stream at a time."""

    label: str
    index: int
    #: The averaged score of the class, 0 to 1. The class stays until another one leads by the margin.
    score: float
    #: Whether the class differs from that of the previous prediction, or there is none.
    has_changed: bool
    #: The timestamp in seconds of the newest frame that the prediction depends on.
    timestamp: float
    #: The time in seconds from when the frame was pushed to when the prediction was ready.
    latency: float


class StreamInfo(NamedTuple):
    """What a stream is, and what it has done so far."""

    #: "continual" (each frame is computed once) or "windows" (on clips that overlap).
    method: str
    #: The number of sampled frames before the one with the first prediction.
    warm_up_frames: int
    #: The number of sampled frames from one prediction to the next.
    stride: int
    #: The number of sampled frames by which predictions lag.
    delay: int
    #: The time from one sampled frame to the next in seconds.
    frame_interval: float
    frames: int
    sampled: int
    skipped: int
    repeated: int
    predictions: int
    changes: int
    resets: int
    jumps: int
    size_changes: int
    failures: int


class Classifier:
    """Classifies clips of frames: scales, crops and normalizes them, runs the model, and sorts the classes."""

    def __init__(self, model: Model, threads: int = 1, precision: Optional[str] = None) -> None:
        self.labels = model.labels
        self._session = model.session(threads=threads, precision=precision)

    def scores(self, frames: Sequence[Frame], format: Optional[str] = None) -> npt.NDArray[np.float32]:
        """Returns the probability of each class.

        Args:
            frames: The frames in the order of time, of which as many are taken as a clip has, evenly spread: uint8 `[H, W, 3]` in
                RGB, `[H, W, 4]`, or `Planes`.
            format: "rgba" or "bgra" for frames of four channels.
        """
        return self._session.classify_frames(frames, format)

    def __call__(self, frames: Sequence[Frame], format: Optional[str] = None) -> List[Prediction]:
        """Returns the classes by descending probability; takes what `scores` takes."""
        scores = self.scores(frames, format)
        return [
            Prediction(_label(self.labels, int(index)), int(index), float(scores[index]))
            for index in np.argsort(-scores, kind="stable")]


class Stream(library.Handle):
    """Classifies a camera's frames as they come: samples them by their timestamps, averages scores, holds the class.

    A stream must not be used by several threads at once; a call that comes meanwhile raises `Busy`.
    """

    _close = "stream_close"

    def __init__(
        self, model: Model, *, method: str = "automatic", stride: Optional[int] = None, window: float = 1,
        margin: float = 0.1, shortest: float = 1, longest_gap: Optional[float] = None, threads: int = 1,
        precision: Optional[str] = None,
    ) -> None:
        """Opens a stream.

        Args:
            model: The model: a continual form computes each frame once, others run on clips that overlap.
            method: "continual" or "windows"; "automatic" for what the model is.
            stride: The number of sampled frames from one window to the next; None for half a clip.
            window: The window in seconds over which scores are averaged; 0 for none.
            margin: The lead in score, 0 to 1, that another class needs to replace the current one.
            shortest: The time in seconds that a class stays at least.
            longest_gap: The longest time in seconds without frames that is no jump; None for half of the time that a
                result depends on, but at least a clip's duration and one second.
            threads: The number of threads that run the model.
            precision: "fp32" or "fp16"; None for the model's own.
        """
        if method not in library.METHODS:
            raise BadArgument(f"{method!r} is no method: choose 'automatic', 'continual' or 'windows'")
        if stride is not None and stride < 1 or longest_gap is not None and not longest_gap > 0:
            raise BadArgument("a stride is 1 or more, and a gap longer than 0 s")
        options = library.StreamOptions(
            threads=_int32(threads, "threads"), precision=_precision(precision), method=library.METHODS[method],
            stride=_int32(stride or 0, "stride"), window=window, margin=margin, shortest=shortest,
            longest_gap=longest_gap or 0)
        self.labels = model.labels
        super().__init__("stream_open", model._handle, ctypes.byref(options))
        info = library.StreamInfo()
        library.call("stream_get_info", self._handle, ctypes.byref(info))
        self._class_count = int(info.class_count)

    def push(self, frame: Frame, timestamp: float, format: Optional[str] = None) -> Optional[StreamPrediction]:
        """Takes the next frame.

        Args:
            frame: uint8 `[H, W, 3]` in RGB, `[H, W, 4]`, or `Planes`.
            timestamp: Its time in seconds, from any start.
            format: "rgba" or "bgra" for frames of four channels.

        Returns:
            The prediction that it gives; None if it is skipped, within a window, and before the warm-up.
        """
        described, kept = picture(frame, float(timestamp), format)
        result = library.PredictionInfo()
        library.call("stream_push", self._handle, ctypes.byref(described), ctypes.byref(result))
        del kept
        if not result.is_valid:
            return None
        return StreamPrediction(
            _label(self.labels, result.class_index), result.class_index, result.score, bool(result.has_changed),
            result.timestamp, result.latency)

    @property
    def scores(self) -> Optional[npt.NDArray[np.float32]]:
        """The averaged score of each class of the last prediction; None before the first one."""
        scores = np.empty(self._class_count, np.float32)
        try:
            library.call(
                "stream_get_scores", self._handle, scores.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), len(scores))
        except Unsupported:
            return None
        return scores

    @property
    def info(self) -> StreamInfo:
        """What the stream is, and what it has done so far."""
        info = library.StreamInfo()
        library.call("stream_get_info", self._handle, ctypes.byref(info))
        method = next(name for name, number in library.METHODS.items() if number == info.method)
        return StreamInfo(method, *(getattr(info, name) for name in StreamInfo._fields[1:]))

    def reset(self) -> None:
        """Forgets all frames, such as after a change of scene. Counters go on."""
        library.call("stream_reset", self._handle)

    def save(self) -> bytes:
        """Returns all that later predictions depend on, for `restore` in a stream of the same model and options."""
        return library.saved("stream_save", self._handle)

    def restore(self, state: bytes) -> None:
        """Continues from what a stream has saved: its predictions are then the same to the last bit."""
        library.call("stream_restore", self._handle, state, len(state))


def _label(labels: List[str], index: int) -> str:
    return labels[index] if index < len(labels) else f"class {index}"
