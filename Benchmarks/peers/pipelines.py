"""From video files to classes: the contestants of compare_pipeline.py, each in a process of its own.

Usage: python pipelines.py NAME CASE.json VIDEO… answers each line of its input: it classifies all videos and says what that took.
"""

from __future__ import annotations

import abc
import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, ClassVar

VIEWS = 10


def spans(frame_count: int, rate: Fraction, frames: int, sampling: int) -> list[list[int]]:
    """The frames of each view, as PyTorchVideo's ConstantClipsPerVideoSampler and uniform_temporal_subsample take them."""
    length = Fraction(frames * sampling, 30)
    latest = max(Fraction(0), frame_count / rate - length)
    views = []
    for view in range(VIEWS):
        start = latest * view / VIEWS
        first, end = math.ceil(start * rate), min(frame_count, math.ceil((start + length) * rate))
        views.append([first + (end - first - 1) * place // (frames - 1) for place in range(frames)])
    return views


class Pipeline(abc.ABC):
    """Classifies videos: probabilities, averaged over ten views."""

    title: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]

    def __init__(self, case: Any, videos: list[str]) -> None:
        self.case, self.videos = case, videos

    @abc.abstractmethod
    def probabilities(self) -> list[list[float]]:
        """Of each video."""

    def version(self) -> str:
        import importlib.metadata

        return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in self.packages)


class Python(Pipeline):
    """What one would write: the frames that the views need, each once, scaled by torch, then the model on each view."""

    def __init__(self, case: Any, videos: list[str]) -> None:
        import torch

        super().__init__(case, videos)
        torch.set_num_threads(case.threads)
        self.run = self.model()

    @abc.abstractmethod
    def model(self) -> Callable[[Any], Any]: ...

    @abc.abstractmethod
    def frames(self, path: str) -> tuple[list[list[int]], Iterable[tuple[int, Any]]]:
        """The frames of each view, and all of them as RGB arrays with their numbers."""

    def prepared(self, frame: Any) -> Any:
        """The middle of a frame as the model wants it."""
        import torch

        pixels = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
        height, width = pixels.shape[2:]
        scale = Fraction(182, min(height, width))
        pixels = torch.nn.functional.interpolate(
            pixels, (int(height * scale), int(width * scale)), mode="bilinear", align_corners=False
        )
        top, left = (round((length - self.case.side) / 2) for length in pixels.shape[2:])
        return (pixels[0, :, top : top + self.case.side, left : left + self.case.side] - 0.45) / 0.225

    def probabilities(self) -> list[list[float]]:
        import torch

        results = []
        with torch.inference_mode():
            for path in self.videos:
                views, frames = self.frames(path)
                kept = {number: self.prepared(frame) for number, frame in frames}
                logits = [self.run(torch.stack([kept[number] for number in view], dim=1)[None]) for view in views]
                results.append(torch.cat(logits).softmax(1).mean(0).tolist())
        return results


class PyAVOpenVINO(Python):
    title = "PyAV + torch's resize + OpenVINO"
    packages = ("av", "openvino", "torch")

    def model(self) -> Callable[[Any], Any]:
        import torch
        from contestants import OpenVINO

        openvino = OpenVINO(self.case)
        return lambda clip: torch.from_numpy(openvino.run(clip.numpy()).copy())

    def frames(self, path: str) -> tuple[list[list[int]], Iterable[tuple[int, Any]]]:
        import av

        container = av.open(path)
        stream = container.streams.video[0]
        stream.thread_type = "AUTO" if self.case.threads > 1 else "NONE"
        views = spans(stream.frames, stream.average_rate, self.case.frames, 12)
        wanted = {number for view in views for number in view}
        decoded = enumerate(container.decode(stream))
        return views, ((number, frame.to_ndarray(format="rgb24")) for number, frame in decoded if number in wanted)


class DecordEager(Python):
    title = "decord + PyTorch eager"
    packages = ("decord", "torch")

    def model(self) -> Callable[[Any], Any]:
        import case as cases
        import torch

        module = cases.model(self.case).to(memory_format=torch.channels_last_3d)
        return lambda clip: module(clip.to(memory_format=torch.channels_last_3d))

    def frames(self, path: str) -> tuple[list[list[int]], Iterable[tuple[int, Any]]]:
        import decord

        reader = decord.VideoReader(path, ctx=decord.cpu(0), num_threads=self.case.threads)
        rate = Fraction(reader.get_avg_fps()).limit_denominator(1001)
        views = spans(len(reader), rate, self.case.frames, 12)
        wanted = sorted({number for view in views for number in view})
        return views, ((number, reader[number].asnumpy()) for number in wanted)


class Ours(Pipeline):
    """`accelerator classify`: a process for all videos, its start and the loading of the model included."""

    title = "**VideoAccelerator**"
    packages = ()

    def __init__(self, case: Any, videos: list[str]) -> None:
        from contestants import VideoAccelerator

        super().__init__(case, videos)
        self.command = VideoAccelerator(case)

    def probabilities(self) -> list[list[float]]:
        output = self.command.call(
            "classify", *self.videos, "--model", self.command.model, "--views", VIEWS,
            "--threads", self.case.threads, "--top", 1000, "--format", "json",
        )  # fmt: skip
        return [
            [prediction["score"] for prediction in sorted(video["predictions"], key=lambda item: item["index"])]
            for video in json.loads(output)
        ]


PIPELINES: dict[str, type[Pipeline]] = {
    "ours": Ours,
    "pyav-openvino": PyAVOpenVINO,
    "decord-eager": DecordEager,
}
"""All contestants by the name that the command line knows them by."""


def processor_time() -> float:
    """Seconds of all threads of this process and of those that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(name: str, case_file: str, *videos: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries print what they like

    def answer(value: dict[str, Any]) -> None:
        print(json.dumps(value), file=answers, flush=True)

    try:
        from case import Case

        pipeline = PIPELINES[name](Case.load(case_file), list(videos))
        answer({"version": pipeline.version()})
        for _ in sys.stdin:
            start = time.perf_counter(), processor_time()
            probabilities = pipeline.probabilities()
            end = time.perf_counter(), processor_time()
            answer({"wall": end[0] - start[0], "cpu": end[1] - start[1], "probabilities": probabilities})
    except Exception as failure:  # any reason is worth reporting, and the report is where it goes
        answer({"failure": (str(failure).strip().splitlines() or [type(failure).__name__])[0]})


if __name__ == "__main__":
    main(*sys.argv[1:])
