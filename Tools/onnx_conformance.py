"""Writes the ONNX project's own test cases for the tests: models, inputs and expected outputs.

    onnx_conformance.py FOLDER

The cases are those that the `onnx` package ships for backends (Apache-2.0): one or several for each operator, and networks
that PyTorch's old exporter wrote. FOLDER gets `cases.json`, which says which version of `onnx` they are of and lists them:

    name       the name in the `onnx` package
    operators  all operators of the model, in bodies too, with their domain if that is not ONNX's own
    model      the file of the model; a case with several data sets is listed once, with the first
    constant   the file of the same model in which all inputs are initializers but the first,
               if that has axes and there is no control flow
    inputs, constant_inputs, outputs   files of arrays, in the order of the model's; floating-point ones are float32
    rtol, atol the largest relative and absolute error: the case's own, or that of a narrow output type if it is larger
    obstacle   instead of all files: what about the case itself no tensor can hold

Models of an operator set before 9 are marked as of set 9 if all of their operators mean the same there.
"""

import json
import sys

import numpy
import onnx
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

OLDEST = 9
KINDS = ("node", "pytorch-converted", "pytorch-operator")
NUMBERS = {
    getattr(TensorProto, name)
    for name in "FLOAT DOUBLE FLOAT16 INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 BOOL".split()
}
# Relative errors of the types that have fewer bits than float32.
ERRORS = {TensorProto.FLOAT16: 2e-3}


def nodes(graph):
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for body in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                yield from nodes(body)


def is_onnx(domain):
    return domain in ("", "ai.onnx")


def update(model):
    """Marks a model as of a newer operator set, if that changes nothing."""
    for opset in model.opset_import:
        if not is_onnx(opset.domain) or opset.version >= OLDEST:
            continue
        for node in nodes(model.graph):
            schemas = [onnx.defs.get_schema(node.op_type, version, "") for version in (opset.version, OLDEST)]
            if schemas[0].since_version != schemas[1].since_version:
                return
        opset.version = OLDEST


def obstacle(values):
    """Returns what no tensor can hold of inputs or outputs; None if there is nothing."""
    for value in values:
        kind = value.type.WhichOneof("value")
        if kind != "tensor_type":
            return f"{kind.removesuffix('_type')} as input or output"
        if value.type.tensor_type.elem_type not in NUMBERS:
            return f"elements of type {TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()}"
    return None


def tensors_of(case, kind, count):
    """Returns the tensors of a case's inputs or outputs: cases of operators are made at once, others are files."""
    if case.model_dir is None:
        data = case.data_sets[0][kind == "output"][:count]
        return [x if isinstance(x, TensorProto) else numpy_helper.from_array(numpy.asarray(x)) for x in data]
    return [onnx.load_tensor(f"{case.model_dir}/test_data_set_0/{kind}_{i}.pb") for i in range(count)]


def array(tensor):
    values = numpy_helper.to_array(tensor)
    return values.astype(numpy.float32) if tensor.data_type in (TensorProto.DOUBLE, TensorProto.FLOAT16) else values


def with_constants(model, tensors):
    """Returns the model with inputs as initializers, and the inputs that are left."""
    controls = {"If", "Loop", "Scan"} & {node.op_type for node in model.graph.node}
    result = onnx.ModelProto()
    result.CopyFrom(model)
    kept = 0 if controls or not tensors or not tensors[0].dims else 1
    del result.graph.input[kept:]
    for value, tensor in list(zip(model.graph.input, tensors))[kept:]:
        tensor.name = value.name
        result.graph.initializer.append(tensor)
    return result, kept


def write(case, index, folder):
    model = case.model if case.model_dir is None else onnx.load(f"{case.model_dir}/model.onnx")
    update(model)
    names = {n.op_type if is_onnx(n.domain) else f"{n.domain}.{n.op_type}" for n in nodes(model.graph)}
    row = {"name": case.name, "operators": sorted(names)}
    inputs = [value for value in model.graph.input if value.name not in {t.name for t in model.graph.initializer}]
    what = obstacle(inputs) or obstacle(model.graph.output)
    if what:
        return row | {"obstacle": what}
    row["rtol"], row["atol"] = case.rtol, case.atol
    tensors = {"input": tensors_of(case, "input", len(inputs)), "output": tensors_of(case, "output", len(model.graph.output))}
    for kind in tensors:
        row[f"{kind}s"] = []
        for position, tensor in enumerate(tensors[kind]):
            row["rtol"] = max(row["rtol"], ERRORS.get(tensor.data_type, 0))
            row[f"{kind}s"].append(f"{index}.{kind}{position}.npy")
            # Without numpy.ascontiguousarray, which gives a scalar an axis.
            numpy.save(f"{folder}/{row[f'{kind}s'][-1]}", numpy.array(array(tensor), order="C"))
    row["model"], row["constant"] = f"{index}.onnx", f"{index}.constant.onnx"
    onnx.save(model, f"{folder}/{row['model']}")
    constant, kept = with_constants(model, tensors["input"])
    onnx.save(constant, f"{folder}/{row['constant']}")
    return row | {"constant_inputs": row["inputs"][:kept]}


def main(folder):
    cases = [case for kind in KINDS for case in load_model_tests(kind=kind)]
    rows = [write(case, index, folder) for index, case in enumerate(sorted(cases, key=lambda case: case.name))]
    with open(f"{folder}/cases.json", "w") as file:
        json.dump({"version": onnx.__version__, "cases": rows}, file)


if __name__ == "__main__":
    main(sys.argv[1])
