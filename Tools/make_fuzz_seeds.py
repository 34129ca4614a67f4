"""Adds files to Tests/Fuzzers/Corpus: small graphs of operators that few of its files have.

Run it with the packages of onnx-requirements.txt: `python Tools/make_fuzz_seeds.py`.
"""

from __future__ import annotations

import hashlib
import pathlib
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent.parent / "Tests" / "Fuzzers" / "Corpus"
FLOAT = TensorProto.FLOAT

Inputs = dict[str, tuple[int, list[int]]]
"""Inputs by name: their element type and shape."""
Constants = dict[str, Any]
"""Initializers by name, as arrays or nested lists of floats."""

HEADS: Inputs = {"q": (FLOAT, [1, 4, 2, 2]), "k": (FLOAT, [1, 2, 3, 2]), "v": (FLOAT, [1, 2, 3, 2])}
ROWS: Inputs = {"q": (FLOAT, [1, 2, 8]), "k": (FLOAT, [1, 3, 4]), "v": (FLOAT, [1, 3, 4])}
BYTES: Inputs = {"x": (TensorProto.INT8, [1, 2, 2, 2])}
CLIP: Inputs = {"x": (FLOAT, [1, 2, 2, 2])}
STEPS: Inputs = {"x": (FLOAT, [2, 1, 2])}


def weights(*shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return (np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 5 - 2) / 4


GRAPHS: list[tuple[str, list[str], int, dict[str, Any], Inputs, Constants]] = [
    ("Attention", ["q", "k", "v"], 1, {}, HEADS, {}),
    ("Attention", ["q", "k", "v"], 1, {"is_causal": 1, "softcap": 2.0, "scale": 0.5}, HEADS, {}),
    ("Attention", ["q", "k", "v"], 1, {"q_num_heads": 4, "kv_num_heads": 2}, ROWS, {}),
    ("Attention", ["q", "k", "v", "mask"], 4, {"qk_matmul_output_mode": 2}, HEADS | {"mask": (TensorProto.BOOL, [2, 3])}, {}),
    ("Attention", ["q", "k", "v", "", "pk", "pv"], 3, {}, HEADS | {"pk": (FLOAT, [1, 2, 1, 2]), "pv": (FLOAT, [1, 2, 1, 2])}, {}),
    ("DequantizeLinear", ["x", "s", "z"], 1, {}, BYTES, {"s": weights(1)[0], "z": np.int8(3)}),
    ("DequantizeLinear", ["x", "s", "z"], 1, {"axis": 1}, BYTES, {"s": weights(2), "z": np.array([1, 2], np.int8)}),
    ("DequantizeLinear", ["x", "s"], 1, {"axis": 3, "block_size": 2}, BYTES, {"s": weights(1, 2, 2, 1)}),
    ("QuantizeLinear", ["x", "s", "z"], 1, {}, CLIP, {"s": np.float32(0.5), "z": np.uint8(3)}),
    ("QuantizeLinear", ["x", "s"], 1, {"axis": 1}, CLIP, {"s": weights(2)}),
    ("LSTM", ["x", "w", "r", "b"], 3, {"hidden_size": 2}, STEPS, {"w": weights(1, 8, 2), "r": weights(1, 8, 2), "b": weights(1, 16)}),
    ("GRU", ["x", "w", "r"], 2, {"hidden_size": 2, "direction": "bidirectional"}, STEPS, {"w": weights(2, 6, 2), "r": weights(2, 6, 2)}),
    ("RMSNormalization", ["x", "s"], 1, {}, CLIP, {"s": weights(2)}),
]  # fmt: skip


def main() -> None:
    for operator, inputs, results, attributes, types, constants in GRAPHS:
        outputs = [f"y{number}" for number in range(results)]
        graph = helper.make_graph(
            [helper.make_node(operator, inputs, outputs, **attributes)],
            "g",
            [helper.make_tensor_value_info(name, *kind) for name, kind in types.items()],
            [helper.make_tensor_value_info(outputs[0], FLOAT, None)],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
        )
        data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10).SerializeToString()
        (FOLDER / f"{hashlib.sha1(data).hexdigest()[:12]}.onnx").write_bytes(data)


main()
