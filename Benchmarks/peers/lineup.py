"""Who takes part in the comparison."""

from __future__ import annotations

from contestants import (
    NCNN,
    Accelerator,
    AcceleratorTorchScript,
    Contestant,
    Eager,
    EagerChannelsLast,
    ONNXRuntime,
    OpenVINO,
    OpenVINOBFloat16,
    VideoAccelerator,
    VideoAcceleratorHalf,
)
from quantized import (
    AcceleratorOneDNN,
    AcceleratorQNNPACK,
    ONNXRuntimeQuantized,
    OpenVINOMixed,
    OpenVINOQuantized,
    VideoAcceleratorQuantized,
)

CONTESTANTS: dict[str, type[Contestant]] = {
    "ours": VideoAccelerator,
    "ours-fp16": VideoAcceleratorHalf,
    "ours-int8": VideoAcceleratorQuantized,
    "openvino": OpenVINO,
    "openvino-bf16": OpenVINOBFloat16,
    "openvino-int8": OpenVINOQuantized,
    "openvino-int8-mixed": OpenVINOMixed,
    "onnxruntime": ONNXRuntime,
    "onnxruntime-int8": ONNXRuntimeQuantized,
    "ncnn": NCNN,
    "accelerator": Accelerator,
    "accelerator-torchscript": AcceleratorTorchScript,
    "qnnpack-int8": AcceleratorQNNPACK,
    "onednn-int8": AcceleratorOneDNN,
    "eager": Eager,
    "eager-channels-last": EagerChannelsLast,
}
"""All contestants by the name that the command line knows them by."""
