"""What a contestant's process is made of: answers to requests, times, and calls of our command.

Requests are lines on standard input: `check FILE.npy` writes outputs, `time N` runs N iterations. Each answer is one line of JSON on
standard output; {"failure": …} says why there is none. Whatever the runtimes print goes to standard error.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol


class Served(Protocol):
    """What answers requests."""

    def version(self) -> str: ...

    def check(self, path: str) -> None: ...

    def time(self, iterations: int) -> dict[str, float]: ...


def serve(make: Callable[[], Served]) -> None:
    """Makes a contestant, and answers requests until there are no more; what is raised is an answer, too."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # runtimes print what they like, libraries in C included

    def attempt(work: Callable[[], dict[str, Any]]) -> bool:
        try:
            value, succeeded = work(), True
        except Exception as failure:  # any reason is worth reporting, and the report is where it goes
            lines = str(failure).strip().splitlines() or [type(failure).__name__]
            value, succeeded = {"failure": lines[0]}, False
        print(json.dumps(value), file=answers, flush=True)
        return succeeded

    made: list[Served] = []

    def start() -> dict[str, Any]:
        made.append(make())
        return {"version": made[0].version()}

    def respond(request: str, argument: str) -> dict[str, Any]:
        if request == "time":
            return made[0].time(int(argument))
        made[0].check(argument)
        return {}

    if attempt(start):
        for line in sys.stdin:
            request, argument = line.rstrip("\n").split(" ", 1)
            attempt(lambda: respond(request, argument))  # noqa: B023


def timed(run: Callable[[], Any], iterations: int) -> dict[str, float]:
    """Minimum and median latency in milliseconds, after one run that does not count."""
    run()
    latencies = []
    for _ in range(iterations):
        start = time.perf_counter_ns()
        run()
        latencies.append((time.perf_counter_ns() - start) / 1e6)
    return {"min": min(latencies), "median": statistics.median(latencies)}


def accelerator(command: str, *arguments: object) -> str:
    """What our command prints; its first line of errors is raised."""
    result = subprocess.run([command, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        raise ValueError(f"accelerator {arguments[0]}: {lines[0]}")
    return result.stdout
