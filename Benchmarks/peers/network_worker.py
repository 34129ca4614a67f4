"""A runtime in a process of its own that runs one ONNX file.

Usage: python network_worker.py RUNTIME FILE.onnx THREADS [CLIPS]

RUNTIME is one of RUNTIMES; CLIPS, for int8, is what NAME-INPUT.npy files to learn from begin with. Requests and answers are those
of worker.py: `check FILE.npy` writes what comes of the last clips, `time N` runs N times.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float32]]


def timed(run: Callable[[], Any], iterations: int) -> dict[str, float]:
    """Minimum and median latency in milliseconds, after one run that does not count."""
    run()
    latencies = []
    for _ in range(iterations):
        start = time.perf_counter_ns()
        run()
        latencies.append((time.perf_counter_ns() - start) / 1e6)
    return {"min": min(latencies), "median": statistics.median(latencies)}


class OpenVINO:
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


class ONNXRuntime:
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


class VideoAccelerator:
    """Ours on the same ONNX file, through its command: `deploy`, then `run` for the check and `benchmark` for the times."""

    package = ""
    precision = "fp32"

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
        command = [os.environ["ACCELERATOR"], *map(str, arguments)]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode != 0:
            lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
            raise ValueError(f"accelerator {arguments[0]}: {lines[0]}")
        return result.stdout

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


def answer(work: Callable[[], Any], answers: TextIO) -> Any:
    """Does the work and prints what it gives; what it raises is printed, too."""
    try:
        value, result = work()
    except Exception as failure:  # any reason is worth reporting, and the report is where it goes
        lines = str(failure).strip().splitlines() or [type(failure).__name__]
        value, result = {"failure": lines[0]}, None
    print(json.dumps(value), file=answers, flush=True)
    return result


def main(name: str, file: str, threads: str, clips: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # runtimes print what they like, libraries in C included
    path = pathlib.Path(file)

    def make() -> Any:
        from importlib.metadata import version

        values = {part.stem.removeprefix(clips + "-"): np.load(part) for part in path.parent.glob(f"{clips}-*.npy")}
        values.pop("expected", None)
        runtime = RUNTIMES[name](path, int(threads), values)
        return {"version": f"{runtime.package} {version(runtime.package)}" if runtime.package else ""}, runtime

    runtime = answer(make, answers)
    if runtime is None:
        return
    for line in sys.stdin:
        request, argument = line.rstrip("\n").split(" ", 1)
        if request == "check":
            answer(lambda: (np.save(argument, runtime.outputs()) or {}, None), answers)
        else:
            answer(lambda: (runtime.time(int(argument)), None), answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
