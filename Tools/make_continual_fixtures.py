"""Makes Tests/Fixtures/models/continual.json: networks of continual-inference 1.2.4, step by step.

Run: `python Tools/make_continual_fixtures.py`, with continual-inference beside the requirements.
"""

from __future__ import annotations

from collections import OrderedDict

import continual as co
import numpy as np
import torch
from torch import Tensor, nn

import generator
from fixture_file import FIXTURES, floats, write_cases

SEED = 11
FRAMES = 16
SHAPE = (1, 2, FRAMES, 4, 3)


def convolution(kernel: tuple[int, int, int], *, groups: int = 1) -> co.Conv3d:
    """A convolution whose padding keeps all lengths."""
    return co.Conv3d(2, 2, kernel, padding=tuple(length // 2 for length in kernel), groups=groups)


def sequence(**modules: nn.Module) -> co.Sequential:
    return co.Sequential(OrderedDict(modules))


def networks() -> dict[str, co.CoModule]:
    """The networks, which the tests build again under these names."""
    return {
        "convolutions": sequence(a=convolution((3, 3, 3)), relu=nn.ReLU(), b=convolution((5, 1, 1))),
        "residual": sequence(branch=co.Residual(sequence(
            a=convolution((3, 3, 3), groups=2), relu=nn.ReLU(), b=convolution((3, 1, 1))))),
        "pooling": sequence(
            a=convolution((3, 1, 1)), maximum=co.MaxPool3d((3, 1, 1), stride=1),
            average=co.AvgPool3d((2, 1, 1), stride=1)),
        "head": sequence(
            a=co.Residual(convolution((3, 3, 3))), relu=nn.ReLU(),
            pool=co.AdaptiveAvgPool3d((1, 1, 1), kernel_size=4)),
    }


def steps(network: co.CoModule, frames: Tensor) -> list[Tensor]:
    """The outputs of the steps that have all frames they depend on."""
    outputs = []
    for number in range(FRAMES):
        output = network.forward_step(frames[:, :, number])
        if number >= network.receptive_field - 1:
            outputs.append(output)
    return outputs


def main() -> None:
    cases = []
    for name, network in networks().items():
        network.eval()
        state = {
            path: torch.from_numpy(np.asarray(generator.parameter(SEED, path, value.shape)))
            for path, value in network.state_dict().items()
        }
        network.load_state_dict(state)
        frames = torch.from_numpy(generator.tensor(SEED, "frames", SHAPE))
        with torch.no_grad():
            outputs = steps(network, frames)
        cases.append({
            "name": name, "seed": SEED, "input_shape": SHAPE, "receptive_field": int(network.receptive_field),
            "paths": sorted(state), "output_shape": [len(outputs), *outputs[0].shape],
            "output": floats(torch.stack(outputs).numpy()),
        })
    write_cases(
        FIXTURES / "models" / "continual.json",
        "Outputs of continual-inference 1.2.4, a row for each step that has all frames it depends on; paths: the state dict",
        cases)


if __name__ == "__main__":
    main()
