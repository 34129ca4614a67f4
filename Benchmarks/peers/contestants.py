"""The contestants: how each one is made from a case, and how it runs one batch of clips.

A contestant runs on an input array and returns the logits; those that must not be timed from Python time themselves.
Whatever a contestant raises while it is made or run is what the report says about it.
"""

from __future__ import annotations

import abc
import hashlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable
from typing import Any, ClassVar

import case as cases
import numpy as np
import torch
from case import Case
from numpy.typing import NDArray
from serving import accelerator, timed

Array = NDArray[np.float32]


class Contestant(abc.ABC):
    """A network that is ready to run, in one runtime."""

    title: ClassVar[str]
    precision: ClassVar[str] = "fp32"
    packages: ClassVar[tuple[str, ...]] = ("torch",)
    tolerance: ClassVar[float] = 1e-3
    """The largest relative rms error of logits, minus their mean over clips, that counts as right."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sample = case.inputs()[0]

    @abc.abstractmethod
    def run(self, clips: Array) -> Array:
        """The logits of a batch of clips."""

    def time(self, iterations: int) -> dict[str, float]:
        """Minimum and median latency in milliseconds, after one run that does not count."""
        return timed(lambda: self.run(self.sample), iterations)

    def check(self, path: str) -> None:
        """Writes the logits of all of the case's inputs."""
        outputs = [self.run(clips).reshape(self.case.batch, -1) for clips in self.case.inputs()]
        np.save(path, np.concatenate(outputs))

    def version(self) -> str:
        return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in self.packages)

    def kept(self, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
        """The folder that `make` fills: made once for this contestant, network, clips and versions of its packages."""
        name = type(self).__name__
        key = hashlib.sha256("\n".join((name, self.version(), self.case.digest())).encode()).hexdigest()[:16]
        folder = pathlib.Path(self.case.cache, f"{name}-{key}")
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=self.case.cache) as unfinished:
                made = pathlib.Path(unfinished, "made")
                made.mkdir()
                make(made)
                made.rename(folder)
        return folder


class Eager(Contestant):
    title = "PyTorch eager"

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        torch.set_num_threads(case.threads)
        self.module = self.make()

    def make(self) -> torch.nn.Module:
        return cases.model(self.case)

    def tensor(self, clips: Array) -> torch.Tensor:
        return torch.from_numpy(clips)

    def run(self, clips: Array) -> Array:
        with torch.inference_mode():
            return self.module(self.tensor(clips)).numpy()


class EagerChannelsLast(Eager):
    title = "PyTorch eager, channels last"

    def make(self) -> torch.nn.Module:
        self.sample_channels_last = self.tensor_channels_last(self.sample)
        return super().make().to(memory_format=torch.channels_last_3d)

    def tensor_channels_last(self, clips: Array) -> torch.Tensor:
        return torch.from_numpy(clips).to(memory_format=torch.channels_last_3d)

    def tensor(self, clips: Array) -> torch.Tensor:
        # The timed clip is laid out beforehand: a caller would produce it so.
        return self.sample_channels_last if clips is self.sample else self.tensor_channels_last(clips)


class Accelerator(Eager):
    title = "PyTorchVideo/Accelerator, deployable form"
    packages = ("pytorchvideo", "torch")

    def make(self) -> torch.nn.Module:
        return self.deployable()

    def deployable(self, **options: bool) -> torch.nn.Module:
        """EfficientX3D in deployable form, with the case's weights."""
        from pytorchvideo.accelerator.deployment.mobile_cpu.utils.model_conversion import convert_to_deployable_form

        twin = cases.efficient_twin(self.case)
        with torch.no_grad():
            return convert_to_deployable_form(twin, torch.from_numpy(self.sample), **options)


class AcceleratorTorchScript(Accelerator):
    title = "PyTorchVideo/Accelerator, deployable form, TorchScript"

    def make(self) -> torch.nn.Module:
        # The original goes on with optimize_for_mobile; PyTorch's wheels have no XNNPACK any more, which that needs.
        with torch.no_grad():
            traced = torch.jit.trace(super().make(), torch.from_numpy(self.sample))
        return torch.jit.freeze(traced.eval())


class OpenVINO(Contestant):
    title = "OpenVINO"
    packages = ("openvino",)
    hint: ClassVar[str] = "f32"
    """The format of what is not quantised; what OpenVINO would choose depends on the processor."""

    def __init__(self, case: Case, **options: Any) -> None:
        import openvino

        super().__init__(case)
        options = {
            "INFERENCE_PRECISION_HINT": self.hint,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": case.threads,
            "NUM_STREAMS": 1,
        } | options
        self.compiled = openvino.Core().compile_model(self.network(), "CPU", options)
        self.request = self.compiled.create_infer_request()

    def network(self) -> Any:
        """The network as OpenVINO's own graph."""
        import openvino

        module, clips = cases.exportable(cases.model(self.case)), torch.from_numpy(self.sample)
        return openvino.convert_model(module, example_input=clips, input=list(self.case.shape))

    def run(self, clips: Array) -> Array:
        return self.request.infer({0: clips})[0]


class OpenVINOBFloat16(OpenVINO):
    """What OpenVINO does by itself to fp32 networks on processors with instructions for bf16."""

    precision = "bf16"
    tolerance = 1e-1
    hint = "bf16"


class ONNXRuntime(Contestant):
    title = "ONNX Runtime"
    packages = ("onnxruntime",)

    def __init__(self, case: Case) -> None:
        import onnxruntime

        super().__init__(case)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = case.threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.network(), options, providers=["CPUExecutionProvider"])

    def network(self) -> pathlib.Path:
        """The network's ONNX file."""
        path = pathlib.Path(self.case.folder, f"{type(self).__name__}.onnx")
        module = cases.exportable(cases.model(self.case))
        torch.onnx.export(
            module, (torch.from_numpy(self.sample),), path, dynamo=False, input_names=["clip"], opset_version=17
        )
        return path

    def run(self, clips: Array) -> Array:
        return self.session.run(None, {"clip": clips})[0]


class NCNN(Contestant):
    title = "ncnn"
    packages = ("ncnn", "pnnx")

    def __init__(self, case: Case) -> None:
        import ncnn
        import pnnx

        super().__init__(case)
        if case.batch != 1:
            raise ValueError("ncnn's tensors have no batch dimension")
        folder = pathlib.Path(case.folder)
        module = cases.exportable(cases.model(case))
        pnnx.export(module, str(folder / "ncnn.pt"), (torch.from_numpy(self.sample),), fp16=False, check_trace=False)
        self.net = ncnn.Net()
        self.net.opt.num_threads = case.threads
        self.net.opt.use_vulkan_compute = False
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(self.net.opt, option, False)
        for load, suffix in ((self.net.load_param, "param"), (self.net.load_model, "bin")):
            path = folder / f"ncnn.ncnn.{suffix}"
            if not path.is_file() or load(str(path)) != 0:
                raise ValueError(f"pnnx's {path.name} does not load")
        self.mat = ncnn.Mat

    def run(self, clips: Array) -> Array:
        extractor = self.net.create_extractor()
        extractor.input("in0", self.mat(clips[0]))
        status, output = extractor.extract("out0")
        if status != 0:
            raise ValueError(f"ncnn's extractor ended with status {status}")
        return np.array(output)


class VideoAccelerator(Contestant):
    """Ours, through its command: `accelerator deploy`, then `run` for the check and `benchmark` for the times."""

    title = "**VideoAccelerator**"
    packages = ()

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.command = os.environ.get("ACCELERATOR") or shutil.which("accelerator") or ""
        if not self.command:
            raise FileNotFoundError("the command accelerator was not found: give its path with --accelerator")
        self.model = pathlib.Path(case.folder, f"{self.precision}.accel")
        self.call(
            "deploy", "--model", f"x3d_{case.expansion}", "--checkpoint", case.checkpoint,
            "--target", "host", "--precision", self.precision, "--output", self.model, *self.deployment(),
        )  # fmt: skip

    def deployment(self) -> tuple[object, ...]:
        """What `deploy` needs besides."""
        return ()

    def call(self, *arguments: object) -> str:
        return accelerator(self.command, *arguments)

    def run(self, clips: Array) -> Array:
        source, target = (pathlib.Path(self.case.folder, name) for name in ("clip.npy", "logits.npy"))
        np.save(source, clips)
        threads = self.case.threads
        self.call("run", "--model", self.model, "--input", source, "--output", target, "--threads", threads)
        return np.load(target)

    def time(self, iterations: int) -> dict[str, float]:
        report = json.loads(
            self.call(
                "benchmark", "--model", self.model, "--input-shape", "x".join(map(str, self.case.shape)),
                "--threads", self.case.threads, "--iterations", iterations, "--format", "json",
            )
        )  # fmt: skip
        return {key: float(report["latency_ms"][key]) for key in ("min", "median")}


class VideoAcceleratorHalf(VideoAccelerator):
    """Ours with weights and values in 16 bits; arithmetic in what the processor has."""

    precision = "fp16"
    tolerance = 2e-2
