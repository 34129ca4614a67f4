"""Makes Samples/causal.onnx, the network of the article "Accelerate your model with the transmuter", with PyTorch's exporter.

A small classifier whose depthwise convolutions look at frames before a frame only: as PyTorch has no asymmetric padding, each is
behind a padding of its own. Its weights are random, from a seed.
"""

import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

warnings.filterwarnings("ignore")


class CausalDepthwise(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, channels, 3, groups=channels, bias=False)
        self.norm = nn.BatchNorm3d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.silu(self.norm(self.conv(functional.pad(x, (1, 1, 1, 1, 2, 0)))))


class Block(nn.Module):
    def __init__(self, channels: int, wide: int) -> None:
        super().__init__()
        self.expand = nn.Conv3d(channels, wide, 1)
        self.depthwise = CausalDepthwise(wide)
        self.project = nn.Conv3d(wide, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.project(self.depthwise(functional.relu(self.expand(x))))


class Causal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(3, 16, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))
        self.blocks = nn.Sequential(*[Block(16, 48) for _ in range(3)])
        self.head = nn.Linear(16, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(self.stem(x)).mean((2, 3, 4)))


def main() -> None:
    torch.manual_seed(16)
    path = Path(__file__).resolve().parent.parent / "Samples" / "causal.onnx"
    clip = torch.randn(1, 3, 8, 112, 112)
    torch.onnx.export(
        Causal().eval(), (clip,), path, dynamo=False, opset_version=17, input_names=["clip"], output_names=["scores"],
        dynamic_axes={"clip": {0: "batch"}},
    )
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
