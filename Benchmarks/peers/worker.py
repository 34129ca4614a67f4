"""A contestant in a process of its own: makes it, then answers one request a line.

Usage: python worker.py NAME CASE.json

Requests: `check FILE.npy` runs all of the case's inputs and writes the logits; `time N` runs N iterations. Each answer
is one line of JSON on standard output; {"failure": …} says why there is none. Whatever the runtimes print goes to
standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # runtimes print what they like, libraries in C included

import numpy as np  # noqa: E402
from case import Case  # noqa: E402
from lineup import CONTESTANTS  # noqa: E402


def answer(work: Callable[[], Any]) -> Any:
    """Does the work and prints the answer; what it raises is the answer, too."""
    try:
        value = work()
    except Exception as failure:  # any reason is worth reporting, and the report is where it goes
        lines = str(failure).strip().splitlines() or [type(failure).__name__]
        print(json.dumps({"failure": lines[0]}), file=answers, flush=True)
        return None
    print(json.dumps(value[0]), file=answers, flush=True)
    return value[1]


def main(name: str, case_file: str) -> None:
    case = Case.load(case_file)

    def make() -> Any:
        contestant = CONTESTANTS[name](case)
        return {"version": contestant.version()}, contestant

    contestant = answer(make)
    if contestant is None:
        return

    def check(path: str) -> Any:
        outputs = [contestant.run(clips).reshape(case.batch, -1) for clips in case.inputs()]
        np.save(path, np.concatenate(outputs))
        return {}, None

    for line in sys.stdin:
        request, argument = line.rstrip("\n").split(" ", 1)
        if request == "check":
            answer(lambda: check(argument))
        else:
            answer(lambda: (contestant.time(int(argument)), None))


main(*sys.argv[1:])
