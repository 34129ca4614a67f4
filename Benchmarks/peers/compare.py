"""Measures our runtime against its peers on X3D, in alternation on one pinned core.

Usage: python compare.py [--contestants ours,openvino,…] [--cases xs,s,m] [--side 182] [--threads 2] [--batch 8] …

Each contestant lives in a process of its own and is asked for a few iterations in turn, so that a machine that changes
its speed changes it for all. A contestant is timed only after its logits were compared with PyTorch's; one that cannot
run, or is wrong, is reported with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import tempfile
from typing import Any

import case as cases
import report
from case import Case
from contest import check, contest
from lineup import CONTESTANTS
from processes import FOLDER, Worker, environment, machine, progress


def measure(case: Case, options: argparse.Namespace) -> dict[str, Any]:
    """All contestants on one case: versions, errors, failures, and the latencies of each round."""
    progress(f"{case.name}: weights and clips")
    case_file = cases.prepare(case)

    def start(name: str) -> Worker:
        return Worker("worker.py", [name, str(case_file)], options.cores, environment(case.threads, options.accelerator))

    def verify(name: str, worker: Worker) -> float:
        return check(worker, lambda outputs: cases.error(case, outputs), CONTESTANTS[name].tolerance)

    entries = contest(case.name, options.contestants, start, verify, options.rounds, options.turn_ms)
    return {"case": case.name, "shape": list(case.shape), "threads": case.threads, "contestants": entries}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    names = list(CONTESTANTS)
    parser.add_argument("--contestants", type=lambda text: text.split(","), default=names, help=f"of {','.join(names)}")
    parser.add_argument("--cases", type=lambda text: text.split(","), default=["xs", "s", "m"], help="of xs,s,m")
    parser.add_argument("--side", type=int, help="the clip's height and width instead of the model's own")
    parser.add_argument("--batch", type=int, default=1, help="clips at once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cores", help="for taskset; by default the last ones, as many as threads")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turn-ms", type=float, default=300, help="time that a contestant's turn aims at")
    parser.add_argument("--cache", type=pathlib.Path, help="a folder that keeps quantised networks for the next time")
    parser.add_argument("--accelerator", type=pathlib.Path, help="our command; by default the one in PATH")
    parser.add_argument("--json", type=pathlib.Path, default=FOLDER / "results.json", help="where all figures go")
    parser.add_argument("--readme", type=pathlib.Path, help="a file whose table, between its markers, is replaced")
    options = parser.parse_args()
    for given, known in ((options.contestants, names), (options.cases, cases.EXPANSIONS)):
        for name in given:
            if name not in known:
                parser.error(f"there is no {name!r}, only {', '.join(known)}")
    if shutil.which("taskset") is None:
        parser.error("taskset is needed, of the package util-linux")
    if options.accelerator and not options.accelerator.is_file():
        parser.error(f"{options.accelerator} is no file")
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    available = sorted(os.sched_getaffinity(0))
    if options.threads > len(available):
        parser.error(f"{options.threads} threads need as many cores, and there are {len(available)}")
    options.cores = options.cores or ",".join(map(str, available[-options.threads :]))
    return options


def main() -> None:
    options = arguments()
    document: dict[str, Any] = {"machine": machine(options.cores), "cases": []}
    for name in options.cases:
        frames, side = cases.EXPANSIONS[name]
        with tempfile.TemporaryDirectory() as folder:
            cache = str(options.cache.resolve()) if options.cache else folder
            case = Case(name, frames, options.side or side, options.batch, options.threads, folder, cache)
            document["cases"].append(measure(case, options))
        options.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    table = report.markdown(document)
    print(table)
    if options.readme:
        report.insert(table, options.readme)


main()
