"""Cases of the operations that exports of video networks have, with the answers of torch, or of ONNX Runtime where torch has
no such operation. `make_operation_fixtures.py` writes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch.nn import functional as F

Attributes = dict[str, Any]
Input = tuple[Sequence[int], float, float] | tuple[Sequence[int], float, float, str]
Case = tuple[str, Attributes, list[Input]]


def signed(*shape: int, scale: float = 2.0, type: str = "float32") -> Input:
    """Values around zero."""
    return shape, scale, 0.0, type


def positive(*shape: int, scale: float = 0.5, type: str = "float32") -> Input:
    """Values in [0.5, 1.5)."""
    return shape, scale, 1.0, type


def indices(*shape: int, below: int, type: str = "int64") -> Input:
    """Integers in -below ..< below: negative ones count from the end."""
    return shape, float(below), 0.0, type


def runtime(operator: str, *names: str) -> Callable[..., torch.Tensor]:
    """An oracle that runs one ONNX operator; `names` are the inputs' names, empty for one that is not there."""

    def run(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
        given = [f"in{index}" for index in range(len(inputs))]
        rest = iter(given)
        placed = [next(rest, "") if name else "" for name in names] if names else given
        node = onnx.helper.make_node(operator, placed, ["out"], **attributes)
        types = [onnx.helper.np_dtype_to_tensor_dtype(x.numpy().dtype) for x in inputs]
        graph = onnx.helper.make_graph(
            [node],
            operator,
            [onnx.helper.make_tensor_value_info(n, t, list(x.shape)) for n, t, x in zip(given, types, inputs, strict=True)],
            [onnx.helper.make_empty_tensor_value_info("out")],
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        values = session.run(None, dict(zip(given, [x.numpy() for x in inputs], strict=True)))
        return torch.from_numpy(np.asarray(values[0]))

    return run


def recurrent(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """GRU or LSTM; the fifth input of ONNX is the lengths of sequences."""
    hidden = {"direction": attributes["direction"], "hidden_size": inputs[2].shape[2]}
    if "resetsProduct" in attributes:
        hidden["linear_before_reset"] = int(attributes["resetsProduct"])
        return runtime("GRU", "x", "w", "r", "b", "", "h")(hidden, inputs)
    state = ["h", "c"] if attributes["hasInitialState"] else ["", ""]
    return runtime("LSTM", "x", "w", "r", "b", "", *state, "p")(hidden, inputs)


def resize(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Lengths or factors become ONNX's last two inputs."""
    roundings = {"prefer_floor": "round_prefer_floor", "prefer_ceil": "round_prefer_ceil"}
    options = {
        "axes": attributes["axes"],
        "mode": attributes["mode"],
        "coordinate_transformation_mode": attributes["coordinates"],
        "nearest_mode": roundings.get(attributes["rounding"], attributes["rounding"]),
        "cubic_coeff_a": attributes["cubicCoefficient"],
        "exclude_outside": int(attributes["excludesOutside"]),
        "antialias": int(attributes["antialiases"]),
    }
    if "factors" in attributes:
        return runtime("Resize", "x", "", "scales")(options, [*inputs, torch.tensor(attributes["factors"])])
    return runtime("Resize", "x", "", "", "sizes")(options, [*inputs, torch.tensor(attributes["lengths"])])


def transposed_convolution(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Padding is the same on both sides, as torch has it."""
    w = attributes["window"]
    function = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}[len(w["kernel"])]
    bias = inputs[2] if len(inputs) > 2 else None
    return function(
        inputs[0], inputs[1], bias, w["stride"], w["paddingBefore"], attributes["extra"], attributes["groups"], w["dilation"]
    )


def pad(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """NumPy's modes; a negative number removes elements."""
    before, after = np.array(attributes["before"]), np.array(attributes["after"])
    x = inputs[0].numpy()
    x = x[tuple(slice(max(-b, 0), n - max(-a, 0)) for b, a, n in zip(before, after, x.shape, strict=True))]
    widths = list(zip(np.maximum(before, 0), np.maximum(after, 0), strict=True))
    options = {"constant_values": attributes["value"]} if attributes["mode"] == "constant" else {}
    return torch.from_numpy(np.pad(x, widths, attributes["mode"], **options))


def reduce(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Over several axes at once."""
    x, axes, keep = inputs[0], attributes["axes"], attributes["keepsAxes"]
    match attributes["function"]:
        case "product":
            for axis in sorted(axes, reverse=True):
                x = x.prod(dim=axis, keepdim=keep)
            return x
        case "l1":
            return x.abs().sum(axes, keepdim=keep)
        case "l2":
            return (x * x).sum(axes, keepdim=keep).sqrt()
        case "sum_square":
            return (x * x).sum(axes, keepdim=keep)
        case "log_sum":
            return x.sum(axes, keepdim=keep).log()
        case "log_sum_exp":
            return torch.logsumexp(x, axes, keepdim=keep)
        case function:
            return {"sum": torch.sum, "maximum": torch.amax, "minimum": torch.amin}[function](x, axes, keepdim=keep)


UNARY: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], Input]] = {
    "negate": (torch.neg, signed(3, 5)),
    "abs": (torch.abs, signed(3, 5)),
    "sign": (torch.sign, signed(3, 5)),
    "reciprocal": (torch.reciprocal, positive(3, 5)),
    "sqrt": (torch.sqrt, positive(3, 5)),
    "exp": (torch.exp, signed(3, 5, scale=8.0)),
    "log": (torch.log, positive(3, 5)),
    "floor": (torch.floor, signed(3, 5, scale=4.0)),
    "ceil": (torch.ceil, signed(3, 5, scale=4.0)),
    "round": (torch.round, signed(3, 5, scale=4.0)),
    "erf": (torch.erf, signed(3, 5)),
    "sin": (torch.sin, signed(3, 5, scale=16.0)),
    "cos": (torch.cos, signed(3, 5, scale=16.0)),
    "tan": (torch.tan, signed(3, 5, scale=1.0)),
    "asin": (torch.asin, signed(3, 5, scale=1.0)),
    "acos": (torch.acos, signed(3, 5, scale=1.0)),
    "atan": (torch.atan, signed(3, 5)),
    "sinh": (torch.sinh, signed(3, 5)),
    "cosh": (torch.cosh, signed(3, 5)),
    "asinh": (torch.asinh, signed(3, 5)),
    "acosh": (torch.acosh, ((3, 5), 0.5, 2.0, "float32")),
    "atanh": (torch.atanh, signed(3, 5, scale=0.5)),
    "softplus": (F.softplus, signed(3, 5, scale=8.0)),
    "softsign": (F.softsign, signed(3, 5)),
    "not": (torch.logical_not, signed(3, 5, type="bool")),
    "is_nan": (torch.isnan, signed(3, 5)),
    "is_infinite": (torch.isinf, signed(3, 5)),
}
PARAMETRIC: dict[str, tuple[Callable[..., torch.Tensor], float, float]] = {
    "leaky_relu": (lambda x, a, b: F.leaky_relu(x, a), 0.125, 0.0),
    "elu": (lambda x, a, b: F.elu(x, a), 1.5, 0.0),
    "selu": (lambda x, a, b: b * F.elu(x, a), 1.5, 1.25),
    "celu": (lambda x, a, b: F.celu(x, a), 1.5, 0.0),
    "thresholded_relu": (lambda x, a, b: F.threshold(x, a, 0.0), 0.5, 0.0),
    "hard_sigmoid": (lambda x, a, b: (a * x + b).clamp(0, 1), 0.25, 0.375),
    "shrink": (lambda x, a, b: torch.where(x > a, x - b, torch.where(x < -a, x + b, 0 * x)), 0.75, 0.25),
    "clip": (lambda x, a, b: x.clamp(a, b), -0.5, 1.0),
    "scaled_swish": (lambda x, a, b: x * torch.sigmoid(a * x), 1.75, 0.0),
    "gelu_tanh": (lambda x, a, b: F.gelu(x, approximate="tanh"), 0.0, 0.0),
}
BINARY: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "power": torch.pow,
    "modulo": torch.remainder,
    "remainder": torch.fmod,
    "equal": torch.eq,
    "less": torch.lt,
    "less_or_equal": torch.le,
    "greater": torch.gt,
    "greater_or_equal": torch.ge,
    "and": torch.bitwise_and,
    "or": torch.bitwise_or,
    "xor": torch.bitwise_xor,
}
SCATTER = {"add": "add", "multiply": "mul", "maximum": "max", "minimum": "min"}


def scatter_reduction(attributes: Attributes) -> Attributes:
    """ONNX's name of the reduction."""
    reduction = SCATTER.get(attributes.get("reduction", ""), "none")
    return {key: value for key, value in attributes.items() if key != "reduction"} | {"reduction": reduction}


ORACLES: dict[str, Callable[[Attributes, list[torch.Tensor]], torch.Tensor]] = {
    "transposed_convolution": transposed_convolution,
    "einsum": lambda a, x: torch.einsum(a["equation"], *x),
    "gru": recurrent,
    "lstm": recurrent,
    "rms_norm": lambda a, x: F.rms_norm(x[0], x[1].shape, x[1], a["epsilon"]),
    "group_norm": lambda a, x: F.group_norm(x[0], a["groups"], x[1], x[2], a["epsilon"]),
    "log_softmax": lambda a, x: F.log_softmax(x[0], dim=a["axis"]),
    "resize": resize,
    "reduce": reduce,
    "arg_reduce": lambda a, x: runtime("ArgMax" if a["extreme"] == "maximum" else "ArgMin")(
        {"axis": a["axis"], "keepdims": int(a["keepsAxis"]), "select_last_index": int(a["selectsLast"])}, x
    ),
    "top_k": lambda a, x: torch.topk(x[0], a["count"], a["axis"], largest=a["extreme"] == "maximum").values,
    "cumulative_sum": lambda a, x: runtime("CumSum")(
        {"exclusive": int(a["excludesOwn"]), "reverse": int(a["isReversed"])}, [*x, torch.tensor(a["axis"])]
    ),
    "parametric_activation": lambda a, x: PARAMETRIC[a["function"]][0](x[0], a["alpha"], a["beta"]),
    "prelu": lambda a, x: torch.where(x[0] < 0, x[0] * x[1], x[0]),
    "unary": lambda a, x: UNARY[a["function"]][0](x[0]),
    "select": lambda a, x: torch.where(*x),
    "cast": lambda a, x: x[0].to(getattr(torch, a["elementType"])),
    "split": lambda a, x: torch.split(x[0], a["lengths"], a["axis"])[0],
    "expand": lambda a, x: x[0].expand(torch.broadcast_shapes(x[0].shape, a["shape"])),
    "tile": lambda a, x: x[0].repeat(a["repeats"]),
    "triangle": lambda a, x: (torch.triu if a["keepsUpper"] else torch.tril)(x[0], a["diagonal"]),
    "depth_to_space": lambda a, x: runtime("DepthToSpace")(
        {"blocksize": a["blockSize"], "mode": "CRD" if a["keepsChannelsTogether"] else "DCR"}, x
    ),
    "space_to_depth": lambda a, x: runtime("SpaceToDepth")({"blocksize": a["blockSize"]}, x),
    "gather": lambda a, x: runtime("Gather")(a, x),
    "gather_elements": lambda a, x: runtime("GatherElements")(a, x),
    "gather_nd": lambda a, x: runtime("GatherND")({"batch_dims": a["batchRank"]}, x),
    "scatter_elements": lambda a, x: runtime("ScatterElements")(scatter_reduction(a), x),
    "scatter_nd": lambda a, x: runtime("ScatterND")(scatter_reduction(a), x),
    "one_hot": lambda a, x: runtime("OneHot")(
        {"axis": a["axis"]}, [x[0], torch.tensor([a["length"]]), x[1]]
    ),
    "binary": lambda a, x: BINARY[a["function"]](*x),
    "matmul": lambda a, x: torch.matmul(*x),
    "pad": pad,
    "slice": lambda a, x: torch.from_numpy(
        np.moveaxis(np.moveaxis(x[0].numpy(), a["axis"], 0)[a["start"] : a["end"] : a["step"]], 0, a["axis"]).copy()
    ),
    "convolution": lambda a, x: F.conv1d(
        x[0], x[1], None, a["window"]["stride"], a["window"]["paddingBefore"], a["window"]["dilation"], a["groups"]
    ),
    "pool": lambda a, x: F.max_pool1d(x[0], a["window"]["kernel"], a["window"]["stride"], a["window"]["paddingBefore"])
    if a["function"] == "maximum"
    else F.avg_pool1d(x[0], a["window"]["kernel"], a["window"]["stride"], a["window"]["paddingBefore"]),
    "adaptive_pool": lambda a, x: F.adaptive_avg_pool1d(x[0], a["outputSize"]),
}


def places(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """torch's indices count from the beginning."""
    length = inputs[0].shape[attributes["axis"]]
    return torch.where(inputs[1] < 0, inputs[1] + length, inputs[1])


def scatter(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Replaces elements, or adds to them."""
    function = torch.scatter_add if attributes.get("reduction") == "add" else torch.scatter
    return function(inputs[0], attributes["axis"], places(attributes, inputs), inputs[2])


def cumulative_sum(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """From either end, with or without an element itself."""
    x = inputs[0].flip(attributes["axis"]) if attributes["isReversed"] else inputs[0]
    y = x.cumsum(attributes["axis"]) - (x if attributes["excludesOwn"] else 0)
    return y.flip(attributes["axis"]) if attributes["isReversed"] else y


def padded(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Padding with a constant, where a negative number removes elements."""
    pairs = zip(reversed(attributes["before"]), reversed(attributes["after"]), strict=True)
    return F.pad(inputs[0], [length for pair in pairs for length in pair], value=attributes["value"])


def interpolated(attributes: Attributes, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Linear or cubic, of an image or a clip."""
    modes = {("linear", 4): "bilinear", ("cubic", 4): "bicubic", ("linear", 5): "trilinear"}
    mode = modes[attributes["mode"], inputs[0].dim()]
    corners = attributes["coordinates"] == "align_corners"
    return F.interpolate(inputs[0], attributes["lengths"], mode=mode, align_corners=corners)


DIFFERENTIABLE: dict[str, Callable[[Attributes, list[torch.Tensor]], torch.Tensor]] = {
    name: ORACLES[name]
    for name in (
        "transposed_convolution", "einsum", "rms_norm", "group_norm", "log_softmax", "reduce", "top_k",
        "parametric_activation", "prelu", "unary", "select", "split", "expand", "tile", "triangle", "binary", "matmul",
        "convolution", "pool", "adaptive_pool",
    )
} | {
    "cumulative_sum": cumulative_sum,
    "depth_to_space": lambda a, x: F.pixel_shuffle(x[0], a["blockSize"])
    if a["keepsChannelsTogether"]
    else x[0].reshape(2, 2, 2, 2, 2, 3).permute(0, 3, 4, 1, 5, 2).reshape(2, 2, 4, 6),
    "space_to_depth": lambda a, x: x[0].reshape(2, 2, 1, 3, 2, 3).permute(0, 3, 5, 1, 2, 4).reshape(2, 18, 1, 2),
    "cast": lambda a, x: x[0] + 0,
    "gather": lambda a, x: torch.stack(
        [x[0].select(a["axis"], int(i)) for i in x[1].reshape(-1)], a["axis"]
    ).reshape(x[0].shape[: a["axis"]] + x[1].shape + x[0].shape[a["axis"] + 1 :]),
    "gather_elements": lambda a, x: torch.gather(x[0], a["axis"], places(a, x)),
    "gather_nd": lambda a, x: x[0][tuple(x[1].movedim(-1, 0))],
    "scatter_elements": scatter,
    "scatter_nd": lambda a, x: x[0].index_put(tuple(x[1].movedim(-1, 0)), x[2], accumulate=a.get("reduction") == "add"),
    "pad": padded,
    "resize": interpolated,
}
"""Oracles that torch differentiates."""


def differentiable(operation: str, attributes: Attributes, inputs: list[Input]) -> bool:
    """Whether a case has a gradient, by an oracle that torch differentiates."""
    if operation not in DIFFERENTIABLE or attributes.get("batchRank") or attributes.get("reduction") not in (None, "add"):
        return False
    match operation:
        case "unary":
            return inputs[0][3] == "float32" and attributes["function"] not in ("sign", "floor", "ceil", "round", "not", "is_nan", "is_infinite")
        case "binary":
            return attributes["function"] in ("power", "remainder") and len(inputs[0]) > 3 and inputs[0][3] == "float32"
        case "cast":
            return attributes["elementType"] == "float32"
        case "pad":
            return attributes["mode"] == "constant"
        case "resize":
            places = attributes["coordinates"] in ("half_pixel", "align_corners") and attributes["cubicCoefficient"] == -0.75
            return attributes["mode"] != "nearest" and "lengths" in attributes and places and not attributes["excludesOutside"] and not attributes["antialiases"]
        case "einsum":
            return "->" in attributes["equation"] and "." not in attributes["equation"] and attributes["equation"] not in ("ii->i", "bij->bj")
    return all(kind == "float32" for _, _, _, kind in inputs[:1]) or operation == "select" and inputs[1][3] == "float32"


def window(kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]) -> Attributes:
    """A sliding window with the same padding on both sides."""
    return {
        "kernel": list(kernel),
        "stride": list(stride),
        "paddingBefore": list(padding),
        "paddingAfter": list(padding),
        "dilation": list(dilation),
    }


def elementwise_cases() -> Iterator[Case]:
    """Functions of one, two and three values."""
    for function, (_, values) in UNARY.items():
        yield "unary", {"function": function}, [values]
    yield "unary", {"function": "negate"}, [signed(7, scale=16.0, type="int32")]
    yield "unary", {"function": "abs"}, [signed(7, scale=16.0, type="int8")]
    for function, (_, alpha, beta) in PARAMETRIC.items():
        yield "parametric_activation", {"function": function, "alpha": alpha, "beta": beta}, [signed(3, 9)]
    for slope in ((3, 1, 1), (2, 3, 2, 2), (1,), ()):
        yield "prelu", {}, [signed(2, 3, 2, 2), signed(*slope)]
    yield "binary", {"function": "power"}, [positive(2, 3, 4), signed(3, 1)]
    yield "binary", {"function": "remainder"}, [signed(2, 3, 4, scale=8.0), positive(4)]
    for function in ("power", "modulo", "remainder", "add", "multiply", "divide", "maximum"):
        if function in BINARY:
            yield "binary", {"function": function}, [signed(3, 5, scale=4.0, type="int64"), ((5,), 2.0, 3.0, "int64")]
    for function in ("equal", "less", "less_or_equal", "greater", "greater_or_equal"):
        yield "binary", {"function": function}, [signed(3, 5, scale=2.0, type="int64"), signed(5, scale=2.0, type="int64")]
        yield "binary", {"function": function}, [signed(3, 5), signed(3, 1)]
    for function in ("and", "or", "xor"):
        yield "binary", {"function": function}, [signed(3, 5, type="bool"), signed(5, type="bool")]
        yield "binary", {"function": function}, [signed(3, 5, scale=64.0, type="int32"), signed(5, scale=64.0, type="int32")]
    yield "select", {}, [signed(2, 1, 4, type="bool"), signed(3, 4), signed(2, 3, 1)]
    yield "select", {}, [signed(5, type="bool"), signed(5, scale=8.0, type="int64"), signed(1, scale=8.0, type="int64")]
    for source, target in itertools.product(("float32", "int64", "bool"), ("float64", "int32", "uint8", "bool")):
        # Negative numbers are another matter in unsigned bytes.
        yield "cast", {"elementType": target}, [((3, 5), 8.0, 8.0, source) if target == "uint8" else signed(3, 5, type=source)]
    yield "cast", {"elementType": "float32"}, [signed(3, 5)]
    yield "cast", {"elementType": "int8"}, [signed(3, 5, scale=1024.0, type="int64")]


def movement_cases() -> Iterator[Case]:
    """Values moved, repeated and removed."""
    yield "split", {"axis": 1, "lengths": [2, 3]}, [signed(2, 5, 3)]
    for shape in ([1, 3, 1], [4, 2, 1, 5], [5]):
        yield "expand", {"shape": shape}, [signed(2, 1, 5)]
    for repeats in ([1, 2, 3], [2, 1, 1]):
        yield "tile", {"repeats": repeats}, [signed(2, 3, 2)]
    for keeps, diagonal in itertools.product((True, False), (-4, -1, 0, 2, 7)):
        yield "triangle", {"keepsUpper": keeps, "diagonal": diagonal}, [signed(2, 3, 4)]
    for keeps in (True, False):
        yield "depth_to_space", {"blockSize": 2, "keepsChannelsTogether": keeps}, [signed(2, 8, 2, 3)]
    yield "space_to_depth", {"blockSize": 3}, [signed(2, 2, 3, 6)]
    for mode in ("edge", "reflect", "wrap"):
        yield "pad", {"before": [0, 2, 1], "after": [1, 3, 0], "value": 0.0, "mode": mode}, [signed(3, 4, 2)]
        yield "pad", {"before": [-1, 2, 0], "after": [0, -1, 3], "value": 0.0, "mode": mode}, [signed(3, 4, 4)]
    yield "pad", {"before": [-1, 2, 0], "after": [0, -2, 3], "value": 0.5, "mode": "constant"}, [signed(3, 4, 2)]
    for start, end, step in ((-1, -9, -1), (5, 1, -2), (9, -9, -3), (0, -9, -1)):
        yield "slice", {"axis": 1, "start": start, "end": end, "step": step}, [signed(2, 6, 2)]


def index_cases() -> Iterator[Case]:
    """Elements chosen by indices."""
    for axis, shape in ((0, (3,)), (1, (2, 2)), (2, ()), (1, (1, 3))):
        yield "gather", {"axis": axis}, [signed(3, 4, 5), indices(*shape, below=3)]
    yield "gather", {"axis": 0}, [signed(3, 2, scale=8.0, type="int64"), indices(4, below=3, type="int32")]
    for axis in range(3):
        yield "gather_elements", {"axis": axis}, [signed(3, 4, 5), indices(2, 3, 4, below=3)]
    for batch, shape in ((0, (2, 3)), (0, (4, 1)), (1, (3, 2)), (1, (3, 2, 1)), (2, (3, 4, 1))):
        yield "gather_nd", {"batchRank": batch}, [signed(3, 4, 5), indices(*shape, below=3)]
    for axis, reduction in itertools.product((0, 1), (None, *SCATTER)):
        attributes = {"axis": axis} | ({"reduction": reduction} if reduction else {})
        # Where the last of several updates counts, their order is not said.
        yield "scatter_elements", attributes, [signed(3, 4), indices(*((1, 3) if axis == 0 else (3, 1)), below=3), signed(*((1, 3) if axis == 0 else (3, 1)))]
    for reduction in SCATTER:
        yield "scatter_elements", {"axis": 1, "reduction": reduction}, [signed(3, 4), indices(2, 6, below=4), signed(2, 6)]
        yield "scatter_nd", {"reduction": reduction}, [signed(3, 4), indices(5, 1, below=3), signed(5, 4)]
    yield "scatter_nd", {}, [signed(3, 4, 2), indices(1, 2, below=3), signed(1, 2)]
    yield "scatter_nd", {}, [signed(3, 4, scale=8.0, type="int64"), indices(1, 1, below=3), signed(1, 4, scale=8.0, type="int64")]
    for axis in (0, 1, 2):
        yield "one_hot", {"axis": axis, "length": 5}, [indices(2, 3, below=6), signed(2)]


def reduction_cases() -> Iterator[Case]:
    """Sums and their like."""
    for function in ("sum", "product", "maximum", "minimum", "l1", "l2", "sum_square", "log_sum", "log_sum_exp"):
        values = positive if function == "log_sum" else signed
        for axes, keep in (([1], False), ([0, 2], True), ([0, 1, 2], False)):
            yield "reduce", {"function": function, "axes": axes, "keepsAxes": keep}, [values(2, 3, 4)]
    for function in ("sum", "product", "maximum", "minimum"):
        yield "reduce", {"function": function, "axes": [1], "keepsAxes": False}, [signed(3, 4, scale=8.0, type="int64")]
    yield "reduce", {"function": "log_sum_exp", "axes": [1], "keepsAxes": False}, [signed(3, 4, scale=256.0)]
    for extreme, last, axis in itertools.product(("maximum", "minimum"), (True, False), (0, 2)):
        attributes = {"extreme": extreme, "axis": axis, "keepsAxis": axis == 0, "selectsLast": last}
        yield "arg_reduce", attributes, [signed(3, 2, 5, scale=2.0, type="int32")]
    for extreme, axis in itertools.product(("maximum", "minimum"), (0, 2)):
        yield "top_k", {"extreme": extreme, "count": 3, "axis": axis}, [signed(4, 2, 5)]
    for excludes, reverses in itertools.product((True, False), (True, False)):
        attributes = {"axis": 1, "excludesOwn": excludes, "isReversed": reverses}
        yield "cumulative_sum", attributes, [signed(2, 5, 3)]
    attributes = {"axis": 0, "excludesOwn": False, "isReversed": False}
    yield "cumulative_sum", attributes, [signed(6, scale=8.0, type="int64")]


def matrix_cases() -> Iterator[Case]:
    """Products with one axis, of integers, and Einstein summations."""
    for left, right in (((4,), (4,)), ((4,), (4, 3)), ((3, 4), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,))):
        yield "matmul", {}, [signed(*left), signed(*right)]
    yield "matmul", {}, [signed(3, 4, scale=8.0, type="int32"), signed(4, 2, scale=8.0, type="int32")]
    for equation, shapes in (
        ("ij,jk->ik", ((3, 4), (4, 2))),
        ("bij,bjk->bik", ((2, 3, 4), (2, 4, 2))),
        ("bhid,bhjd->bhij", ((2, 2, 3, 4), (2, 2, 5, 4))),
        ("ythwc,tkc->ythwk", ((2, 2, 3, 2, 4), (2, 3, 4))),
        ("...ij,...jk->...ik", ((2, 3, 4), (1, 4, 2))),
        ("ii->i", ((4, 4),)),
        ("ii", ((4, 4),)),
        ("ij->ji", ((3, 4),)),
        ("bij->bj", ((2, 3, 4),)),
        ("i,j->ij", ((3,), (4,))),
        ("ba,dc", ((2, 3), (1, 2))),
        ("bi,bi,bi->b", ((2, 3), (2, 3), (2, 3))),
        (" b i j , j -> b i ", ((2, 3, 4), (4,))),
    ):
        yield "einsum", {"equation": equation}, [signed(*shape, scale=1.0) for shape in shapes]


def layer_cases() -> Iterator[Case]:
    """Convolutions and pooling along one axis, transposed convolutions, norms, recurrent layers, resampling."""
    yield "convolution", {"window": window([3], [2], [1], [2]), "groups": 2}, [signed(2, 4, 11), signed(6, 2, 3)]
    for function in ("average", "maximum"):
        attributes = {"function": function, "window": window([3], [2], [1], [1]), "countsPadding": True, "roundsUp": False}
        yield "pool", attributes, [signed(2, 3, 9)]
    yield "adaptive_pool", {"function": "average", "outputSize": [3]}, [signed(2, 3, 7)]
    for spatial, kernel, stride, padding, dilation, extra, groups in (
        ((5,), (3,), (2,), (1,), (1,), (1,), 1),
        ((4, 3), (3, 2), (2, 3), (1, 0), (1, 2), (0, 1), 2),
        ((4, 4), (2, 2), (2, 2), (0, 0), (1, 1), (0, 0), 1),
        ((2, 3, 2), (1, 3, 3), (1, 2, 2), (0, 1, 1), (1, 1, 1), (0, 1, 0), 1),
        ((2, 1, 2), (2, 2, 2), (2, 1, 2), (1, 0, 0), (1, 2, 1), (1, 0, 1), 4),
    ):
        attributes = {"window": window(kernel, stride, padding, dilation), "groups": groups, "extra": list(extra)}
        inputs = [signed(1, 4, *spatial), signed(4, 2, *kernel, scale=0.5)]
        yield "transposed_convolution", attributes, inputs
        yield "transposed_convolution", attributes, [*inputs, signed(2 * groups)]
    for shape, normalized in (((3, 8), (8,)), ((2, 3, 4, 5), (4, 5))):
        yield "rms_norm", {"epsilon": 1e-5}, [signed(*shape), signed(*normalized)]
    for shape, groups in (((2, 6, 5), 2), ((2, 4, 3, 3), 4), ((1, 4, 2, 2, 3), 1)):
        yield "group_norm", {"groups": groups, "epsilon": 1e-5}, [signed(*shape), signed(shape[1]), signed(shape[1])]
    for axis in range(3):
        yield "log_softmax", {"axis": axis}, [signed(2, 3, 4, scale=8.0)]
    yield "log_softmax", {"axis": 1}, [signed(3, 9, scale=128.0)]


def recurrent_cases() -> Iterator[Case]:
    """Every direction, with and without initial states."""
    for direction, resets, state in itertools.product(("forward", "reverse", "bidirectional"), (True, False), (0, 1)):
        d = 2 if direction == "bidirectional" else 1
        inputs = [signed(4, 2, 3), signed(d, 15, 3, scale=1.0), signed(d, 15, 5, scale=1.0), signed(d, 30, scale=1.0)]
        attributes = {"direction": direction, "resetsProduct": resets}
        yield "gru", attributes, inputs + [signed(d, 2, 5, scale=1.0)] * state
    for direction, state, peep in itertools.product(("forward", "reverse", "bidirectional"), (True, False), (True, False)):
        d = 2 if direction == "bidirectional" else 1
        inputs = [signed(4, 2, 3), signed(d, 20, 3, scale=1.0), signed(d, 20, 5, scale=1.0), signed(d, 40, scale=1.0)]
        inputs += [signed(d, 2, 5, scale=1.0)] * (2 * state) + [signed(d, 15, scale=1.0)] * peep
        yield "lstm", {"direction": direction, "hasInitialState": state, "hasPeepholes": peep}, inputs


def resize_cases() -> Iterator[Case]:
    """Modes, coordinates and roundings that ONNX Runtime has for these ranks."""

    def attributes(axes: list[int], mode: str, coordinates: str, **options: Any) -> Attributes:
        defaults = {"rounding": "prefer_floor", "cubicCoefficient": -0.75, "excludesOutside": False, "antialiases": False}
        return {"axes": axes, "mode": mode, "coordinates": coordinates} | defaults | options

    places = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric")
    for mode, coordinates in itertools.product(("nearest", "linear", "cubic"), places):
        for options in ({"lengths": [7, 3]}, {"factors": [1.5, 0.625]}):
            yield "resize", attributes([2, 3], mode, coordinates, **options), [signed(1, 2, 4, 5)]
    for rounding, coordinates in itertools.product(("prefer_floor", "prefer_ceil", "floor", "ceil"), ("half_pixel", "asymmetric")):
        yield "resize", attributes([2, 3], "nearest", coordinates, lengths=[6, 3], rounding=rounding), [signed(1, 2, 4, 5)]
    yield "resize", attributes([2, 3], "cubic", "half_pixel", lengths=[6, 3], cubicCoefficient=-0.5), [signed(1, 2, 4, 5)]
    yield "resize", attributes([2, 3], "cubic", "half_pixel", lengths=[6, 3], excludesOutside=True), [signed(1, 2, 4, 5)]
    for mode in ("linear", "cubic"):
        yield "resize", attributes([2, 3], mode, "half_pixel", lengths=[3, 4], antialiases=True), [signed(1, 2, 7, 9)]
    for coordinates in ("half_pixel", "align_corners"):
        yield "resize", attributes([2, 3, 4], "linear", coordinates, lengths=[3, 4, 7]), [signed(1, 2, 2, 3, 5)]
    yield "resize", attributes([2, 3, 4], "nearest", "asymmetric", factors=[1.0, 2.0, 2.0], rounding="floor"), [signed(1, 2, 2, 3, 4)]


def cases() -> Iterator[Case]:
    """All cases."""
    sources = (
        elementwise_cases,
        movement_cases,
        index_cases,
        reduction_cases,
        matrix_cases,
        layer_cases,
        recurrent_cases,
        resize_cases,
    )
    for source in sources:
        yield from source()
