"""Milliseconds a frame of streaming MoViNets: this package and the networks' port to PyTorch, in alternation on one pinned core.

Usage: python compare_streams.py --port FOLDER --accelerator PATH [--sizes A0,A1,A2] [--rounds 7] [--readme BENCHMARKS.md]

FOLDER is a checkout of github.com/Atze00/MoViNet-pytorch, which needs einops beside the requirements. Both take a video frame by
frame with the same generated weights; the logits after each frame are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import tempfile
from typing import Any

import case  # noqa: F401  (the path of the tools)
import generator
import numpy as np
import report
from contest import check, contest, decibels, relative_error
from processes import Failure, Worker, environment, machine
from serving import accelerator, serve, timed

SEED = 1
FRAMES = 8
"""How many frames a video has, of those that are compared and of those that int8 learns from."""
CALIBRATION_CLIPS = 8
TOLERANCE = {"fp32": 5e-4, "fp16": 2e-2, "int8": 10 ** (-3 / 20)}
"""The largest relative rms error of logits that counts as right: int8 is asked for 3 dB, as in compare.py."""
BEGIN, END = "<!-- streams:begin -->", "<!-- streams:end -->"


def precision(contestant: str) -> str:
    return "fp32" if contestant == "port" else contestant


def prepare(port: str, size: str, folder: pathlib.Path) -> None:
    """Writes the weights, a video, videos to calibrate with, and the port's logits after each frame."""
    import movinet_port
    import torch
    from reference import fill

    model = movinet_port.build(port, size)
    fill(model, SEED)
    side = movinet_port.SIDES[size]
    # Colors in 0...1, as MoViNets take them.
    clips = torch.from_numpy(generator.clips(SEED, [CALIBRATION_CLIPS + 1, 3, FRAMES, side, side]) * 0.225 + 0.45).clamp(0, 1)
    movinet_port.measure(model, clips[1:3])
    torch.save(model.state_dict(), folder / "weights.pth")
    np.save(folder / "calibration.npy", clips[1:].numpy())
    np.save(folder / "frames.npy", clips[:1].numpy())
    np.save(folder / "expected.npy", movinet_port.steps(model, clips[:1]).numpy())


class Port:
    """The port, eager."""

    def __init__(self, size: str, folder: pathlib.Path, port: str) -> None:
        import movinet_port
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self.model = movinet_port.build(port, size)
        self.model.load_state_dict(torch.load(folder / "weights.pth"))
        self.frames = torch.from_numpy(np.load(folder / "frames.npy"))

    def version(self) -> str:
        import torch

        return f"MoViNet-pytorch 0.2.2, torch {torch.__version__}"

    def check(self, path: str) -> None:
        import movinet_port

        np.save(path, movinet_port.steps(self.model, self.frames).numpy())

    def time(self, iterations: int) -> dict[str, float]:
        import torch

        with torch.inference_mode():
            return timed(lambda: self.model(self.frames[:, :, :1]), iterations)


class Ours:
    """Ours, through its command: `deploy`, then `run --stream` for the check and `benchmark` for the times."""

    def __init__(self, size: str, folder: pathlib.Path, precision: str) -> None:
        self.folder = folder
        self.model = folder / f"{precision}.accel"
        calibration = ["--calibration", folder / "calibration.npy"] if precision == "int8" else []
        self.call(
            "deploy", "--model", f"movinet_{size.lower()}_stream", "--checkpoint", folder / "weights.pth", "--target", "host",
            "--precision", precision, "--output", self.model, *calibration,
        )  # fmt: skip

    def call(self, *arguments: object) -> str:
        return accelerator(os.environ["ACCELERATOR"], *arguments)

    def version(self) -> str:
        return ""

    def check(self, path: str) -> None:
        self.call("run", "--stream", "--model", self.model, "--input", self.folder / "frames.npy", "--output", path)

    def time(self, iterations: int) -> dict[str, float]:
        found = self.call("benchmark", "--model", self.model, "--iterations", iterations, "--format", "json")
        return {key: float(json.loads(found)["latency_ms"][key]) for key in ("min", "median")}


def measure(size: str, options: argparse.Namespace) -> dict[str, Any]:
    """The entries of all contestants on one network."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        prepare(options.port, size, folder)
        expected = np.load(folder / "expected.npy")

        def start(contestant: str) -> Worker:
            arguments = ["--worker", contestant, size, str(folder), "--port", options.port]
            return Worker("compare_streams.py", arguments, options.core, environment(1, options.accelerator))

        def verify(contestant: str, worker: Worker) -> float:
            return check(worker, lambda outputs: relative_error(outputs, expected), TOLERANCE[precision(contestant)])

        return contest(size, (*TOLERANCE, "port"), start, verify, options.rounds, options.turn_ms)


def rows(size: str, entries: dict[str, Any]) -> list[str]:
    import movinet_port

    lines = []
    for contestant, entry in entries.items():
        title = "PyTorch port, eager" if contestant == "port" else "**VideoAccelerator**"
        cells = f"MoViNet-{size} stream, {movinet_port.SIDES[size]}² | {title} | {precision(contestant)}"
        if not entry["rounds"]:
            lines.append(f"| {cells} | {entry['failure']} | | | |")
            continue
        port = entries["port"]
        ratio = f"{report.ratio(port, entry):.2f}×" if port["rounds"] else "–"
        lines.append(
            f"| {cells} | {decibels(entry['error'])} | {report.minimum(entry):.2f} | {report.median(entry):.2f} | {ratio} |"
        )
    return lines


def table(results: dict[str, dict[str, Any]], options: argparse.Namespace) -> str:
    versions = {entry["version"] for entries in results.values() for entry in entries.values() if entry.get("version")}
    return "\n".join([
        "| network and frame | implementation | precision | SQNR dB | min ms | median ms | × port |",
        "|---|---|---|---|---|---|---|",
        *(line for size, entries in results.items() for line in rows(size, entries)),
        "",
        f"{machine(options.core)['cpu']}, one thread; {', '.join(sorted(versions))}. All take turns; × is the median of the ratios of "
        f"{options.rounds} rounds. SQNR: of the logits after each of {FRAMES} frames, against the port's.",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", required=True, help="a checkout of MoViNet-pytorch")
    parser.add_argument("--accelerator", type=pathlib.Path, help="our command")
    parser.add_argument("--sizes", type=lambda text: text.split(","), default=["A0", "A1", "A2"])
    parser.add_argument("--core", default=str(max(os.sched_getaffinity(0))), help="for taskset; by default the last one")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--turn-ms", type=float, default=300, help="time that a contestant's turn aims at")
    parser.add_argument("--readme", type=pathlib.Path, help="a file whose table, between its markers, is replaced")
    parser.add_argument("--worker", nargs=3, metavar=("CONTESTANT", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        contestant, size, folder = options.worker[0], options.worker[1], pathlib.Path(options.worker[2])
        serve(lambda: Port(size, folder, options.port) if contestant == "port" else Ours(size, folder, contestant))
        return
    if options.accelerator is None:
        parser.error("--accelerator is missing")
    results: dict[str, dict[str, Any]] = {}
    for size in options.sizes:
        results[size] = measure(size, options)
        print("\n".join(rows(size, results[size])), flush=True)
    text = table(results, options)
    print(text)
    if options.readme:
        report.insert(text, options.readme, BEGIN, END)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"compare_streams: {failure}")
