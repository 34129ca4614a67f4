"""Makes Tests/Fixtures/operations: torch's own answers for the graph's operations, over many option combinations.

Run: `python Tools/make_operation_fixtures.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.nn import functional as F

import generator
from fixture_file import FIXTURES, floats, write_cases

torch.set_num_threads(1)

SEED = 11
MOST_VALUES = 420

Input = tuple[Sequence[int], float, float]
"""Shape, scale, offset."""
Case = tuple[str, dict[str, Any], list[Input]]
"""Operation, attributes, inputs in0, in1, …"""


def signed(*shape: int, scale: float = 2.0) -> Input:
    """Values around zero."""
    return shape, scale, 0.0


def positive(*shape: int) -> Input:
    """Values in [0.5, 1.5): a variance, a divisor."""
    return shape, 0.5, 1.0


def pairs(*padding: int | tuple[int, int]) -> list[list[int]]:
    """Padding before and after, for each axis."""
    return [list(p) if isinstance(p, tuple) else [p, p] for p in padding]


def flat_pairs(padding: list[list[int]]) -> list[int]:
    """Padding as F.pad wants it: last axis first."""
    return [value for pair in reversed(padding) for value in pair]


# Oracles: attributes and input tensors to the output tensor.


def convolution(attributes: dict[str, Any], inputs: list[torch.Tensor]) -> torch.Tensor:
    """Pads explicitly, so that the padding before and after an axis may differ; without bias when in2 is absent."""
    x, weight = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    function = F.conv2d if weight.dim() == 4 else F.conv3d
    options = {key: attributes[key] for key in ("stride", "dilation", "groups")}
    padding = attributes["padding"]
    if all(before == after for before, after in padding):
        return function(x, weight, bias, padding=[before for before, _ in padding], **options)
    return function(F.pad(x, flat_pairs(padding)), weight, bias, **options)


def layer_norm(attributes: dict[str, Any], inputs: list[torch.Tensor]) -> torch.Tensor:
    """With weight and bias, or without both."""
    weight, bias = inputs[1:] or (None, None)
    return F.layer_norm(inputs[0], attributes["normalized_shape"], weight, bias, attributes["epsilon"])


def pooling(function: Callable[..., torch.Tensor]) -> Callable[[dict[str, Any], list[torch.Tensor]], torch.Tensor]:
    """Average or maximum pooling; torch's padding is the same on both sides."""

    def run(attributes: dict[str, Any], inputs: list[torch.Tensor]) -> torch.Tensor:
        options = attributes | {"padding": [before for before, _ in attributes["padding"]]}
        return function(inputs[0], **options)

    return run


def cut(attributes: dict[str, Any], inputs: list[torch.Tensor]) -> torch.Tensor:
    """Elements start, start + step, … before end, along one axis."""
    index = [slice(None)] * inputs[0].dim()
    index[attributes["axis"]] = slice(attributes["start"], attributes["end"], attributes["step"])
    return inputs[0][tuple(index)]


ORACLES: dict[str, Callable[[dict[str, Any], list[torch.Tensor]], torch.Tensor]] = {
    "convolution": convolution,
    "batch_norm": lambda a, x: F.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=a["epsilon"]),
    "layer_norm": layer_norm,
    "linear": lambda a, x: F.linear(*x),
    "matmul": lambda a, x: torch.matmul(*x),
    "avg_pool2d": pooling(F.avg_pool2d),
    "avg_pool3d": pooling(F.avg_pool3d),
    "max_pool2d": pooling(F.max_pool2d),
    "max_pool3d": pooling(F.max_pool3d),
    "adaptive_avg_pool2d": lambda a, x: F.adaptive_avg_pool2d(x[0], a["output_size"]),
    "adaptive_avg_pool3d": lambda a, x: F.adaptive_avg_pool3d(x[0], a["output_size"]),
    "softmax": lambda a, x: F.softmax(x[0], dim=a["axis"]),
    "relu": lambda a, x: F.relu(x[0]),
    "swish": lambda a, x: F.silu(x[0]),
    "hardswish": lambda a, x: F.hardswish(x[0]),
    "sigmoid": lambda a, x: torch.sigmoid(x[0]),
    "hardsigmoid": lambda a, x: F.hardsigmoid(x[0]),
    "gelu": lambda a, x: F.gelu(x[0]),
    "tanh": lambda a, x: torch.tanh(x[0]),
    "add": lambda a, x: x[0] + x[1],
    "subtract": lambda a, x: x[0] - x[1],
    "multiply": lambda a, x: x[0] * x[1],
    "divide": lambda a, x: x[0] / x[1],
    "concat": lambda a, x: torch.cat(x, dim=a["axis"]),
    "slice": cut,
    "pad": lambda a, x: F.pad(x[0], flat_pairs(a["padding"]), value=a["value"]),
    "permute": lambda a, x: x[0].permute(a["order"]),
    "reshape": lambda a, x: x[0].reshape(a["shape"]),
    "mean": lambda a, x: x[0].mean(dim=a["axes"], keepdim=a["keep_axes"]),
}


def convolution_cases() -> Iterator[Case]:
    """2D and 3D: each option alone, then together; depthwise, grouped, with a channel multiplier."""

    def case(
        spatial: Sequence[int],
        kernel: Sequence[int],
        channels: tuple[int, int] = (4, 4),
        groups: int = 1,
        stride: Sequence[int] | None = None,
        padding: list[list[int]] | None = None,
        dilation: Sequence[int] | None = None,
        bias: bool = False,
        batch: int = 1,
    ) -> Case:
        rank = len(spatial)
        attributes = {
            "stride": list(stride or [1] * rank),
            "padding": padding or pairs(*[0] * rank),
            "dilation": list(dilation or [1] * rank),
            "groups": groups,
        }
        weight = signed(channels[1], channels[0] // groups, *kernel, scale=0.5)
        inputs = [signed(batch, channels[0], *spatial), weight] + ([signed(channels[1])] if bias else [])
        return "convolution", attributes, inputs

    for groups, channels in ((1, (4, 3)), (2, (4, 6)), (4, (4, 4)), (4, (4, 8))):
        for bias in (False, True):
            yield case([6, 5], [3, 3], channels, groups, bias=bias, batch=2)
            yield case([3, 3, 4], [3, 3, 3], channels, groups, padding=pairs(1, 1, 1), bias=bias)
        yield case([7, 8], [3, 2], channels, groups, [2, 3], pairs(1, 0), batch=2)
        yield case([7, 6], [3, 3], channels, groups, [1, 2], pairs(2, 3), [2, 3], True)
        yield case([4, 5, 6], [3, 3, 3], channels, groups, [1, 2, 2], pairs(1, 1, 1))
        yield case([5, 6, 7], [3, 1, 2], channels, groups, [2, 1, 3], pairs(0, 1, 2), [2, 1, 3], True)
        yield case([4, 5], [3, 3], channels, groups, [2, 2], pairs((0, 1), (2, 1)))
        yield case([3, 4, 5], [2, 3, 3], channels, groups, [1, 1, 2], pairs((1, 0), (0, 2), (1, 2)), bias=True)
    yield case([3, 4, 4], [1, 1, 1], (7, 5), bias=True)
    yield case([2, 5, 5], [1, 1, 1], (5, 7), stride=[1, 2, 2])
    yield case([3, 8, 7], [1, 3, 3], (3, 6), stride=[1, 2, 2], padding=pairs(0, 1, 1))
    yield case([5, 2, 3], [5, 1, 1], (6, 6), 6, padding=pairs(2, 0, 0))
    yield case([1, 1, 1], [3, 3, 3], (3, 3), 3, padding=pairs(1, 1, 1), bias=True)
    yield case([2, 1, 2], [3, 3, 3], (2, 2), padding=pairs(2, 2, 2))
    yield case([1, 9], [1, 4], (1, 2), stride=[1, 4], padding=pairs(0, 3))


def matrix_cases() -> Iterator[Case]:
    """Linear and matrix product, batched and broadcast."""
    for shape in ((7,), (3, 7), (2, 3, 7), (1, 2, 1, 2, 7)):
        yield "linear", {}, [signed(*shape), signed(5, 7)]
        yield "linear", {}, [signed(*shape), signed(5, 7), signed(5)]
    for left, right in (
        ((3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 3, 4), (4, 5)),
        ((3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (1, 3, 4, 2)),
        ((2, 3, 1, 6), (2, 3, 6, 1)),
        ((1, 1), (1, 1)),
    ):
        yield "matmul", {}, [signed(*left), signed(*right)]


def pooling_cases() -> Iterator[Case]:
    """Fixed windows with every combination of the two flags, and adaptive ones."""
    for kernel, stride, padding, shape in (
        ((2, 2), (2, 2), (0, 0), (2, 3, 6, 5)),
        ((3, 2), (2, 1), (1, 1), (1, 3, 7, 5)),
        ((3, 3), (2, 2), (1, 1), (1, 3, 6, 8)),
        ((4, 3), (3, 2), (2, 1), (1, 2, 6, 6)),
        ((2, 3, 3), (1, 2, 2), (0, 1, 1), (1, 3, 4, 6, 5)),
        ((3, 3, 2), (2, 2, 2), (1, 1, 1), (1, 2, 4, 6, 5)),
        ((1, 2, 2), (1, 2, 2), (0, 0, 0), (2, 2, 2, 5, 4)),
        ((4, 5, 5), (1, 1, 1), (0, 0, 0), (1, 3, 5, 6, 7)),
    ):
        rank = len(kernel)
        window = {"kernel_size": list(kernel), "stride": list(stride), "padding": pairs(*padding)}
        for ceil_mode in (False, True):
            for include in (True, False):
                options = window | {"ceil_mode": ceil_mode, "count_include_pad": include}
                yield f"avg_pool{rank}d", options, [signed(*shape)]
            yield f"max_pool{rank}d", window | {"ceil_mode": ceil_mode}, [signed(*shape)]
    yield (
        "max_pool2d",
        {"kernel_size": [2, 3], "stride": [1, 2], "padding": pairs(1, 1), "dilation": [2, 1], "ceil_mode": False},
        [signed(1, 3, 6, 5)],
    )
    for size in ([1, 1], [2, 3], [5, 4], [7, 9]):
        yield "adaptive_avg_pool2d", {"output_size": size}, [signed(2, 2, 5, 7)]
    for size in ([1, 1, 1], [2, 3, 2], [3, 5, 4], [4, 2, 5]):
        yield "adaptive_avg_pool3d", {"output_size": size}, [signed(1, 2, 3, 5, 4)]


def normalisation_cases() -> Iterator[Case]:
    """Batch norm with given statistics, layer norm, softmax."""
    for shape, epsilon in itertools.product(((2, 5), (2, 5, 3, 4), (2, 3, 2, 3, 4)), (1e-5, 0.1)):
        c = shape[1]
        yield "batch_norm", {"epsilon": epsilon}, [signed(*shape), signed(c), signed(c), signed(c), positive(c)]
    for shape, normalized in (((3, 8), (8,)), ((2, 3, 7), (7,)), ((2, 3, 4, 5), (4, 5)), ((2, 2, 1), (2, 1))):
        for epsilon in (1e-5, 1e-2):
            attributes = {"normalized_shape": list(normalized), "epsilon": epsilon}
            yield "layer_norm", attributes, [signed(*shape), signed(*normalized), signed(*normalized)]
    yield "layer_norm", {"normalized_shape": [6], "epsilon": 1e-5}, [signed(2, 6)]
    for axis in range(5):
        yield "softmax", {"axis": axis}, [signed(2, 3, 2, 3, 4, scale=8.0)]
    yield "softmax", {"axis": -1}, [signed(3, 9, scale=128.0)]  # exp overflows unless the maximum is subtracted
    yield "softmax", {"axis": 0}, [signed(1, 4)]


def elementwise_cases() -> Iterator[Case]:
    """Activations over their whole range, arithmetic with broadcasting."""
    for operation in ("relu", "swish", "hardswish", "sigmoid", "hardsigmoid", "gelu", "tanh"):
        yield operation, {}, [signed(4, 25, scale=8.0)]
        yield operation, {}, [signed(2, 3, 1, 2, 2)]
    yield "sigmoid", {}, [signed(40, scale=256.0)]
    yield "swish", {}, [signed(40, scale=256.0)]
    for operation in ("add", "subtract", "multiply", "divide"):
        second = positive if operation == "divide" else signed
        for left, right in (
            ((2, 3, 2, 3, 2), (2, 3, 2, 3, 2)),
            ((2, 3, 2, 2, 3), (2, 3, 1, 1, 1)),
            ((2, 3, 1, 4), (1, 3, 5, 1)),
            ((4, 3), (3,)),
            ((3,), (4, 3)),
            ((2, 4), ()),
            ((1, 1, 1), (2, 3, 4)),
        ):
            yield operation, {}, [signed(*left), second(*right)]


def shape_cases() -> Iterator[Case]:
    """Operations that move values, and means over axes."""
    for axis in range(5):
        shapes = [[2 + (i + 1 if d == axis else 0) for d in range(5)] for i in range(3)]
        yield "concat", {"axis": axis}, [signed(*shape) for shape in shapes]
    yield "concat", {"axis": -1}, [signed(2, 3), signed(2, 1)]
    for axis, start, end, step in ((0, 1, 3, 1), (1, 0, 5, 2), (2, 1, 6, 3), (3, 3, 4, 1), (1, 2, 4, 7)):
        yield "slice", {"axis": axis, "start": start, "end": end, "step": step}, [signed(3, 5, 6, 4)]
    for padding, value in (
        (pairs(0, 0, 1, 2), 0.0),
        (pairs((0, 1), (2, 0), (0, 0), (3, 1)), -1.5),
        (pairs((1, 0), 0, 0, 0), 0.25),
    ):
        yield "pad", {"padding": padding, "value": value}, [signed(2, 2, 3, 2)]
    for order in ([0, 2, 3, 4, 1], [0, 4, 1, 2, 3], [4, 3, 2, 1, 0], [0, 1, 2, 3, 4]):
        yield "permute", {"order": order}, [signed(2, 3, 2, 4, 3)]
    yield "permute", {"order": [5, 0, 3, 1, 4, 2]}, [signed(2, 1, 3, 2, 3, 2)]
    for shape in ([24], [4, 6], [2, 3, 1, 4], [1, 1, 2, 1, 3, 4]):
        yield "reshape", {"shape": shape}, [signed(2, 3, 4)]
    for axes, keep in itertools.product(([2, 3, 4], [1], [0], [0, 4], [0, 1, 2, 3, 4]), (True, False)):
        yield "mean", {"axes": axes, "keep_axes": keep}, [signed(2, 3, 2, 4, 3)]


def operation_case(operation: str, attributes: dict[str, Any], inputs: list[Input]) -> dict[str, Any]:
    """Runs one oracle on its generated inputs."""
    tensors = [
        torch.from_numpy(generator.tensor(SEED, f"in{index}", shape, scale, offset))
        for index, (shape, scale, offset) in enumerate(inputs)
    ]
    output = ORACLES[operation](attributes, tensors)
    options = " ".join(f"{key}={str(value).replace(' ', '')}" for key, value in attributes.items())
    shapes = " ".join("x".join(map(str, shape)) or "scalar" for shape, _, _ in inputs)
    name = " ".join(filter(None, [operation, options, shapes, *{f"scale={s:g}" for _, s, _ in inputs if s > 2}]))
    if not 0 < output.numel() <= MOST_VALUES:
        raise ValueError(f"{name}: {output.numel()} values, not 1…{MOST_VALUES}")
    return {
        "name": name,
        "operation": operation,
        "attributes": attributes,
        "seed": SEED,
        "inputs": [{"shape": list(shape), "scale": scale, "offset": offset} for shape, scale, offset in inputs],
        "output_shape": list(output.shape),
        "output": floats(output),
    }


def main() -> None:
    sources = (
        convolution_cases,
        matrix_cases,
        pooling_cases,
        normalisation_cases,
        elementwise_cases,
        shape_cases,
    )
    write_cases(
        FIXTURES / "operations" / "operations.json",
        "torch.nn.functional. Inputs in0, in1, … = offset + scale * unit. Padding is [before, after] for each axis."
        " convolution: x, weight, bias?; linear: x, weight, bias?; batch_norm: x, weight, bias, mean, variance;"
        " layer_norm: x, weight?, bias?. gelu is the exact one, by erf.",
        [operation_case(*case) for source in sources for case in source()],
    )


if __name__ == "__main__":
    main()
