"""A reference of MoViNet's base form in PyTorch, written from the paper's tables and the names of the public port.

Kondratyuk et al., MoViNets: Mobile Video Networks for Efficient Video Recognition, 2021. State dicts are those of
https://github.com/Atze00/MoViNet-pytorch (`causal=False, tf_like=True`). Padding is computed from each value's size, as TensorFlow
does.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

# Channels given, channels inside, kernel in time and in space, stride in space; for each block of each stage.
Block = tuple[int, int, int, int, int]
A0: list[list[Block]] = [
    [(8, 24, 1, 5, 2)],
    [(32, 80, 3, 3, 2), (32, 80, 3, 3, 1), (32, 80, 3, 3, 1)],
    [(56, 184, 5, 3, 2), (56, 112, 3, 3, 1), (56, 184, 3, 3, 1)],
    [(56, 184, 5, 3, 1), *[(56, 184, 3, 3, 1)] * 3],
    [(104, 384, 5, 3, 2), (104, 280, 1, 5, 1), (104, 280, 1, 5, 1), (104, 344, 1, 5, 1)],
]
A1: list[list[Block]] = [
    [(16, 40, 1, 5, 2), (16, 40, 3, 3, 1)],
    [(40, 96, 3, 3, 2), (40, 120, 3, 3, 1), (40, 96, 3, 3, 1), (40, 96, 3, 3, 1)],
    [(64, 216, 5, 3, 2), (64, 128, 3, 3, 1), (64, 216, 3, 3, 1), (64, 168, 3, 3, 1), (64, 216, 3, 3, 1)],
    [
        (64, 216, 5, 3, 1),
        (64, 216, 3, 3, 1),
        (64, 216, 3, 3, 1),
        (64, 128, 3, 3, 1),
        (64, 128, 1, 5, 1),
        (64, 216, 3, 3, 1),
    ],
    [
        (136, 456, 5, 3, 2),
        *[(136, 360, 1, 5, 1)] * 3,
        (136, 456, 1, 5, 1),
        (136, 456, 3, 3, 1),
        (136, 544, 1, 3, 1),
    ],
]
A2: list[list[Block]] = [
    [(16, 40, 1, 5, 2), (16, 40, 3, 3, 1), (16, 64, 3, 3, 1)],
    [(40, 96, 3, 3, 2), (40, 120, 3, 3, 1), (40, 96, 3, 3, 1), (40, 96, 3, 3, 1), (40, 120, 3, 3, 1)],
    [(72, 240, 5, 3, 2), (72, 160, 3, 3, 1), (72, 240, 3, 3, 1), (72, 192, 3, 3, 1), (72, 240, 3, 3, 1)],
    [(72, 240, 5, 3, 1), *[(72, 240, 3, 3, 1)] * 3, (72, 144, 1, 5, 1), (72, 240, 3, 3, 1)],
    [
        (144, 480, 5, 3, 2),
        *[(144, 384, 1, 5, 1)] * 2,
        *[(144, 480, 1, 5, 1)] * 2,
        (144, 480, 3, 3, 1),
        (144, 576, 1, 3, 1),
    ],
]
# The stem's channels, the stages, and the channels that are averaged.
SIZES: dict[str, tuple[int, list[list[Block]], int]] = {
    "movinet_a0_base": (8, A0, 480),
    "movinet_a1_base": (16, A1, 600),
    "movinet_a2_base": (16, A2, 640),
}


def same(x: torch.Tensor, kernel: int, stride: int) -> tuple[int, int, int, int]:
    """The padding (left, right, top, bottom) with which windows give ceil(size / stride) results."""
    sides: list[int] = []
    for size in (x.shape[-1], x.shape[-2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [total // 2, total - total // 2]
    return sides[0], sides[1], sides[2], sides[3]


class Convolution(nn.Module):
    """A convolution under the names of the port, with batch norm and activation unless it has a bias."""

    def __init__(
        self, inputs: int, outputs: int, time: int = 1, space: int = 1, stride: int = 1, groups: int = 1,
        act: bool = True, bias: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.space, self.stride = space, stride
        convolution = nn.Conv3d(
            inputs, outputs, (time, space, space), (1, stride, stride), (time // 2, 0, 0), groups=groups, bias=bias
        )
        self.conv_1 = nn.Sequential()
        self.conv_1.add_module("conv3d", convolution)
        if not bias:
            self.conv_1.add_module("norm", nn.BatchNorm3d(outputs, eps=1e-3))
            if act:
                self.conv_1.add_module("act", nn.SiLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv_1(F.pad(x, same(x, self.space, self.stride)))


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        exact = channels // 4
        reduced = max(8, (exact + 4) // 8 * 8)
        reduced += 8 if reduced < 0.9 * exact else 0
        self.fc1 = Convolution(channels, reduced, bias=True)
        self.fc2 = Convolution(reduced, channels, bias=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.fc2(F.silu(self.fc1(x.mean(dim=(2, 3, 4), keepdim=True)))))


class SamePool(nn.Module):
    """The average of 1×3×3 windows with stride 2, over what is inside of the value."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        padding = same(x, 3, 2)
        sums = F.avg_pool3d(F.pad(x, padding), (1, 3, 3), (1, 2, 2))
        return sums / F.avg_pool3d(F.pad(torch.ones_like(x), padding), (1, 3, 3), (1, 2, 2))


class ResidualBlock(nn.Module):
    def __init__(self, inputs: int, block: Block) -> None:
        super().__init__()
        outputs, inner, time, space, stride = block
        self.alpha = nn.Parameter(torch.tensor(0.0))
        self.expand = Convolution(inputs, inner)
        self.deep = Convolution(inner, inner, time, space, stride, groups=inner)
        self.se = SqueezeExcite(inner)
        self.project = Convolution(inner, outputs, act=False)
        layers: list[nn.Module] = [SamePool()] if stride > 1 else []
        if stride > 1 or inputs != outputs:
            self.res: nn.Module = nn.Sequential(*layers, Convolution(inputs, outputs, act=False))
        else:
            self.res = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.res(x) + self.alpha * self.project(self.se(self.deep(self.expand(x))))


class MoViNet(nn.Module):
    def __init__(self, name: str, num_classes: int = 600, dropout: float = 0.2, hidden: int = 2048) -> None:
        super().__init__()
        channels, stages, pooled = SIZES[name]
        self.conv1 = Convolution(3, channels, space=3, stride=2)
        self.blocks = nn.Sequential()
        for stage, blocks in enumerate(stages):
            for index, block in enumerate(blocks):
                self.blocks.add_module(f"b{stage}_l{index}", ResidualBlock(channels, block))
                channels = block[0]
        self.conv7 = Convolution(channels, pooled)
        self.classifier = nn.Sequential(
            Convolution(pooled, hidden, bias=True),
            nn.SiLU(),
            nn.Dropout(dropout),
            Convolution(hidden, num_classes, bias=True),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv7(self.blocks(self.conv1(x))).mean(dim=(2, 3, 4), keepdim=True)
        return self.classifier(y).flatten(1)


def build(name: str, **options: Any) -> nn.Module:
    """A MoViNet by its name here, in eval mode."""
    return MoViNet(name, **options).eval()
