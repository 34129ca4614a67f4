"""A runtime in a process of its own (serving.py) that runs one ONNX file.

Usage: python network_worker.py RUNTIME FILE.onnx THREADS

RUNTIME is one of RUNTIMES. The clips of input NAME are FILE-NAME.npy: int8 learns from all, and the last one is run.
"""

from __future__ import annotations

import abc
import importlib.metadata
import json
import os
import pathlib
import sys
import tempfile
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from serving import accelerator, serve, timed

Arrays = dict[str, NDArray[np.float32]]


class Runtime(abc.ABC):
    """A network that is ready to run, in one runtime."""

    package: ClassVar[str] = ""

    def version(self) -> str:
        return f"{self.package} {importlib.metadata.version(self.package)}" if self.package else ""

    def check(self, path: str) -> None:
        np.save(path, self.outputs())

    @abc.abstractmethod
    def outputs(self) -> NDArray[np.float32]:
        """The first output for the last clip."""

    @abc.abstractmethod
    def time(self, iterations: int) -> dict[str, float]:
        """Minimum and median latency in milliseconds."""


class OpenVINO(Runtime):
    """Its own graph compiler on the ONNX file, in fp32."""

    package = "openvino"

    def __init__(self, path: pathlib.Path, threads: int, clips: Arrays) -> None:
        import openvino

        options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
        self.compiled = openvino.Core().compile_model(self.network(path, clips), "CPU", options)
        self.request = self.compiled.create_infer_request()
        self.sample = {name: value[-1:] for name, value in clips.items()}

    def network(self, path: pathlib.Path, clips: Arrays) -> Any:
        import openvino

        return openvino.Core().read_model(path)

    def outputs(self) -> NDArray[np.float32]:
        return self.request.infer(self.sample)[0]

    def time(self, iterations: int) -> dict[str, float]:
        return timed(lambda: self.request.infer(self.sample), iterations)


class OpenVINOQuantized(OpenVINO):
    """OpenVINO after NNCF with its defaults."""

    def network(self, path: pathlib.Path, clips: Arrays) -> Any:
        import nncf
        import openvino

        kept = path.with_suffix(".nncf.xml")
        if not kept.is_file():
            count = len(next(iter(clips.values())))
            samples = [{name: value[index : index + 1] for name, value in clips.items()} for index in range(count)]
            quantized = nncf.quantize(super().network(path, clips), nncf.Dataset(samples), subset_size=count)
            openvino.save_model(quantized, kept, compress_to_fp16=False)
        return openvino.Core().read_model(kept)


class ONNXRuntime(Runtime):
    package = "onnxruntime"

    def __init__(self, path: pathlib.Path, threads: int, clips: Arrays) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.sample = {name: value[-1:] for name, value in clips.items()}

    def outputs(self) -> NDArray[np.float32]:
        return self.session.run(None, self.sample)[0]

    def time(self, iterations: int) -> dict[str, float]:
        return timed(lambda: self.session.run(None, self.sample), iterations)


class VideoAccelerator(Runtime):
    """Ours on the same ONNX file, through its command: `deploy`, then `run` for the check and `benchmark` for the times."""

    precision: ClassVar[str] = "fp32"

    def __init__(self, path: pathlib.Path, threads: int, clips: Arrays) -> None:
        self.threads = threads
        self.folder = tempfile.TemporaryDirectory()
        self.files = {name: pathlib.Path(self.folder.name, f"{name}.npy") for name in clips}
        for name, file in self.files.items():
            np.save(file, clips[name])
        self.model = pathlib.Path(self.folder.name, "network.accel")
        calibration = self.named("--calibration") if self.precision == "int8" else []
        self.call("deploy", "--model", path, "--target", "host", "--precision", self.precision, "--output", self.model, *calibration)
        for name, file in self.files.items():
            np.save(file, clips[name][-1:])

    def named(self, option: str) -> list[object]:
        """The option once for each input."""
        return [word for name, file in self.files.items() for word in (option, f"{name}={file}")]

    def call(self, *arguments: object) -> str:
        return accelerator(os.environ["ACCELERATOR"], *arguments)

    def outputs(self) -> NDArray[np.float32]:
        target = pathlib.Path(self.folder.name, "scores.npy")
        self.call("run", "--model", self.model, *self.named("--input"), "--output", target, "--threads", self.threads)
        return np.load(target)

    def time(self, iterations: int) -> dict[str, float]:
        report = json.loads(
            self.call(
                "benchmark", "--model", self.model, "--threads", self.threads, "--iterations", iterations, "--format", "json"
            )
        )
        times = {key: float(report["latency_ms"][key]) for key in ("min", "median")}
        peak = report.get("peak_fraction")
        return times | ({"peak": peak} if peak is not None else {})


class VideoAcceleratorQuantized(VideoAccelerator):
    precision = "int8"


RUNTIMES: dict[str, Any] = {
    "ours": VideoAccelerator,
    "ours-int8": VideoAcceleratorQuantized,
    "openvino": OpenVINO,
    "openvino-int8": OpenVINOQuantized,
    "onnxruntime": ONNXRuntime,
}


def make(name: str, file: str, threads: str) -> Runtime:
    path = pathlib.Path(file)
    clips = {part.stem.removeprefix(f"{path.stem}-"): np.load(part) for part in path.parent.glob(f"{path.stem}-*.npy")}
    clips.pop("expected", None)
    return RUNTIMES[name](path, int(threads), clips)


if __name__ == "__main__":
    serve(lambda: make(*sys.argv[1:]))
