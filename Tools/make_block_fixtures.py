"""Makes Tests/Fixtures/blocks: each efficient block of PyTorchVideo's mobile_cpu library alone, option by option.

Run: `python Tools/make_block_fixtures.py`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

import generator
import reference
from fixture_file import FIXTURES, floats, write_cases

SEED = 7
ACTIVATIONS = ("relu", "swish", "hswish", "identity")
MOST_VALUES = 420

Case = tuple[str, dict[str, Any], list[int]]
"""Class, options by keyword, input shape."""


def convolution_cases() -> Iterator[Case]:
    """Convolution + optional batch norm + activation: all activations, then each other option."""
    pointwise, depthwise = "Conv3dPwBnAct", "Conv3d3x3x3DwBnAct"
    spatial, temporal3, temporal5 = "Conv3dTemporalKernel1BnAct", "Conv3d3x1x1BnAct", "Conv3d5x1x1BnAct"

    def channels(cls: str, in_channels: int, out_channels: int) -> dict[str, Any]:
        both = {"in_channels": in_channels, "out_channels": out_channels}
        return {"in_channels": in_channels} if cls == depthwise else both

    for cls in (pointwise, depthwise, spatial, temporal3, temporal5):
        for activation in ACTIVATIONS:
            yield cls, channels(cls, 5, 3) | {"activation": activation}, [2, 5, 3, 4, 3]
        for bias, use_bn in ((True, True), (True, False), (False, False)):
            yield cls, channels(cls, 3, 4) | {"bias": bias, "use_bn": use_bn}, [2, 3, 2, 3, 4]
        yield cls, channels(cls, 4, 2) | {"norm_eps": 0.05, "norm_momentum": 0.3}, [2, 4, 3, 3, 2]
        # One position, smaller than the kernels. Batch norm measured on one position would erase the input.
        yield cls, channels(cls, 3, 5) | {"use_bn": False, "activation": "swish"}, [1, 3, 1, 1, 1]

    yield pointwise, {"in_channels": 17, "out_channels": 9}, [1, 17, 2, 3, 5]

    for shape in ([2, 2, 2, 7, 5], [1, 3, 3, 5, 7], [1, 2, 4, 1, 8]):
        for stride in (1, 2, 3):
            yield depthwise, {"in_channels": shape[1], "spatial_stride": stride, "activation": "swish"}, shape
    yield depthwise, {"in_channels": 19, "activation": "identity"}, [1, 19, 1, 4, 5]

    for options, shape in (
        ({"spatial_kernel": 3, "spatial_padding": 1}, [2, 4, 2, 5, 4]),
        ({"spatial_kernel": 3}, [2, 4, 2, 5, 6]),
        ({"spatial_kernel": 3, "spatial_stride": 2, "spatial_padding": 1}, [1, 4, 3, 8, 7]),
        ({"spatial_kernel": 5, "spatial_stride": 2, "spatial_padding": 2}, [1, 4, 2, 9, 6]),
        ({"spatial_kernel": 3, "spatial_padding": 2, "spatial_dilation": 2}, [1, 4, 2, 6, 5]),
        ({"spatial_kernel": 3, "spatial_stride": 2, "spatial_padding": 3, "spatial_dilation": 3}, [1, 4, 2, 8, 7]),
        ({"spatial_stride": 2}, [2, 4, 3, 5, 7]),
        ({"spatial_kernel": 2, "spatial_padding": 1, "bias": True, "use_bn": False}, [1, 4, 2, 3, 4]),
    ):
        for groups in (1, 2, 4):
            yield spatial, {"in_channels": 4, "out_channels": 4, "groups": groups} | options, shape
    yield spatial, {"in_channels": 3, "out_channels": 6, "groups": 3, "spatial_kernel": 3}, [1, 3, 2, 5, 6]

    for cls, frames in itertools.product((temporal3, temporal5), (2, 6)):
        yield cls, {"in_channels": 6, "out_channels": 6, "groups": 6, "activation": "identity"}, [2, 6, frames, 2, 2]
        yield cls, {"in_channels": 6, "out_channels": 4, "groups": 2, "bias": True}, [2, 6, frames, 3, 2]


def attention_cases() -> Iterator[Case]:
    """Squeeze-excitation, 2D and 3D."""
    for is_3d, shape in ((False, [2, 8, 4, 5]), (True, [2, 8, 3, 2, 4])):
        kind = {"num_channels": 8, "is_3d": is_3d}
        yield "SqueezeExcitation", kind, shape
        for reduced in (1, 3, 8):
            yield "SqueezeExcitation", kind | {"num_channels_reduced": reduced}, shape
        for ratio in (1.0, 3.0, 8.0):
            yield "SqueezeExcitation", kind | {"reduction_ratio": ratio}, shape
        for activation in ("Swish", "Hardswish", "Identity"):
            yield "SqueezeExcitation", kind | {"activation": activation}, shape


def pool_cases() -> Iterator[Case]:
    """Adaptive average pooling: windows that divide the input, overlap, repeat positions."""
    yield "AdaptiveAvgPool3dOutSize1", {}, [2, 5, 3, 7, 5]
    yield "AdaptiveAvgPool3dOutSize1", {}, [1, 3, 1, 1, 1]
    yield "AdaptiveAvgPool2dOutSize1", {}, [2, 5, 7, 5]
    for size in (1, 2, 3, [2, 3, 4], [1, 5, 2], [3, 7, 5], [4, 3, 7]):
        yield "AdaptiveAvgPool3d", {"output_size": size}, [1, 3, 3, 7, 5]
    for size in (1, 2, 4, [3, 2], [7, 5], [9, 11]):
        yield "AdaptiveAvgPool2d", {"output_size": size}, [2, 2, 7, 5]


def other_cases() -> Iterator[Case]:
    """Fully connected, activations, and the wrapper of a module that needs no conversion."""
    for bias in (True, False):
        yield "FullyConnected", {"in_features": 13, "out_features": 7, "bias": bias}, [3, 13]
    yield "FullyConnected", {"in_features": 6, "out_features": 5}, [2, 2, 1, 3, 6]
    for cls in ("Swish", "HardSwish", "ReLU", "Identity"):
        yield cls, {}, [2, 3, 2, 4, 3]
    conv = {"in_channels": 4, "out_channels": 3, "kernel_size": [1, 3, 2], "padding": [0, 1, 0], "stride": [1, 2, 1]}
    yield "NoOpConvertBlock", {"model": ["Conv3d", conv]}, [2, 4, 2, 5, 4]
    yield "NoOpConvertBlock", {"model": ["Linear", {"in_features": 9, "out_features": 4}]}, [3, 9]
    yield "NoOpConvertBlock", {"model": ["BatchNorm3d", {"num_features": 3}]}, [2, 3, 2, 3, 3]


def bottleneck_cases() -> Iterator[Case]:
    """X3D's bottleneck: the residual's four forms by squeeze-excitation, then each other option."""
    name = "X3dBottleneckBlock"
    shape = [2, 4, 3, 5, 4]

    def channels(out: int, mid: int = 6) -> dict[str, Any]:
        return {"in_channels": 4, "mid_channels": mid, "out_channels": out}

    for residual, stride, out, ratio in itertools.product((True, False), (1, 2), (4, 3), (0, 0.0625, 0.5)):
        options = {"use_residual": residual, "spatial_stride": stride, "se_ratio": ratio}
        yield name, channels(out, 18 if ratio == 0.5 else 6) | options, shape if stride == 2 else [1, 4, 3, 5, 4]
    for first, second in itertools.product(range(4), repeat=2):  # every pair of activations in any two positions
        acts = [ACTIVATIONS[first], ACTIVATIONS[second], ACTIVATIONS[(first + second) % 4]]
        yield name, channels(4) | {"act_functions": acts}, [1, 4, 2, 4, 3]
    for flags in itertools.product((True, False), repeat=3):
        yield name, channels(4) | {"use_bn": list(flags)}, [1, 4, 2, 4, 3]
        yield name, channels(3) | {"bias": list(flags), "use_bn": [not flag for flag in flags]}, [1, 4, 2, 4, 3]
    # norm_eps does not reach the batch norm of the projected shortcut, which keeps 1e-5.
    yield name, channels(3) | {"norm_eps": 0.05, "norm_momentum": 0.4, "spatial_stride": 2}, shape
    yield name, channels(5) | {"spatial_stride": 3, "act_functions": ["swish", "hswish", "identity"]}, [2, 4, 2, 7, 8]
    yield name, {"in_channels": 24, "mid_channels": 54, "out_channels": 24, "spatial_stride": 2}, [1, 24, 2, 4, 4]


def build(cls: str, options: dict[str, Any]) -> nn.Module:
    """The block, with named activations and wrapped modules made real."""
    options = dict(options)
    if cls == "NoOpConvertBlock":
        inner, inner_options = options["model"]
        return reference.BLOCKS[cls](getattr(nn, inner)(**inner_options))
    if cls == "SqueezeExcitation" and "activation" in options:
        options["activation"] = reference.MODULES[options["activation"]]()
    return reference.BLOCKS[cls](**options)


def describe(options: dict[str, Any]) -> str:
    """Options as a case's name shows them."""
    return " ".join(f"{key}={value}" for key, value in options.items()).replace("'", "").replace(", ", ",")


def block_case(cls: str, options: dict[str, Any], shape: list[int]) -> dict[str, Any]:
    """Runs one block on its generated input."""
    block = build(cls, options).eval()
    reference.fill(block, SEED)
    scale = 8.0 if cls in ("Swish", "HardSwish") else 2.0  # reach where the activation saturates
    inputs = torch.from_numpy(generator.tensor(SEED, "in0", shape, scale))
    with torch.no_grad(), reference.measured_batch_norm(block):
        output = block(inputs.clone())  # some activations work in place
    name = " ".join(filter(None, [cls, describe(options), "x".join(map(str, shape))]))
    if output.numel() > MOST_VALUES:
        raise ValueError(f"{name}: {output.numel()} values, more than {MOST_VALUES}")
    if output.numel() > 2 and float(output.std()) < 1e-3:
        raise ValueError(f"{name}: the output is all but constant")
    return {
        "name": name,
        "class": cls,
        "options": options,
        "seed": SEED,
        "input": {"shape": shape, "scale": scale, "offset": 0},
        "output_shape": list(output.shape),
        "output": floats(output),
    }


def main() -> None:
    logging.getLogger().setLevel(logging.ERROR)  # the original warns of slow blocks; they must be right all the same
    sources = (convolution_cases, attention_cases, pool_cases, other_cases, bottleneck_cases)
    write_cases(
        FIXTURES / "blocks" / "blocks.json",
        "mobile_cpu efficient blocks in eval mode. Input in0 = offset + scale * unit; parameters by state-dict name;"
        " batch-norm statistics measured on the input. Options left out have PyTorchVideo's defaults.",
        [block_case(*case) for source in sources for case in source()],
    )


if __name__ == "__main__":
    main()
