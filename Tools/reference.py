"""PyTorch and PyTorchVideo as the reference: imports, generated parameters, measured batch norm, counting."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import nn

import generator
import movinet


@contextmanager
def _without_torchvision() -> Iterator[None]:
    """Lets PyTorchVideo's models be imported without torchvision.

    They want one name of it, `torchvision.ops.RoIAlign`, a default argument of the detection heads. Torchvision must
    match torch to the patch release, so that a stand-in for the time of the import is the more robust way.
    """

    class RoIAlign:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise NotImplementedError("detection heads need torchvision")

    names = ("torchvision", "torchvision.ops")
    hidden = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    torchvision, ops = (types.ModuleType(name) for name in names)
    ops.RoIAlign = RoIAlign  # type: ignore[attr-defined]
    torchvision.ops = ops  # type: ignore[attr-defined]
    sys.modules.update({"torchvision": torchvision, "torchvision.ops": ops})
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(hidden)


with _without_torchvision():
    from pytorchvideo.accelerator.efficient_blocks.no_op_convert_block import NoOpConvertBlock
    from pytorchvideo.layers.accelerator.mobile_cpu.activation_functions import HardSwish, Identity, ReLU, Swish
    from pytorchvideo.layers.accelerator.mobile_cpu.attention import SqueezeExcitation
    from pytorchvideo.layers.accelerator.mobile_cpu.convolutions import (
        Conv3d3x1x1BnAct,
        Conv3d3x3x3DwBnAct,
        Conv3d5x1x1BnAct,
        Conv3dPwBnAct,
        Conv3dTemporalKernel1BnAct,
    )
    from pytorchvideo.layers.accelerator.mobile_cpu.fully_connected import FullyConnected
    from pytorchvideo.layers.accelerator.mobile_cpu.pool import (
        AdaptiveAvgPool2d,
        AdaptiveAvgPool2dOutSize1,
        AdaptiveAvgPool3d,
        AdaptiveAvgPool3dOutSize1,
    )
    from pytorchvideo.layers.swish import Swish as TrainingSwish
    from pytorchvideo.models.accelerator.mobile_cpu import efficient_x3d
    from pytorchvideo.models.accelerator.mobile_cpu.residual_blocks import X3dBottleneckBlock
    from pytorchvideo.models.csn import create_csn
    from pytorchvideo.models.hub import csn as hub_csn
    from pytorchvideo.models.hub import r2plus1d as hub_r2plus1d
    from pytorchvideo.models.hub import resnet as hub_resnet
    from pytorchvideo.models.hub import slowfast as hub_slowfast
    from pytorchvideo.models.hub import x3d as hub_x3d
    from pytorchvideo.models.r2plus1d import create_r2plus1d
    from pytorchvideo.models.resnet import create_resnet
    from pytorchvideo.models.slowfast import create_slowfast
    from pytorchvideo.models.x3d import create_x3d

BLOCKS: dict[str, Callable[..., nn.Module]] = {
    block.__name__: block
    for block in (
        AdaptiveAvgPool2d,
        AdaptiveAvgPool2dOutSize1,
        AdaptiveAvgPool3d,
        AdaptiveAvgPool3dOutSize1,
        Conv3d3x1x1BnAct,
        Conv3d3x3x3DwBnAct,
        Conv3d5x1x1BnAct,
        Conv3dPwBnAct,
        Conv3dTemporalKernel1BnAct,
        FullyConnected,
        HardSwish,
        Identity,
        NoOpConvertBlock,
        ReLU,
        SqueezeExcitation,
        Swish,
        X3dBottleneckBlock,
    )
}
"""The efficient blocks of mobile_cpu, by name."""

torch.set_num_threads(1)  # the order of additions, and with it the last bit, must not depend on the machine

MODULES: dict[str, Callable[..., nn.Module]] = {
    "Identity": nn.Identity,
    "ReLU": nn.ReLU,
    "Swish": TrainingSwish,
    "Hardswish": nn.Hardswish,
    "Sigmoid": nn.Sigmoid,
    "Softmax": nn.Softmax,
}
"""The module classes that a case's options may name."""


LOGITS: dict[str, Any] = {"head_activation": None}


def x3d(builder: str, **options: Any) -> nn.Module:
    """An X3D by its builder: `create_x3d`, or `x3d_xs` and the like, the model that the official checkpoints fit.

    pytorchvideo 0.1.5 ends the head with softmax by default, the repository's newer versions with nothing. Logits are
    what parity is measured on, so that `head_activation` is None here unless a case says otherwise.
    """
    return (create_x3d if builder == "create_x3d" else getattr(hub_x3d, builder))(**completed(options)).eval()


def completed(options: dict[str, Any]) -> dict[str, Any]:
    """A case's options, with classes instead of their names and logits unless they say otherwise."""
    return {key: MODULES[value] if isinstance(value, str) else value for key, value in (LOGITS | options).items()}


def efficient(expansion: str, **options: Any) -> nn.Module:
    """An EfficientX3D in its original form. The hub has XS and S; M and L are the same class."""
    return efficient_x3d.create_x3d(expansion=expansion, **options).eval()


RESNETS: dict[str, tuple[types.ModuleType, Callable[..., nn.Module]]] = {
    "c2d_r50": (hub_resnet, create_resnet),
    "i3d_r50": (hub_resnet, create_resnet),
    "slow_r50": (hub_resnet, create_resnet),
    "csn_r101": (hub_csn, create_csn),
    "r2plus1d_r50": (hub_r2plus1d, create_r2plus1d),
    "slowfast_r50": (hub_slowfast, create_slowfast),
    "slowfast_r101": (hub_slowfast, create_slowfast),
    "slowfast_16x8_r101_50_50": (hub_slowfast, create_slowfast),
}
"""The hub's modules and general builders of the networks with residual stages, by name."""


def resnet(builder: str, **options: Any) -> nn.Module:
    """A network of the hub in which options replace those that the hub's function gives, logits at its end."""
    module, create = RESNETS[builder]

    def narrowed(**given: Any) -> nn.Module:
        return create(**(given | completed(options)))

    hub = getattr(module, builder)
    if module in (hub_resnet, hub_slowfast):
        return hub(model_builder=narrowed).eval()
    with mock.patch.object(module, create.__name__, narrowed):
        return hub().eval()


def pathways(builder: str, clips: torch.Tensor) -> torch.Tensor | list[torch.Tensor]:
    """The inputs of a network made of one clip: SlowFast's slow pathway takes every fourth frame, evenly spread."""
    if not builder.startswith("slowfast"):
        return clips
    frames = clips.shape[2]
    return [clips.index_select(2, torch.linspace(0, frames - 1, frames // 4).long()), clips]


def build(builder: str, options: dict[str, Any]) -> nn.Module:
    """The model of a case: `movinet_*`, `efficient_x3d_*`, one of `x3d`'s builders or one of `RESNETS`."""
    if builder in movinet.SIZES:
        return movinet.build(builder, **options)
    if builder in RESNETS:
        return resnet(builder, **options)
    prefix = "efficient_x3d_"
    if builder.startswith(prefix):
        return efficient(builder.removeprefix(prefix).upper(), **options)
    return x3d(builder, **options)


def fill(module: nn.Module, seed: int) -> None:
    """Gives every entry of the state dict its generated value."""
    state = module.state_dict()
    module.load_state_dict(
        {name: torch.from_numpy(generator.parameter(seed, name, value.shape)) for name, value in state.items()}
    )


def _measure(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    assert isinstance(module, nn.modules.batchnorm._BatchNorm)
    axes = [axis for axis in range(inputs[0].dim()) if axis != 1]
    variance, mean = torch.var_mean(inputs[0].double(), dim=axes, correction=0)
    module.running_mean.copy_(mean)  # type: ignore[union-attr]
    module.running_var.copy_(variance)  # type: ignore[union-attr]


@contextmanager
def measured_batch_norm(module: nn.Module) -> Iterator[None]:
    """While active, each batch norm in eval mode takes the statistics of its own input before it normalises.

    Mean and biased variance over all axes but the channels, in float64, rounded to the buffers' type. One forward pass
    thus measures all layers, each behind the measured ones before it, and leaves the statistics in the buffers.
    """
    norms = [child for child in module.modules() if isinstance(child, nn.modules.batchnorm._BatchNorm)]
    hooks = [norm.register_forward_pre_hook(_measure) for norm in norms]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def multiply_adds(model: nn.Module, inputs: torch.Tensor | list[torch.Tensor]) -> int:
    """Multiply-adds of all convolutions and linear layers in one forward pass; bias additions do not count."""
    total = 0

    def count(module: nn.Module, _: Any, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * module.weight[0].numel()  # type: ignore[index, union-attr, operator]

    counted = (nn.Conv2d, nn.Conv3d, nn.Linear)
    hooks = [child.register_forward_hook(count) for child in model.modules() if isinstance(child, counted)]
    try:
        with torch.no_grad():
            model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return total


def per_clip_contrast(outputs: torch.Tensor) -> list[float]:
    """For each clip max |y - mean over clips| / max |y|: how much of an output depends on the clip at all."""
    flat = outputs.flatten(1).double()
    deviation = (flat - flat.mean(dim=0)).abs().amax(dim=1)
    return (deviation / flat.abs().max()).tolist()


def centred_error(outputs: torch.Tensor, expected: torch.Tensor) -> float:
    """‖a - b‖ / ‖b‖ of outputs minus their mean over clips, the number that parity is judged by."""
    a, b = (value.flatten(1).double() - value.flatten(1).double().mean(dim=0) for value in (outputs, expected))
    return float((a - b).norm() / b.norm())
