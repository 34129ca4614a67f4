"""Contestants in processes of their own, and what they run on."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parent


class Worker:
    """A contestant's process, pinned: a script that answers each line of its input with one of JSON."""

    def __init__(self, script: str, arguments: list[str], cores: str, environment: dict[str, str]) -> None:
        self.log = tempfile.TemporaryFile("w+")  # what the runtime prints is wanted only if it dies
        self.process = subprocess.Popen(
            ["taskset", "--cpu-list", cores, sys.executable, str(FOLDER / script), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment,
        )  # fmt: skip
        self.version = self.read()["version"]

    def read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.log.seek(0)
            last = ([""] + self.log.read().strip().splitlines())[-1]
            raise Failure(f"its process ended with status {status}: {last}")
        value = json.loads(line)
        if "failure" in value:
            raise Failure(value["failure"])
        return value

    def ask(self, request: str) -> dict[str, Any]:
        with contextlib.suppress(BrokenPipeError):  # a dead process: reading its answer tells why
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
        return self.read()

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.log.close()


class Failure(Exception):
    """Why a contestant is not in the table."""


def progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def machine(cores: str) -> dict[str, Any]:
    """What the figures are of."""
    model = platform.processor() or platform.machine()
    info = pathlib.Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return {"cpu": model, "cores": cores, "system": platform.system(), "python": platform.python_version()}


def environment(threads: int, accelerator: pathlib.Path | None) -> dict[str, str]:
    """A worker's: how many threads, and which command is ours."""
    values = os.environ | {"OMP_NUM_THREADS": str(threads)}
    return values | {"ACCELERATOR": str(accelerator.resolve())} if accelerator else values


def take_turns(workers: dict[str, Worker], entries: dict[str, Any], rounds: int, turn_ms: float) -> None:
    """Fills the entries' rounds with times; the first, which does not count, tells how many iterations fit into a turn.

    Who fails is closed and left out of the rest.
    """
    for number in range(-1, rounds):
        for name, worker in list(workers.items()):
            entry = entries[name]
            try:
                if number < 0:
                    entry["iterations"] = max(1, round(turn_ms / worker.ask("time 2")["min"]))
                else:
                    entry["rounds"].append(worker.ask(f"time {entry['iterations']}"))
            except Failure as failure:
                entry |= {"failure": str(failure), "rounds": []}
                workers.pop(name).close()
                progress(f"{name}: left out: {failure}")
        if number >= 0:
            progress(f"round {number + 1} of {rounds}")
    for worker in workers.values():
        worker.close()
