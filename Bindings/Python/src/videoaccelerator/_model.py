"""Models and sessions: tensors in, tensors out."""

from __future__ import annotations

import ctypes
import json
import os
import threading
from ctypes import c_char_p, c_int32, c_size_t, c_void_p
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _library as library
from ._errors import BadArgument, Unsupported
from ._pictures import Frame, pictures

Array = npt.NDArray[Any]


class Value(NamedTuple):
    """An input or output of a model or a session."""

    name: str
    dtype: str
    #: The lengths, outermost first; of a model, None for those that a session chooses.
    shape: Tuple[Optional[int], ...]
    #: Whether the model's recipe says how the input is made of a clip.
    is_clip: bool


class Recipe(NamedTuple):
    """How clips are made of a video: sampled frames are scaled by their shorter side, cropped in the middle, normalized."""

    frame_count: int
    #: The number of the video's frames from one frame of a clip to the next, at `frames_per_second`.
    sampling_rate: int
    #: The length in pixels that the shorter side is scaled to.
    short_side: int
    #: The side in pixels of the square that is cropped.
    crop_size: int
    mean: Tuple[float, ...]
    standard_deviation: Tuple[float, ...]
    frames_per_second: float


class Session(library.Handle):
    """A model that is prepared for inputs of known shapes: `Model.session` makes one.

    A session must not be used by several threads at once; a call that comes meanwhile raises `Busy`. A model with states goes on
    from run to run.
    """

    _close = "session_close"

    def __init__(
        self, model: Model, shapes: Optional[Sequence[Sequence[int]]], threads: int, precision: Optional[str]
    ) -> None:
        options = library.SessionOptions(threads=_int32(threads, "threads"), precision=_precision(precision))
        if shapes is not None:
            lengths = [int(length) for shape in shapes for length in shape]
            array = (ctypes.c_int64 * len(lengths))(*lengths)
            options.shape_count, options.lengths, options.length_count = len(shapes), array, len(lengths)
        super().__init__("session_open", model._handle, ctypes.byref(options))
        #: The inputs and outputs, with all lengths.
        self.inputs = _values("session_get_input", self._handle, len(model.inputs))
        self.outputs = _values("session_get_output", self._handle, len(model.outputs))

    def __call__(self, *inputs: npt.ArrayLike) -> Any:
        """Runs the model on an array for each input, which is copied only if it is not contiguous or of another type.

        Returns an array, or a tuple if the model has several outputs.
        """
        if len(inputs) != len(self.inputs):
            raise BadArgument(f"the model takes {len(self.inputs)} inputs, not {len(inputs)}")
        arrays = []
        for value, given in zip(self.inputs, inputs):
            array = np.asarray(given)
            if array.shape != value.shape:
                raise BadArgument(f"the input {value.name!r} has the shape {value.shape}, not {array.shape}")
            if not np.can_cast(array.dtype, value.dtype, "same_kind"):
                raise BadArgument(f"the input {value.name!r} is {value.dtype}, not {array.dtype}")
            arrays.append(np.ascontiguousarray(array, dtype=value.dtype))
        outputs = self._outputs()
        library.call("session_run", self._handle, *_buffers(arrays), *_buffers(outputs))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def run_frames(self, frames: Sequence[Frame], format: Optional[str] = None) -> Any:
        """Runs the model on a clip: frames in the order of time, of which as many are taken as a clip has, evenly spread.

        Frames are uint8 `[H, W, 3]` in RGB, `[H, W, 4]` in `format` "rgba" or "bgra", or `Planes`.
        """
        described, kept = pictures(frames, format)
        outputs = self._outputs()
        library.call("session_run_pictures", self._handle, described, len(kept), *_buffers(outputs))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def classify_frames(self, frames: Sequence[Frame], format: Optional[str] = None) -> npt.NDArray[np.float32]:
        """Returns the probability of each class for a clip of frames, as `run_frames` takes them."""
        shape = self.outputs[0].shape
        scores = np.empty(shape[-1] or 0, np.float32)
        described, kept = pictures(frames, format)
        library.call(
            "session_classify", self._handle, described, len(kept),
            scores.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), len(scores))
        return scores

    def reset(self) -> None:
        """Sets the states to their initial values."""
        library.call("session_reset", self._handle)

    def save(self) -> bytes:
        """Returns the states, for `restore` in a session of the same model and shapes."""
        return library.saved("session_save", self._handle)

    def restore(self, states: bytes) -> None:
        """Continues from saved states."""
        library.call("session_restore", self._handle, states, len(states))

    def profile(self, runs: int = 50) -> Dict[str, Any]:
        """Measures the steps on inputs of zeros: times in milliseconds, kernels, multiply-adds, bytes. Resets the states."""
        text = library.saved("session_profile", self._handle, _int32(runs, "runs"))
        return dict(json.loads(text.rstrip(b"\0")))

    def _outputs(self) -> List[Array]:
        return [np.empty(tuple(length or 0 for length in value.shape), value.dtype) for value in self.outputs]


class Model(library.Handle):
    """A model that was deployed: graph, weights, recipe and labels of an `.accel` file. Threads can share it."""

    _close = "model_close"

    def __init__(self, source: Union[str, "os.PathLike[str]", bytes]) -> None:
        self._lock = threading.Lock()
        self._idle: Dict[Tuple[Any, ...], List[Session]] = {}
        if isinstance(source, (bytes, bytearray, memoryview)):
            contents = bytes(source)
            super().__init__("model_open_bytes", ctypes.cast(c_char_p(contents), c_void_p), len(contents))
        else:
            super().__init__("model_open", os.fsencode(source))
        info = library.ModelInfo()
        library.call("model_get_info", self._handle, ctypes.byref(info))
        self.name: str = info.name.decode()
        #: "fp32", "fp16" or "int8".
        self.precision: str = library.PRECISION_NAMES[info.precision]
        self.inputs = _values("model_get_input", self._handle, info.input_count)
        self.outputs = _values("model_get_output", self._handle, info.output_count)
        self.labels: List[str] = [self._label(index) for index in range(info.label_count)]
        self.has_states: bool = info.state_count > 0
        #: For a model that takes one frame after the other: the number of frames that a result depends on, and by how many
        #: it lags. The first `receptive_field - 1` results are not valid. 0 if all are.
        self.receptive_field: int = info.receptive_field
        self.delay: int = info.delay

    @classmethod
    def open(cls, source: Union[str, "os.PathLike[str]", bytes]) -> Model:
        """Opens an `.accel` file by its path or its bytes."""
        return cls(source)

    @property
    def recipe(self) -> Optional[Recipe]:
        """How clips are made; None if the file does not say."""
        info = library.RecipeInfo()
        try:
            library.call("model_get_recipe", self._handle, ctypes.byref(info))
        except Unsupported:
            return None
        return Recipe(
            info.frame_count, info.sampling_rate, info.short_side, info.crop_size, tuple(info.mean),
            tuple(info.standard_deviation), info.frames_per_second)

    def session(
        self, shapes: Optional[Sequence[Sequence[int]]] = None, threads: int = 1, precision: Optional[str] = None
    ) -> Session:
        """Prepares the model for inputs of known shapes.

        Args:
            shapes: A shape for each input; None for one clip, as the recipe says.
            threads: The number of threads that run the model, 1 to 256.
            precision: "fp32" or "fp16"; None for the model's own.
        """
        return Session(self, shapes, threads, precision)

    def sample_frames(
        self, times: npt.ArrayLike, end: float, *, tick: float = 0, clips: Optional[int] = None
    ) -> npt.NDArray[np.int64]:
        """Returns the frames of a video that the model sees in 'accelerator classify' and 'batch': `[clips, frames]` numbers.

        A video's scores are the mean of `Session.classify_frames` over its clips.

        Args:
            times: The times of all frames in seconds from the first one, ascending.
            end: The time at which the last frame ends.
            tick: The seconds from one possible time of a frame to the next, such as the stream's time base: a clip that begins less
                than a thousandth of it after a frame contains that frame.
            clips: The number of clips, spread evenly; None for as many as fit one after the other, up to 10.
        """
        if clips is not None and clips < 1:
            raise BadArgument("a video has one clip or more")
        shown = np.ascontiguousarray(times, np.float64)
        if shown.ndim != 1:
            raise BadArgument(f"times have the shape [frames], not {list(shown.shape)}")
        count = c_size_t()
        arguments = (
            self._handle, shown.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), len(shown), end, tick,
            _int32(clips or 0, "clips"))
        library.call("model_sample_frames", *arguments, None, 0, ctypes.byref(count))
        frames = np.empty(count.value, np.int64)
        place = frames.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))
        library.call("model_sample_frames", *arguments, place, len(frames), ctypes.byref(count))
        info = library.RecipeInfo()
        library.call("model_get_recipe", self._handle, ctypes.byref(info))
        return frames.reshape(-1, info.frame_count)

    def __call__(self, *inputs: npt.ArrayLike, threads: int = 1) -> Any:
        """Runs the model on an array for each input; returns an array, or a tuple if there are several outputs.

        Sessions are kept for inputs of the same shapes, so states go on only in a `session` of one's own: a model with states
        gives the result of a first run.
        """
        arrays = [np.asarray(given) for given in inputs]
        key = (threads, *(array.shape for array in arrays))
        with self._lock:
            idle = self._idle.get(key)
            session = idle.pop() if idle else None
        if session is None:
            session = self.session([array.shape for array in arrays], threads=threads)
        elif self.has_states:
            session.reset()
        results = session(*arrays)
        with self._lock:
            # Few shapes are kept: the oldest ones go.
            self._idle.setdefault(key, []).append(session)
            while len(self._idle) > 4:
                del self._idle[next(iter(self._idle))]
        return results

    def close(self) -> None:
        """Releases the model; sessions and streams that were opened from it go on."""
        with self._lock:
            self._idle = {}
        super().close()

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {self.precision}, inputs={[value.shape for value in self.inputs]})"

    def _label(self, index: int) -> str:
        label = c_char_p()
        library.call("model_get_label", self._handle, index, ctypes.byref(label))
        return (label.value or b"").decode()


def _precision(name: Optional[str]) -> int:
    if name not in library.PRECISIONS:
        raise BadArgument(f"{name!r} is no precision: choose 'fp32', 'fp16' or 'int8'")
    return library.PRECISIONS[name]


def _int32(number: int, name: str) -> int:
    # ctypes would take the lowest bits in silence.
    if not -(2**31) <= number < 2**31:
        raise BadArgument(f"{name} cannot be {number}")
    return c_int32(number).value


def _values(function: str, handle: c_void_p, count: int) -> List[Value]:
    values = []
    for index in range(count):
        info = library.ValueInfo()
        library.call(function, handle, index, ctypes.byref(info))
        shape = tuple(None if length < 0 else int(length) for length in info.shape[: info.rank])
        if info.element_type not in library.DTYPES:
            raise Unsupported("NumPy has no bfloat16")
        values.append(Value(info.name.decode(), library.DTYPES[info.element_type], shape, bool(info.is_clip)))
    return values


def _buffers(arrays: List[Array]) -> Tuple[Any, Any, int]:
    pointers = (c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
    counts = (c_size_t * len(arrays))(*(array.nbytes for array in arrays))
    return pointers, counts, len(arrays)
