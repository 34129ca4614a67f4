"""A step of training X3D-XS here and in PyTorch eager, in alternation on the same pinned cores.

Usage: python compare_training.py --benchmark PATH/TrainingBenchmark [--threads 1] [--rounds 9] [--batch 8]

A step is forwards, backwards and SGD with Nesterov's momentum. PyTorch runs in its better memory format of the two, which is
found out first. Prints medians and the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "Tools"))

import torch  # noqa: E402
from reference import build, fill  # noqa: E402
from torch.nn import functional as F  # noqa: E402


def pytorch(batch: int, side: int, memory_format: torch.memory_format) -> Callable[[], None]:
    """A step of PyTorchVideo's network."""
    model = build("x3d_xs", {})
    fill(model, 1)
    model = model.train().to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=5e-5)
    clips = torch.randn(batch, 3, 4, side, side).contiguous(memory_format=memory_format)
    labels = torch.arange(batch) * 7 % 400

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(clips).reshape(batch, -1), labels, label_smoothing=0.1).backward()
        optimizer.step()

    return step


def milliseconds(step: Callable[[], None]) -> float:
    """How long a step takes."""
    start = time.perf_counter()
    step()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=160)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: arguments.threads]
    os.sched_setaffinity(0, cores)  # inherited by the other process
    torch.set_num_threads(arguments.threads)
    forms = {
        str(form): pytorch(arguments.batch, arguments.side, form)
        for form in (torch.contiguous_format, torch.channels_last_3d)
    }
    for step in forms.values():
        step()
    speeds = {name: min(milliseconds(step) for _ in range(2)) for name, step in forms.items()}
    best = min(speeds, key=lambda name: speeds[name])
    print("PyTorch eager:", ", ".join(f"{name} {value:.0f} ms" for name, value in speeds.items()), "; taking", best)
    ours = subprocess.Popen(
        [str(arguments.benchmark), "--threads", str(arguments.threads), "--batch", str(arguments.batch)]
        + ["--side", str(arguments.side)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ours.stdin and ours.stdout

    def own_step() -> float:
        ours.stdin.write("\n")
        ours.stdin.flush()
        return float(ours.stdout.readline())

    own_step()
    pairs = []
    for _ in range(arguments.rounds):
        own = min(own_step() for _ in range(2))
        pairs.append((own, milliseconds(forms[best])))
    ours.stdin.close()
    own, other = (statistics.median(side) for side in zip(*pairs))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{arguments.threads} thread(s), batch {arguments.batch}: ours {own:.0f} ms, PyTorch eager {other:.0f} ms: {ratio:.2f} x")


if __name__ == "__main__":
    main()
