#!/usr/bin/env python3
"""Compares what Ray, Spark and the pods of a Kubernetes job make of videos with what 'accelerator batch' does: scripts/check-engines.

Usage: check_engines.py FOLDER   FOLDER has list.txt, model.accel, batch.jsonl, batch.failures.jsonl, and Parquet in ray/ and spark/.

Spark and the pods run the command, so their results must be its own, to the last bit. Ray's actors decode with another FFmpeg, that of PyAV,
whose rounding of colors may differ: their scores must be within TOLERANCE, and the classes the same.
"""

import json
import os
import pathlib
import subprocess
import sys

import pyarrow.parquet
import yaml

TOLERANCE = 0.01
JOB = pathlib.Path(__file__).parents[1] / "Examples/Engines/kubernetes/job.yaml"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def check(condition, problem):
    if not condition:
        sys.exit(f"error: {problem}")


def compare(name, rows, results, failures, tolerance):
    """Checks that rows are the results and failures of the command."""
    by_path = {row["path"]: row for row in rows}
    check(len(rows) == len(by_path), f"{name}: a video has two rows")
    check(by_path.keys() == results.keys() | failures, f"{name}: other videos")
    check({path for path, row in by_path.items() if row["error"]} == failures, f"{name}: other failures")
    largest = 0.0
    for path, predictions in results.items():
        found = {entry["index"]: entry for entry in by_path[path]["predictions"]}
        check(by_path[path]["predictions"][0]["index"] == predictions[0]["index"], f"{name}: {path} has another class")
        for entry in predictions:
            # A class that is not among the first five there has a score next to theirs.
            score = found.get(entry["index"], by_path[path]["predictions"][-1])["score"]
            largest = max(largest, abs(score - entry["score"]))
    check(largest <= tolerance, f"{name}: a score differs by {largest:.2e}")
    same = sum(by_path[path]["predictions"] == predictions for path, predictions in results.items())
    print(f"{name}: {same} of {len(results)} results equal to the last bit, the largest difference {largest:.1e}; "
          f"{len(failures)} failed")


def run_pods(folder):
    """Runs the command of the Kubernetes job for each index, with the folder in place of the volume."""
    job = yaml.safe_load(JOB.read_text())["spec"]
    shell, option, script = job["template"]["spec"]["containers"][0]["command"]
    check(f"--shard /{job['completions']} " in script, "the job's shards are not its completions")
    (folder / "results").mkdir()
    # A new pod has little of this environment.
    environment = {"PATH": f"{pathlib.Path(os.environ['ACCELERATOR']).parent}:/usr/bin:/bin"}
    for index in range(job["completions"]):
        subprocess.run(
            [shell, option, script.replace("/data", str(folder))], check=True, stderr=subprocess.DEVNULL,
            env=environment | {"JOB_COMPLETION_INDEX": str(index)})
    for ending in ["jsonl", "failures.jsonl"]:
        parts = b"".join((folder / f"results/{index}.{ending}").read_bytes() for index in range(job["completions"]))
        check(parts == (folder / f"batch.{ending}").read_bytes(), f"the pods' {ending} differs")
    print(f"Kubernetes job, its {job['completions']} pods one after the other: the same bytes")


def main():
    folder = pathlib.Path(sys.argv[1])
    results = {line["path"]: line["predictions"] for line in lines(folder / "batch.jsonl")}
    failures = {line["path"] for line in lines(folder / "batch.failures.jsonl")}
    check(results and failures, "there are no results, or no failures, to compare")
    for name, tolerance in [("ray", TOLERANCE), ("spark", 0)]:
        rows = pyarrow.parquet.read_table(folder / name).to_pylist()
        compare(name, rows, results, failures, tolerance)
    run_pods(folder)


if __name__ == "__main__":
    main()
