"""Checks and runs exported models, for the tests.

    run_onnx.py FOLDER

FOLDER/jobs.json is a list of {"model": file, "counts_operators": bool, "one_by_one": bool, "avoids_saturation": bool, "runs":
[{"inputs": {name: file}, "outputs": [file]}]}; files are names in FOLDER, those of tensors .npy. Each model goes through
ONNX's own checker with shape inference, and then through ONNX Runtime on one thread, one clip at a time if so asked, and if so
asked with the session option by which sums of int8 products do not saturate on x86 processors without VNNI (on others it
changes nothing). Outputs are written to their files; standard output gets a JSON list with an object for each model: "error":
text if there was one, and if so asked "operators": how many there are of each after ONNX Runtime's optimisations.
"""

import collections
import json
import os
import sys

import numpy
import onnx
import onnxruntime


def session(path, avoids_saturation, optimized):
    options = onnxruntime.SessionOptions()
    if avoids_saturation:
        options.add_session_config_entry("session.x64quantprecision", "1")
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if optimized:
        options.optimized_model_filepath = optimized
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(runner, inputs, one_by_one):
    if not one_by_one:
        return runner.run(None, inputs)
    count = len(next(iter(inputs.values())))
    results = [runner.run(None, {name: x[i : i + 1] for name, x in inputs.items()}) for i in range(count)]
    return [numpy.concatenate(parts) for parts in zip(*results)]


def check(folder, job):
    path = os.path.join(folder, job["model"])
    onnx.checker.check_model(path, full_check=True)
    optimized = path + ".optimized" if job["counts_operators"] else None
    runner = session(path, job["avoids_saturation"], optimized)
    for entry in job["runs"]:
        inputs = {name: numpy.load(os.path.join(folder, file)) for name, file in entry["inputs"].items()}
        for file, result in zip(entry["outputs"], run(runner, inputs, job["one_by_one"])):
            numpy.save(os.path.join(folder, file), result)
    if not optimized:
        return {}
    nodes = onnx.load(optimized, load_external_data=False).graph.node
    return {"operators": collections.Counter(node.op_type for node in nodes)}


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "jobs.json"), encoding="utf-8") as file:
        jobs = json.load(file)
    found = []
    for job in jobs:
        try:
            found.append(check(folder, job))
        except Exception as error:  # whatever is wrong with one model, the others are still run
            found.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
