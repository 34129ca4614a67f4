"""Any video network through ONNX: this package, OpenVINO and ONNX Runtime on the same file, in alternation on one pinned core.

Usage: python compare_networks.py [--networks slow_r50,r3d_18,…] [--runtimes ours,openvino,…] [--rounds 5] [--readme BENCHMARKS.md]

A runtime is timed only after its outputs were compared with PyTorch's. `--folder` keeps exported and quantized networks.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import tempfile
from typing import Any

import networks
import numpy as np
import report
from contest import check, contest, decibels, relative_error
from network_worker import RUNTIMES
from processes import Worker, environment, machine, progress

TOLERANCE = {"fp32": 5e-4, "int8": 10 ** (-3 / 20)}
"""The largest relative rms error of outputs that counts as right: int8 is asked for 3 dB, as in compare.py."""
BEGIN, END = "<!-- networks:begin -->", "<!-- networks:end -->"


def precision(runtime: str) -> str:
    return "int8" if runtime.endswith("-int8") else "fp32"


def measure(name: str, folder: pathlib.Path, options: argparse.Namespace) -> dict[str, Any]:
    """The entries of all runtimes on one network."""
    progress(f"{name}: export")
    path = networks.prepare(name, folder)
    expected = np.load(path.with_name(f"{path.stem}-expected.npy"))

    def start(runtime: str) -> Worker:
        arguments = [runtime, str(path), str(options.threads)]
        return Worker("network_worker.py", arguments, options.cores, environment(options.threads, options.accelerator))

    def verify(runtime: str, worker: Worker) -> float:
        return check(worker, lambda outputs: relative_error(outputs, expected), TOLERANCE[precision(runtime)])

    return contest(name, options.runtimes, start, verify, options.rounds, options.turn_ms)


def rows(name: str, entries: dict[str, Any]) -> list[str]:
    """The table's lines of one network, with what could not run below."""
    shape, _ = networks.NETWORKS[name]
    lines = []
    for runtime, entry in entries.items():
        title = {"ours": "**VideoAccelerator**", "openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}[runtime.removesuffix("-int8")]
        cells = [f"{name} {'×'.join(map(str, shape))}", title, precision(runtime)]
        if not entry["rounds"]:
            lines.append(f"| {' | '.join(cells)} | {entry['failure']} | | | | | |")
            continue
        bases = [entries.get(base) for base in ("openvino", "onnxruntime", "openvino-int8")]
        ratios = [f"{report.ratio(base, entry):.2f}×" if base and base["rounds"] else "–" for base in bases]
        peaks = [turn["peak"] for turn in entry["rounds"] if "peak" in turn]
        cells += [f"{decibels(entry['error'])}", f"{report.minimum(entry):.1f}", f"{report.median(entry):.1f}", *ratios]
        lines.append(f"| {' | '.join(cells)} | {f'{statistics.median(peaks):.0%}' if peaks else '–'} |")
    return lines


def table(results: dict[str, dict[str, Any]], options: argparse.Namespace) -> str:
    versions = {entry["version"] for entries in results.values() for entry in entries.values() if entry.get("version")}
    return "\n".join([
        "| network and clip | runtime | precision | SQNR dB | min ms | median ms | × OpenVINO | × ONNX Runtime | × OpenVINO int8 | of the peak |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(line for name, entries in results.items() for line in rows(name, entries)),
        "",
        f"{machine(options.cores)['cpu']}, threads: {options.threads}; {', '.join(sorted(versions))}. All take turns; × is the median of the "
        f"ratios of {options.rounds} rounds. Of the peak: multiply-adds of the direct algorithm against fused multiply-adds of the widest "
        "vectors in the same run; Winograd's algorithm needs fewer. SQNR of outputs against PyTorch's.",
    ])  # fmt: skip


def main() -> None:
    def words(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--networks", type=words, default=list(networks.NETWORKS), help=f"of {','.join(networks.NETWORKS)}")
    parser.add_argument("--runtimes", type=words, default=list(RUNTIMES), help=f"of {','.join(RUNTIMES)}")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cores", help="for taskset; by default the last ones, as many as threads")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn-ms", type=float, default=1000, help="time that a runtime's turn aims at")
    parser.add_argument("--folder", type=pathlib.Path, help="a folder that keeps exported and quantized networks")
    parser.add_argument("--accelerator", type=pathlib.Path, required=True, help="our command")
    parser.add_argument("--readme", type=pathlib.Path, help="a file whose table, between its markers, is replaced")
    options = parser.parse_args()
    for given, known in ((options.networks, networks.NETWORKS), (options.runtimes, RUNTIMES)):
        for name in given:
            if name not in known:
                parser.error(f"there is no {name!r}, only {', '.join(known)}")
    options.cores = options.cores or ",".join(map(str, sorted(os.sched_getaffinity(0))[-options.threads :]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results: dict[str, dict[str, Any]] = {}
        for name in options.networks:
            results[name] = measure(name, folder, options)
            print("\n".join(rows(name, results[name])), flush=True)
    text = table(results, options)
    print(text)
    if options.readme:
        report.insert(text, options.readme, BEGIN, END)


main()
