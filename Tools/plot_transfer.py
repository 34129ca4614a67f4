"""Draws how two trainings of the same videos come along: accuracy in validation over steps, and the steps to reach some of it.

Writes an SVG, and prints the table. Run: `python Tools/plot_transfer.py PLOT.svg "from camera_motion=A/training/log.jsonl"
"from scratch=B/training/log.jsonl"`, with `pip install -r Tools/camera_motion/requirements.txt`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "transfer", "svg.fonttype": "none", "font.family": "sans-serif"})
from matplotlib import pyplot  # noqa: E402

LEVELS = (0.5, 0.7, 0.8, 0.9)


def validations(path: Path) -> list[tuple[int, float]]:
    """Steps and accuracy at the end of each epoch."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(event["step"], event["validation"]["accuracy"]) for event in events if event["event"] == "epoch"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plot", type=Path)
    parser.add_argument("runs", nargs="+", help="NAME=LOG.jsonl")
    arguments = parser.parse_args()
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    print("| reached | " + " | ".join(f"{level:.0%}" for level in LEVELS) + " | best |\n" + "|---" * (len(LEVELS) + 2) + "|")
    for run in arguments.runs:
        name, log = run.split("=", 1)
        points = validations(Path(log))
        axes.plot([step for step, _ in points], [100 * accuracy for _, accuracy in points], marker=".", label=name)
        steps = [next((step for step, accuracy in points if accuracy >= level), None) for level in LEVELS]
        cells = [str(step or "not") for step in steps] + [f"{max(accuracy for _, accuracy in points):.1%}"]
        print(f"| {name}, steps | " + " | ".join(cells) + " |")
    axes.set(xlabel="steps", ylabel="accuracy in validation, %", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(arguments.plot, metadata={"Date": None})


if __name__ == "__main__":
    main()
