"""Makes Tests/Fixtures/training/fake_quantize.json: torch's fake quantisation of tensors and of weights, and its gradients.

Run: `python Tools/make_fake_quantize_fixtures.py`.
"""

from __future__ import annotations

from typing import Any

import torch

import generator
from fixture_file import FIXTURES, floats, write_cases

SEED = 12


def tensor(name: str, shape: list[int], scale: float) -> torch.Tensor:
    return torch.from_numpy(generator.tensor(SEED, name, shape, scale))


def values(x: torch.Tensor) -> list[float]:
    return floats([float(value) for value in x.detach().reshape(-1)])


def tensor_case(scale: float, zero_point: int, low: int, high: int, size: float) -> dict[str, Any]:
    """All numbers of a tensor in steps of one scale; some are too large for it."""
    x = tensor("x", [2, 3, 4, 5], size).requires_grad_()
    dy = tensor("dy", [2, 3, 4, 5], 1.0)
    y = torch.fake_quantize_per_tensor_affine(x, scale, zero_point, low, high)
    (y * dy).sum().backward()
    return {
        "name": f"tensor {scale} {zero_point} {low}...{high}",
        "seed": SEED,
        "scale": scale,
        "zero_point": zero_point,
        "range": [low, high],
        "size": size,
        "shape": [2, 3, 4, 5],
        "result": values(y),
        "gradient": values(x.grad),
    }


def channel_case(shape: list[int], size: float) -> dict[str, Any]:
    """Weights in steps of a scale for each output channel, the largest of which is 127 steps."""
    x = tensor("x", shape, size).requires_grad_()
    dy = tensor("dy", shape, 1.0)
    scales = (x.detach().abs().reshape(shape[0], -1).amax(dim=1) / 127).float()
    y = torch.fake_quantize_per_channel_affine(x, scales, torch.zeros(shape[0], dtype=torch.int32), 0, -127, 127)
    (y * dy).sum().backward()
    return {
        "name": f"channels {'x'.join(map(str, shape))}",
        "seed": SEED,
        "size": size,
        "shape": shape,
        "result": values(y),
        "gradient": values(x.grad),
    }


def main() -> None:
    write_cases(
        FIXTURES / "training" / "fake_quantize.json",
        "torch.fake_quantize_per_tensor_affine and, without a scale, …_per_channel_affine: x = size * unit, dy = unit.",
        [
            tensor_case(0.01, 0, -128, 127, 2.0),
            tensor_case(0.0078125, -128, -128, 127, 1.5),
            tensor_case(0.025, 37, -128, 127, 4.0),
            tensor_case(0.0001, 0, -32767, 32767, 4.0),
            channel_case([4, 3, 2, 2], 0.3),
            channel_case([5, 7], 12.0),
        ],
    )


if __name__ == "__main__":
    main()
