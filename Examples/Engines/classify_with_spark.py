"""Classifies videos with Spark: each task gives its part of the list to a process of the command.

    spark-submit classify_with_spark.py MODEL.accel LIST OUTPUT [TASKS]

LIST is a text with a path on each line, which all machines can read; OUTPUT is a folder of Parquet files with a row for each video. Needs pyspark
and pandas, and the command `accelerator` (or what ACCELERATOR names) on each machine.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pandas
from pyspark.sql import SparkSession

SCHEMA = "path string, predictions array<struct<label: string, index: int, score: float>>, error string"


def classify(paths, command, model):
    """Returns what `accelerator batch` says of videos, a row for each.

    A process that fails fails the task, and Spark tries it again; a video that cannot be decoded is a row with the reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        results, failures = pathlib.Path(folder, "results.jsonl"), pathlib.Path(folder, "failures.jsonl")
        run = subprocess.run(
            [command, "batch", "-", "--model", model, "--jobs", "1", "--output", results, "--failures", failures],
            input="".join(json.dumps({"path": path}) + "\n" for path in paths), text=True, capture_output=True)
        # 3: done, except for videos that are among the failures.
        if run.returncode not in (0, 3):
            raise RuntimeError(f"accelerator batch ended with {run.returncode}: {run.stderr[-2000:]}")
        lines = [json.loads(line) for file in (results, failures) for line in file.read_text().splitlines()]
    return pandas.DataFrame(
        [(line["path"], line.get("predictions"), line.get("error")) for line in lines],
        columns=["path", "predictions", "error"])


def main():
    model, videos, output = sys.argv[1:4]
    tasks = int(sys.argv[4]) if len(sys.argv) > 4 else None
    command, model = os.environ.get("ACCELERATOR", "accelerator"), os.path.abspath(model)
    spark = SparkSession.builder.appName("classify videos").getOrCreate()
    paths = spark.read.text(videos).withColumnRenamed("value", "path")
    # As many tasks as take minutes each: a lost one costs no more.
    paths = paths.repartition(tasks or max(1, paths.count() // 1000))
    rows = paths.mapInPandas(
        lambda batches: (classify(batch["path"], command, model) for batch in batches), SCHEMA)
    rows.write.mode("overwrite").parquet(output)
    spark.stop()


if __name__ == "__main__":
    main()
