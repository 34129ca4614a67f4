"""MoViNet's port to PyTorch, github.com/Atze00/MoViNet-pytorch (MIT), from a checkout of it; needs einops and fvcore."""

from __future__ import annotations

import sys

import torch
from torch import nn

from reference import measured_batch_norm

SIDES = {"A0": 172, "A1": 172, "A2": 224}
"""The height and width of the frames of each network."""


def build(folder: str, size: str, convolutions: str = "2plus1d", classes: int = 600, hidden: int = 2048) -> nn.Module:
    """A network that sees past frames only, padded as TensorFlow does; its checkpoints are of `2plus1d`."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from movinets import MoViNet
    from movinets.config import _C

    options = getattr(_C.MODEL, f"MoViNet{size}").clone()
    options.dense9.hidden_dim = hidden
    return MoViNet(options, causal=True, num_classes=classes, conv_type=convolutions, tf_like=True).eval()


def measure(model: nn.Module, clips: torch.Tensor) -> None:
    """Gives batch norms the statistics of whole clips."""
    with torch.no_grad(), measured_batch_norm(model):
        model(clips)
    model.clean_activation_buffers()


def steps(model: nn.Module, clips: torch.Tensor) -> torch.Tensor:
    """The logits after each frame, `[T, N, classes]`."""
    model.clean_activation_buffers()
    with torch.no_grad():
        return torch.stack([model(clips[:, :, frame : frame + 1]) for frame in range(clips.shape[2])])
