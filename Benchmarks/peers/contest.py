"""A contest: who is right is timed, all in turn."""

from __future__ import annotations

import math
import pathlib
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from processes import Failure, Worker, progress, take_turns


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    """The rms error relative to how much what is expected varies."""
    expected = expected.astype(np.float64)
    return float(np.linalg.norm(actual.astype(np.float64).ravel() - expected.ravel()) / np.linalg.norm(expected - expected.mean()))


def check(worker: Worker, error: Callable[[np.ndarray], float], tolerance: float) -> float:
    """The error of a worker's outputs.

    Raises Failure if it is above the tolerance.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "outputs.npy")
        worker.ask(f"check {path}")
        found = error(np.load(path))
    if not found <= tolerance:
        raise Failure(f"its outputs differ from PyTorch's by {found:.1e}, SQNR {decibels(found)} dB")
    return found


def decibels(error: float) -> str:
    """The signal-to-noise ratio that a relative rms error is."""
    return f"{-20 * math.log10(error):.1f}" if error > 0 else "∞"


def contest(
    title: str,
    names: Iterable[str],
    start: Callable[[str], Worker],
    verify: Callable[[str, Worker], float],
    rounds: int,
    turn_ms: float,
) -> dict[str, Any]:
    """The entries of all contestants: error, version and rounds, or the reason why there are none."""
    entries: dict[str, Any] = {name: {"rounds": []} for name in names}
    workers: dict[str, Worker] = {}
    for name, entry in entries.items():
        try:
            worker = start(name)
            try:
                entry["error"] = verify(name, worker)
            except Failure:
                worker.close()
                raise
            entry["version"] = worker.version
            workers[name] = worker
            progress(f"{title}, {name}: error {entry['error']:.1e}")
        except Failure as failure:
            entry["failure"] = str(failure)
            progress(f"{title}, {name}: left out: {failure}")
    take_turns(workers, entries, rounds, turn_ms)
    return entries
