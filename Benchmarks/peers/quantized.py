"""The contestants in int8: post-training quantisation, all by the same calibration clips.

What they quantised to is kept, so that with `compare.py --cache` it is made only once. Ours is made every time.
"""

from __future__ import annotations

import pathlib
from typing import Any, ClassVar

import numpy as np
import torch
from case import Case
from contestants import Accelerator, Array, Contestant, ONNXRuntime, OpenVINO, VideoAccelerator
from torch import nn
from torch.ao import quantization

TOLERANCE = 10 ** (-3 / 20)
"""3 dB, half as much noise as signal: it tells a wrong network from a coarse one. How coarse, the table says."""


class VideoAcceleratorQuantized(VideoAccelerator):
    """Ours from an `.accel` file in int8, run in what the file says."""

    precision = "int8"
    tolerance = TOLERANCE

    def deployment(self) -> tuple[object, ...]:
        clips = self.case.calibration_file
        return "--calibration", clips, "--calibration-clips", len(np.load(clips, mmap_mode="r"))


class OpenVINOQuantized(OpenVINO):
    """OpenVINO after NNCF, with NNCF's defaults: symmetric activations, fast bias correction."""

    precision = "int8"
    packages = ("openvino", "nncf")
    tolerance = TOLERANCE
    preset: ClassVar[str] = "performance"

    def network(self) -> Any:
        import nncf
        import openvino

        def make(folder: pathlib.Path) -> None:
            clips = self.case.calibration()
            preset = nncf.QuantizationPreset(self.preset)
            network = nncf.quantize(
                super(OpenVINOQuantized, self).network(), nncf.Dataset(clips), preset=preset, subset_size=len(clips)
            )
            openvino.save_model(network, folder / "network.xml", compress_to_fp16=False)

        return openvino.Core().read_model(self.kept(make) / "network.xml")


class OpenVINOMixed(OpenVINOQuantized):
    """The preset that NNCF's documentation advises for activations like swish: asymmetric where values go below zero."""

    title = "OpenVINO, NNCF's preset “mixed”"
    preset = "mixed"


class ONNXRuntimeQuantized(ONNXRuntime):
    """ONNX Runtime's own static quantisation: QDQ, weights per channel in s8, activations in u8, the faster mix on x86."""

    precision = "int8"
    packages = ("onnxruntime", "onnx")
    tolerance = TOLERANCE

    def network(self) -> pathlib.Path:
        from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

        class Clips(CalibrationDataReader):
            def __init__(self, clips: list[Array]) -> None:
                self.clips = iter(clips)

            def get_next(self) -> dict[str, Array] | None:
                clip = next(self.clips, None)
                return None if clip is None else {"clip": clip}

        def make(folder: pathlib.Path) -> None:
            prepared = pathlib.Path(self.case.folder, "prepared.onnx")
            quant_pre_process(super(ONNXRuntimeQuantized, self).network(), prepared, skip_symbolic_shape=True)
            quantize_static(
                prepared, folder / "network.onnx", Clips(self.case.calibration()), per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                extra_options={"CalibMovingAverage": True},  # the most precise of its calibrations here
            )  # fmt: skip

        return self.kept(make) / "network.onnx"


class AcceleratorQNNPACK(Accelerator):
    """The original's way to int8: the deployable form, quantised in PyTorch's eager mode, as TorchScript.

    With the engine that phones have and its own configuration (histograms). The form with native 3D convolutions is
    left to oneDNN: QNNPACK's run, slower, but not as TorchScript.
    """

    title = "PyTorchVideo/Accelerator, QNNPACK"
    precision = "int8"
    tolerance = TOLERANCE
    engine: ClassVar[str] = "qnnpack"
    native_conv3d: ClassVar[bool] = False

    def make(self) -> nn.Module:
        torch.backends.quantized.engine = self.engine

        def make(folder: pathlib.Path) -> None:
            form = self.deployable(convert_for_quantize=True, native_conv3d_op_qnnpack=self.native_conv3d)
            # QuantWrapper: quantised where the clip comes in, floats again where the logits go out.
            wrapped = quantization.QuantWrapper(form).eval()
            wrapped.qconfig = quantization.get_default_qconfig(self.engine)
            observed = quantization.prepare(wrapped)
            with torch.no_grad():
                for clips in self.case.calibration():
                    observed(torch.from_numpy(clips))
                traced = torch.jit.trace(quantization.convert(observed), torch.from_numpy(self.sample), strict=False)
            torch.jit.freeze(traced.eval()).save(folder / "network.pt")

        return torch.jit.load(self.kept(make) / "network.pt")


class AcceleratorOneDNN(AcceleratorQNNPACK):
    """The same for the engine that is made for x86, which has int8 3D convolutions, so that none is taken apart."""

    title = "PyTorchVideo/Accelerator, oneDNN"
    engine = "onednn"
    native_conv3d = True
