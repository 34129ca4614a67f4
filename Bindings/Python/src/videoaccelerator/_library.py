"""The C library: its structs and functions, as videoaccelerator.h declares them."""

from __future__ import annotations

import ctypes
import os
import pathlib
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

from . import _errors

INTERFACE_VERSION = 1
MAX_RANK = 8
TOO_SMALL = 6
_ERRORS = {
    1: _errors.BadArgument, 2: _errors.Closed, 3: _errors.Busy, 4: _errors.BadFile, 5: _errors.Unsupported,
    6: _errors.BadArgument, 7: _errors.Error,
}

PRECISIONS = {None: 0, "fp32": 1, "fp16": 2, "int8": 3}
PRECISION_NAMES = {number: name for name, number in PRECISIONS.items() if name}
METHODS = {"automatic": 0, "continual": 1, "windows": 2}
FORMATS = {"rgb": 1, "rgba": 2, "bgra": 3, "nv12": 4, "i420": 5}
MATRICES = {"bt601": 0, "bt709": 1}
# By the number of vacc_element_type. NumPy has no bfloat16.
DTYPES = {
    1: "float64", 2: "float32", 3: "float16", 5: "int64", 6: "int32", 7: "int16", 8: "int8", 9: "uint64", 10: "uint32",
    11: "uint16", 12: "uint8", 13: "bool",
}


class _Sized(ctypes.Structure):
    """A struct whose first member is its size."""

    def __init__(self, **members: Any) -> None:
        super().__init__(size=ctypes.sizeof(self), **members)


class ModelInfo(_Sized):
    _fields_ = [
        ("size", c_uint32), ("precision", c_int32), ("input_count", c_int32), ("output_count", c_int32),
        ("label_count", c_int32), ("state_count", c_int32), ("receptive_field", c_int32), ("delay", c_int32),
        ("name", c_char_p)]


class ValueInfo(_Sized):
    _fields_ = [
        ("size", c_uint32), ("element_type", c_int32), ("name", c_char_p), ("rank", c_int32), ("is_clip", c_int32),
        ("shape", c_int64 * MAX_RANK)]


class RecipeInfo(_Sized):
    _fields_ = [
        ("size", c_uint32), ("frame_count", c_int32), ("sampling_rate", c_int32), ("short_side", c_int32),
        ("crop_size", c_int32), ("mean", c_float * 3), ("standard_deviation", c_float * 3), ("reserved", c_int32),
        ("frames_per_second", c_double)]


class Plane(ctypes.Structure):
    _fields_ = [
        ("bytes", c_void_p), ("byte_count", c_size_t), ("row_stride", c_size_t), ("pixel_stride", c_size_t)]


class Picture(_Sized):
    _fields_ = [
        ("size", c_uint32), ("format", c_int32), ("width", c_int32), ("height", c_int32), ("rotation", c_int32),
        ("matrix", c_int32), ("is_full_range", c_int32), ("reserved", c_int32), ("timestamp", c_double),
        ("planes", Plane * 3)]


class SessionOptions(_Sized):
    _fields_ = [
        ("size", c_uint32), ("threads", c_int32), ("precision", c_int32), ("shape_count", c_int32),
        ("lengths", POINTER(c_int64)), ("length_count", c_size_t)]


class StreamOptions(_Sized):
    _fields_ = [
        ("size", c_uint32), ("threads", c_int32), ("precision", c_int32), ("method", c_int32), ("stride", c_int32),
        ("reserved", c_int32), ("window", c_double), ("margin", c_double), ("shortest", c_double),
        ("longest_gap", c_double)]


class PredictionInfo(_Sized):
    _fields_ = [
        ("size", c_uint32), ("is_valid", c_int32), ("class_index", c_int32), ("score", c_float),
        ("has_changed", c_int32), ("reserved", c_int32), ("timestamp", c_double), ("latency", c_double)]


class StreamInfo(_Sized):
    _fields_ = [
        ("size", c_uint32), ("method", c_int32), ("class_count", c_int32), ("warm_up_frames", c_int32),
        ("stride", c_int32), ("delay", c_int32), ("frame_interval", c_double), ("frames", c_int64),
        ("sampled", c_int64), ("skipped", c_int64), ("repeated", c_int64), ("predictions", c_int64),
        ("changes", c_int64), ("resets", c_int64), ("jumps", c_int64), ("size_changes", c_int64), ("failures", c_int64)]


_FLOATS = POINTER(c_float)
_SIZES = POINTER(c_size_t)
_POINTERS = POINTER(c_void_p)
_FUNCTIONS: dict[str, list[Any]] = {
    "model_open": [c_char_p, _POINTERS],
    "model_open_bytes": [c_void_p, c_size_t, _POINTERS],
    "model_close": [c_void_p],
    "model_get_info": [c_void_p, POINTER(ModelInfo)],
    "model_get_input": [c_void_p, c_int32, POINTER(ValueInfo)],
    "model_get_output": [c_void_p, c_int32, POINTER(ValueInfo)],
    "model_get_label": [c_void_p, c_int32, POINTER(c_char_p)],
    "model_get_recipe": [c_void_p, POINTER(RecipeInfo)],
    "model_sample_frames": [
        c_void_p, POINTER(c_double), c_size_t, c_double, c_double, c_int32, POINTER(c_int64), c_size_t, _SIZES],
    "session_open": [c_void_p, POINTER(SessionOptions), _POINTERS],
    "session_close": [c_void_p],
    "session_get_input": [c_void_p, c_int32, POINTER(ValueInfo)],
    "session_get_output": [c_void_p, c_int32, POINTER(ValueInfo)],
    "session_run": [c_void_p, _POINTERS, _SIZES, c_int32, _POINTERS, _SIZES, c_int32],
    "session_run_pictures": [c_void_p, POINTER(Picture), c_int32, _POINTERS, _SIZES, c_int32],
    "session_classify": [c_void_p, POINTER(Picture), c_int32, _FLOATS, c_int32],
    "session_reset": [c_void_p],
    "session_save": [c_void_p, c_void_p, c_size_t, _SIZES],
    "session_restore": [c_void_p, c_char_p, c_size_t],
    "session_profile": [c_void_p, c_int32, c_void_p, c_size_t, _SIZES],
    "stream_options_init": [POINTER(StreamOptions)],
    "stream_open": [c_void_p, POINTER(StreamOptions), _POINTERS],
    "stream_close": [c_void_p],
    "stream_get_info": [c_void_p, POINTER(StreamInfo)],
    "stream_push": [c_void_p, POINTER(Picture), POINTER(PredictionInfo)],
    "stream_get_scores": [c_void_p, _FLOATS, c_int32],
    "stream_reset": [c_void_p],
    "stream_save": [c_void_p, c_void_p, c_size_t, _SIZES],
    "stream_restore": [c_void_p, c_char_p, c_size_t],
}


def _load() -> ctypes.CDLL:
    # VIDEOACCELERATOR_LIBRARY names another file than the one that the wheel brings.
    path = os.environ.get("VIDEOACCELERATOR_LIBRARY") or str(
        pathlib.Path(__file__).with_name("libvideoaccelerator.so"))
    library = ctypes.CDLL(path)
    library.vacc_last_error.restype = c_char_p
    for name, arguments in _FUNCTIONS.items():
        getattr(library, "vacc_" + name).argtypes = arguments
    if library.vacc_interface_version() < INTERFACE_VERSION:
        raise ImportError(f"{path} is older than this package")
    return library


_library = _load()


def status(name: str, *arguments: Any) -> int:
    """Calls a function of the library, without the interpreter's lock; returns its status."""
    return int(getattr(_library, "vacc_" + name)(*arguments))


def call(name: str, *arguments: Any) -> None:
    """Calls a function of the library; raises an `Error` if it fails."""
    code = status(name, *arguments)
    if code:
        raise _ERRORS.get(code, _errors.Error)(_library.vacc_last_error().decode("utf-8", "replace"))


class Handle:
    """What is opened and closed: also by `with`, and with the last reference."""

    _close = ""

    def __init__(self, function: str, *arguments: Any) -> None:
        self._handle = c_void_p()
        call(function, *arguments, ctypes.byref(self._handle))

    def close(self) -> None:
        """Releases the memory. Does nothing if it was closed before."""
        handle, self._handle = getattr(self, "_handle", None), c_void_p()
        if handle:
            call(self._close, handle)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def saved(function: str, handle: c_void_p, *arguments: Any) -> bytes:
    """Returns the bytes that a function writes, whose number it says first."""
    count = c_size_t()
    call(function, handle, *arguments, None, 0, ctypes.byref(count))
    buffer = ctypes.create_string_buffer(count.value)
    call(function, handle, *arguments, buffer, len(buffer), ctypes.byref(count))
    return buffer.raw[: count.value]
