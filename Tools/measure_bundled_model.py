"""Prints what a bundled model's card says: accuracy in each number format, the confusion matrix, times.

Run: `python Tools/measure_bundled_model.py ACCELERATOR MODEL_FOLDER TEST_VIDEOS [REAL_VIDEOS]`. Both data sets are folders with
one for each label. The folder's `fp16.accel` and `int8.accel` are measured beside the model itself.
"""

from __future__ import annotations

import json
import subprocess
import sys


def run(*command: str) -> dict | list:
    return json.loads(subprocess.run([*command, "--format", "json"], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    accelerator, folder, test, *real = sys.argv[1:]
    print("| format | top-1 | a clip, 1 thread, median |\n|---|---|---|")
    results = {}
    for name, model in [("fp32", folder), ("fp16", f"{folder}/fp16.accel"), ("int8", f"{folder}/int8.accel")]:
        results[name] = run(accelerator, "evaluate", "--model", model, "--data", test)
        latency = run(accelerator, "benchmark", "--model", model, "--threads", "1")["latency_ms"]["median"]
        print(f"| {name} | {100 * results[name]['score']['top1']:.1f} % | {latency:.2f} ms |")
    classes, confusion = results["fp32"]["classes"], results["fp32"]["confusion"]
    print("\n| videos of | right | " + " | ".join(classes) + " |\n|---|---|" + "---|" * len(classes))
    for index, row in enumerate(confusion):
        cells = " | ".join(str(count) if count else "" for count in row)
        print(f"| {classes[index]} | {100 * row[index] / sum(row):.1f} % | {cells} |")
    if real:
        score = run(accelerator, "evaluate", "--model", folder, "--data", real[0])
        print(f"\nReal videos: {100 * score['score']['top1']:.1f} % of {score['videos']}")


if __name__ == "__main__":
    main()
