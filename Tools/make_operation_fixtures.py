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
import network_operations
from fixture_file import FIXTURES, floats, write_cases

torch.set_num_threads(1)

SEED = 11
MOST_VALUES = 420

Input = tuple[Sequence[int], float, float] | tuple[Sequence[int], float, float, str]
"""Shape, scale, offset, and an element type other than float32."""
Attributes = dict[str, Any]
"""The stored properties of the graph's operation of that name, as its JSON coding has them."""
Case = tuple[str, Attributes, list[Input]]
"""Operation, attributes, inputs in0, in1, …"""
Oracles = dict[str, Callable[[Attributes, list[torch.Tensor]], torch.Tensor]]
"""By the operation's name."""


def signed(*shape: int, scale: float = 2.0) -> Input:
    """Values around zero."""
    return shape, scale, 0.0


def positive(*shape: int) -> Input:
    """Values in [0.5, 1.5): a variance, a divisor."""
    return shape, 0.5, 1.0


def window(
    kernel: Sequence[int],
    stride: Sequence[int] | None = None,
    padding: Sequence[int | tuple[int, int]] | None = None,
    dilation: Sequence[int] | None = None,
) -> Attributes:
    """A sliding window; padding that differs on the two sides of an axis is a pair."""
    ones = [1] * len(kernel)
    both = [p if isinstance(p, tuple) else (p, p) for p in padding or [0] * len(kernel)]
    return {
        "kernel": list(kernel),
        "stride": list(stride or ones),
        "paddingBefore": [before for before, _ in both],
        "paddingAfter": [after for _, after in both],
        "dilation": list(dilation or ones),
    }


# Oracles: attributes and input tensors to the output tensor.


def pad(x: torch.Tensor, before: list[int], after: list[int], value: float) -> torch.Tensor:
    """Constant padding; F.pad wants the last axis first."""
    pairs = [length for pair in zip(reversed(before), reversed(after), strict=True) for length in pair]
    return F.pad(x, pairs, value=value)


def convolution(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Pads by itself where the two sides of an axis differ, which torch cannot; without bias when in2 is absent."""
    x, weight = inputs[:2]
    bias = inputs[2] if len(inputs) > 2 else None
    w = attributes["window"]
    padding = w["paddingBefore"]
    if padding != w["paddingAfter"]:
        x, padding = pad(x, w["paddingBefore"], w["paddingAfter"], 0), 0
    function = F.conv2d if weight.dim() == 4 else F.conv3d
    return function(x, weight, bias, w["stride"], padding, w["dilation"], attributes["groups"])


def pool(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Average or maximum. Where the two sides differ: pads by itself, and divides by the windows' true sizes."""
    x, w = inputs[0], attributes["window"]
    flat = x.dim() == 4
    average, maximum = (F.avg_pool2d, F.max_pool2d) if flat else (F.avg_pool3d, F.max_pool3d)
    kernel, stride, before, after = w["kernel"], w["stride"], w["paddingBefore"], w["paddingAfter"]
    rounds_up, counts = attributes["roundsUp"], attributes["countsPadding"]
    if attributes["function"] == "maximum":
        if before != after:
            x, before = pad(x, before, after, -torch.inf), [0] * len(kernel)
        return maximum(x, kernel, stride, before, w["dilation"], rounds_up)
    if before == after:
        return average(x, kernel, stride, before, rounds_up, counts)
    padded = average(pad(x, before, after, 0), kernel, stride)
    return padded if counts else padded / average(pad(torch.ones_like(x), before, after, 0), kernel, stride)


def adaptive_pool(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Average or maximum to a given size."""
    flat = inputs[0].dim() == 4
    average, maximum = (
        (F.adaptive_avg_pool2d, F.adaptive_max_pool2d) if flat else (F.adaptive_avg_pool3d, F.adaptive_max_pool3d)
    )
    return (average if attributes["function"] == "average" else maximum)(inputs[0], attributes["outputSize"])


def cut(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Elements start, start + step, … before end, along one axis."""
    index = [slice(None)] * inputs[0].dim()
    index[attributes["axis"]] = slice(attributes["start"], attributes["end"], attributes["step"])
    return inputs[0][tuple(index)]


def reshape(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """ONNX's rule: 0 copies the axis, -1 is what is left."""
    x = inputs[0]
    return x.reshape([x.shape[axis] if length == 0 else length for axis, length in enumerate(attributes["shape"])])


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": F.relu,
    "swish": F.silu,
    "hard_swish": F.hardswish,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": F.hardsigmoid,
    "gelu": F.gelu,
    "tanh": torch.tanh,
}
BINARIES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}


def temporal_similarity(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Cosines of each frame's channels with those of the frames around it, position by position."""
    x, reach = F.normalize(inputs[0], dim=1), attributes["frameCount"] // 2
    padded = F.pad(x, (0, 0, 0, 0, reach, reach))
    others = (padded[:, :, k : k + x.shape[2]] for k in range(attributes["frameCount"]))
    return torch.stack([(x * other).sum(dim=1) for other in others], dim=1)


ORACLES: Oracles = {
    "convolution": convolution,
    "linear": lambda a, x: F.linear(*x),
    "matmul": lambda a, x: torch.matmul(*x),
    "batch_norm": lambda a, x: F.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=a["epsilon"]),
    "layer_norm": lambda a, x: F.layer_norm(x[0], x[1].shape, x[1], x[2], a["epsilon"]),
    "softmax": lambda a, x: F.softmax(x[0], dim=a["axis"]),
    "pool": pool,
    "adaptive_pool": adaptive_pool,
    "mean": lambda a, x: x[0].mean(dim=a["axes"], keepdim=a["keepsAxes"]),
    "temporal_similarity": temporal_similarity,
    "activation": lambda a, x: ACTIVATIONS[a["function"]](x[0]),
    "binary": lambda a, x: BINARIES[a["function"]](*x),
    "concat": lambda a, x: torch.cat(x, dim=a["axis"]),
    "reshape": reshape,
    "permute": lambda a, x: x[0].permute(a["order"]),
    "slice": cut,
    "pad": lambda a, x: pad(x[0], a["before"], a["after"], a["value"]),
}


def convolution_cases() -> Iterator[Case]:
    """2D and 3D: each option alone, then together; depthwise, grouped, with a channel multiplier."""

    def case(
        spatial: Sequence[int],
        kernel: Sequence[int],
        channels: tuple[int, int] = (4, 4),
        groups: int = 1,
        bias: bool = False,
        batch: int = 1,
        **options: Any,
    ) -> Case:
        weight = signed(channels[1], channels[0] // groups, *kernel, scale=0.5)
        inputs = [signed(batch, channels[0], *spatial), weight] + ([signed(channels[1])] if bias else [])
        return "convolution", {"window": window(kernel, **options), "groups": groups}, inputs

    for groups, channels in ((1, (4, 3)), (2, (4, 6)), (4, (4, 4)), (4, (4, 8))):
        for bias in (False, True):
            yield case([6, 5], [3, 3], channels, groups, bias, batch=2)
            yield case([3, 3, 4], [3, 3, 3], channels, groups, bias, padding=[1, 1, 1])
        yield case([7, 8], [3, 2], channels, groups, batch=2, stride=[2, 3], padding=[1, 0])
        yield case([7, 6], [3, 3], channels, groups, True, stride=[1, 2], padding=[2, 3], dilation=[2, 3])
        yield case([4, 5, 6], [3, 3, 3], channels, groups, stride=[1, 2, 2], padding=[1, 1, 1])
        options: dict[str, Any] = {"stride": [2, 1, 3], "padding": [0, 1, 2], "dilation": [2, 1, 3]}
        yield case([5, 6, 7], [3, 1, 2], channels, groups, True, **options)
        yield case([4, 5], [3, 3], channels, groups, stride=[2, 2], padding=[(0, 1), (2, 1)])
        yield case([3, 4, 5], [2, 3, 3], channels, groups, True, stride=[1, 1, 2], padding=[(1, 0), (0, 2), (1, 2)])
    yield case([3, 4, 4], [1, 1, 1], (7, 5), bias=True)
    yield case([2, 5, 5], [1, 1, 1], (5, 7), stride=[1, 2, 2])
    yield case([3, 8, 7], [1, 3, 3], (3, 6), stride=[1, 2, 2], padding=[0, 1, 1])
    yield case([5, 2, 3], [5, 1, 1], (6, 6), 6, padding=[2, 0, 0])
    yield case([1, 1, 1], [3, 3, 3], (3, 3), 3, True, padding=[1, 1, 1])
    yield case([2, 1, 2], [3, 3, 3], (2, 2), padding=[2, 2, 2])
    yield case([1, 9], [1, 4], (1, 2), stride=[1, 4], padding=[0, 3])


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
    """Sliding windows with every combination of the two flags, and adaptive ones."""

    def attributes(function: str, of: Attributes, counts: bool = True, rounds_up: bool = False) -> Attributes:
        return {"function": function, "window": of, "countsPadding": counts, "roundsUp": rounds_up}

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
        shared = window(kernel, stride, padding)
        for rounds_up in (False, True):
            for counts in (True, False):
                yield "pool", attributes("average", shared, counts, rounds_up), [signed(*shape)]
            yield "pool", attributes("maximum", shared, True, rounds_up), [signed(*shape)]
    for uneven, shape in (
        (window([3, 2], [2, 1], [(0, 1), (1, 0)]), (1, 3, 6, 5)),
        (window([2, 3, 3], [1, 2, 2], [(1, 0), (0, 1), (1, 0)]), (1, 2, 3, 6, 5)),
    ):
        for counts in (True, False):
            yield "pool", attributes("average", uneven, counts), [signed(*shape)]
        yield "pool", attributes("maximum", uneven), [signed(*shape)]
    yield "pool", attributes("maximum", window([2, 3], [1, 2], [1, 1], [2, 1])), [signed(1, 3, 6, 5)]
    for function in ("average", "maximum"):
        for size in ([1, 1], [2, 3], [5, 4], [7, 9]):
            yield "adaptive_pool", {"function": function, "outputSize": size}, [signed(2, 2, 5, 7)]
        for size in ([1, 1, 1], [2, 3, 2], [3, 5, 4], [4, 2, 5]):
            yield "adaptive_pool", {"function": function, "outputSize": size}, [signed(1, 2, 3, 5, 4)]


def normalisation_cases() -> Iterator[Case]:
    """Batch norm with given statistics, layer norm, softmax."""
    for shape, epsilon in itertools.product(((2, 5), (2, 5, 3, 4), (2, 3, 2, 3, 4)), (1e-5, 0.1)):
        c = shape[1]
        yield "batch_norm", {"epsilon": epsilon}, [signed(*shape), signed(c), signed(c), signed(c), positive(c)]
    for shape, normalized in (((3, 8), (8,)), ((2, 3, 7), (7,)), ((2, 3, 4, 5), (4, 5)), ((2, 2, 1), (2, 1))):
        for epsilon in (1e-5, 1e-2):
            yield "layer_norm", {"epsilon": epsilon}, [signed(*shape), signed(*normalized), signed(*normalized)]
    for axis in range(5):
        yield "softmax", {"axis": axis}, [signed(2, 3, 2, 3, 4, scale=8.0)]
    yield "softmax", {"axis": 1}, [signed(3, 9, scale=128.0)]  # exp overflows unless the maximum is subtracted
    yield "softmax", {"axis": 0}, [signed(1, 4)]


def elementwise_cases() -> Iterator[Case]:
    """Activations over their whole range, arithmetic with broadcasting."""
    for function in ACTIVATIONS:
        yield "activation", {"function": function}, [signed(4, 25, scale=8.0)]
        yield "activation", {"function": function}, [signed(2, 3, 1, 2, 2)]
        yield "activation", {"function": function}, [signed(40, scale=256.0)]  # where exp overflows
    for function in BINARIES:
        second = positive if function == "divide" else signed
        for left, right in (
            ((2, 3, 2, 3, 2), (2, 3, 2, 3, 2)),
            ((2, 3, 2, 2, 3), (2, 3, 1, 1, 1)),
            ((2, 3, 1, 4), (1, 3, 5, 1)),
            ((4, 3), (3,)),
            ((3,), (4, 3)),
            ((2, 4), ()),
            ((1, 1, 1), (2, 3, 4)),
        ):
            yield "binary", {"function": function}, [signed(*left), second(*right)]


def shape_cases() -> Iterator[Case]:
    """Operations that move values, and means over axes."""
    for axis in range(5):
        shapes = [[2 + (i + 1 if d == axis else 0) for d in range(5)] for i in range(3)]
        yield "concat", {"axis": axis}, [signed(*shape) for shape in shapes]
    yield "concat", {"axis": 0}, [signed(2, 3)]
    for axis, start, end, step in (
        (0, 1, 3, 1),
        (1, 0, 5, 2),
        (2, 1, 6, 3),
        (3, 3, 4, 1),
        (1, 2, 4, 7),
        (2, -4, -1, 2),
        (3, 1, 1000, 1),
        (1, -1000, -2, 1),
    ):
        yield "slice", {"axis": axis, "start": start, "end": end, "step": step}, [signed(3, 5, 6, 4)]
    for before, after, value in (
        ([0, 0, 1, 2], [0, 0, 1, 2], 0.0),
        ([0, 2, 0, 3], [1, 0, 0, 1], -1.5),
        ([1, 0, 0, 0], [0, 0, 0, 0], 0.25),
    ):
        yield "pad", {"before": before, "after": after, "value": value, "mode": "constant"}, [signed(2, 2, 3, 2)]
    for order in ([0, 2, 3, 4, 1], [0, 4, 1, 2, 3], [4, 3, 2, 1, 0], [0, 1, 2, 3, 4]):
        yield "permute", {"order": order}, [signed(2, 3, 2, 4, 3)]
    yield "permute", {"order": [5, 0, 3, 1, 4, 2]}, [signed(2, 1, 3, 2, 3, 2)]
    for shape in ([24], [4, 6], [2, 3, 1, 4], [1, 1, 2, 1, 3, 4], [0, -1], [-1, 0, 2, 2], [0, 0, 0]):
        yield "reshape", {"shape": shape}, [signed(2, 3, 4)]
    for axes, keep in itertools.product(([2, 3, 4], [1], [0], [0, 4], [0, 1, 2, 3, 4]), (True, False)):
        yield "mean", {"axes": axes, "keepsAxes": keep}, [signed(2, 3, 2, 4, 3)]


def similarity_cases() -> Iterator[Case]:
    """Windows shorter and longer than the clip, one frame, several positions."""
    for count, shape in (
        (1, (2, 3, 4, 1, 1)),
        (3, (2, 5, 6, 1, 1)),
        (5, (1, 17, 7, 2, 3)),
        (9, (1, 8, 3, 1, 1)),
        (3, (1, 4, 1, 1, 2)),
    ):
        yield "temporal_similarity", {"frameCount": count}, [signed(*shape)]


def describe(attributes: Attributes) -> str:
    """Attributes as a case's name shows them, those of a window too."""
    flat = attributes.get("window", {}) | {key: value for key, value in attributes.items() if key != "window"}
    return " ".join(f"{key}={str(value).replace(' ', '')}" for key, value in flat.items())


def generated(index: int, shape: Sequence[int], scale: float, offset: float, element_type: str = "float32") -> torch.Tensor:
    """An input; integers are the floats truncated, and booleans whether these are not 0."""
    values = torch.from_numpy(generator.tensor(SEED, f"in{index}", shape, scale, offset))
    if element_type == "float32":
        return values
    return values.to(torch.int64).to(getattr(torch, element_type))


def operation_case(
    operation: str, attributes: Attributes, inputs: list[Input], oracles: Oracles | None = None
) -> dict[str, Any]:
    """Runs one oracle on its generated inputs."""
    tensors = [generated(index, *values) for index, values in enumerate(inputs)]
    output = (oracles or ORACLES)[operation](attributes, tensors)
    types = [values[3] if len(values) > 3 else "float32" for values in inputs]
    kinds = ["" if kind == "float32" else f"({kind})" for kind in types]
    shapes = " ".join(
        ("x".join(map(str, values[0])) or "scalar") + kind for values, kind in zip(inputs, kinds, strict=True)
    )
    scale = f"scale={inputs[0][1]:g}" if inputs[0][1] > 2 else ""
    name = " ".join(filter(None, [operation, describe(attributes), shapes, scale]))
    if not 0 < output.numel() <= MOST_VALUES:
        raise ValueError(f"{name}: {output.numel()} values, not 1…{MOST_VALUES}")
    return {
        "name": name,
        "operation": operation,
        "attributes": attributes,
        "seed": SEED,
        "inputs": [
            {"shape": list(values[0]), "scale": values[1], "offset": values[2]} | ({} if kind == "float32" else {"type": kind})
            for values, kind in zip(inputs, types, strict=True)
        ],
        "output_shape": list(output.shape),
        "output": floats(output),
    }


def main() -> None:
    sources = (
        convolution_cases,
        matrix_cases,
        similarity_cases,
        pooling_cases,
        normalisation_cases,
        elementwise_cases,
        shape_cases,
    )
    write_cases(
        FIXTURES / "operations" / "operations.json",
        "torch's results. Inputs in0, in1, … = offset + scale * unit, in the order of the graph's operation. Attributes"
        " are the operation's stored properties in its JSON coding.",
        [operation_case(*case) for source in sources for case in source()],
    )
    write_cases(
        FIXTURES / "operations" / "network_operations.json",
        "What exports of video networks have beside those: results of torch, or of ONNX Runtime. Inputs with a type are the"
        " floats truncated to integers; of booleans, whether these are not 0.",
        [operation_case(*case, network_operations.ORACLES) for case in network_operations.cases()],
    )


if __name__ == "__main__":
    main()
