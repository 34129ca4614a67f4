#!/usr/bin/env python3
"""Compares two builds of the command: the same bytes, and how long a run takes, in alternation on the same cores.

    Benchmarks/compare_builds.py OLD NEW [--models x3d_xs x3d_s] [--precisions fp32 int8] [--rounds 15]
    Benchmarks/compare_builds.py OLD NEW --threads 2 --busy 50

OLD and NEW are `accelerator` programs. For each model, with weights from a seed, and each precision, the builds run in turns, each
first half of the time, pinned to as many cores as threads. With --busy, another program uses the last of them for that part of
the time in percent, a few milliseconds at a time. Printed are the median latency of OLD, the median of the ratios NEW / OLD with their
quartiles, and whether the results of a run are the same bytes. int8 models are deployed by OLD, so that both run one file.
"""
import argparse
import contextlib
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

SHAPES = {"x3d_xs": (4, 160), "x3d_s": (13, 160), "x3d_m": (16, 224)}


def run(program, *arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{program} {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


def write_clips(path, shape, seed):
    """Normalized random numbers as float32 in a .npy file."""
    count = 1
    for length in shape:
        count *= length
    generator = random.Random(seed)
    header = str({"descr": "<f4", "fortran_order": False, "shape": tuple(shape)}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(struct.pack(f"<{count}f", *(generator.uniform(-1.9, 2.3) for _ in range(count))))


# Works and sleeps in turns of some milliseconds; its arguments are the core and the part of the time that it works.
OTHER_PROGRAM = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    end = time.perf_counter() + 0.005 * float(sys.argv[2])
    while time.perf_counter() < end: pass
    time.sleep(0.005 * (1 - float(sys.argv[2])))
"""


@contextlib.contextmanager
def busy(core, percent):
    """Runs another program on a core meanwhile."""
    if not percent:
        yield
        return
    other = subprocess.Popen([sys.executable, "-c", OTHER_PROGRAM, str(core), str(percent / 100)])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--models", nargs="+", default=list(SHAPES))
    parser.add_argument("--precisions", nargs="+", default=["fp32", "fp16", "int8"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--core", type=int, default=0, help="the first core to use")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--busy", type=float, default=0, help="percent of the time in which another program uses the last core")
    options = parser.parse_args()
    last = options.core + options.threads - 1
    os.sched_setaffinity(0, range(options.core, last + 1))
    print("| model | precision | old, ms | new / old | quartiles | same bytes |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, busy(last, options.busy):
        for model in options.models:
            frames, side = SHAPES[model]
            shape = f"1x3x{frames}x{side}x{side}"
            clip = f"{folder}/{model}.npy"
            write_clips(clip, (1, 3, frames, side, side), seed=1)
            for precision in options.precisions:
                if precision == "int8":
                    file = f"{folder}/{model}.accel"
                    run(options.old, "deploy", "--model", model, "--random-weights", "1", "--precision", "int8",
                        "--calibration", clip, "--output", file)
                    source = ["--model", file]
                else:
                    source = ["--model", model, "--random-weights", "1", "--precision", precision]
                outputs = []
                for program in (options.old, options.new):
                    output = f"{folder}/output{len(outputs)}.npy"
                    run(program, "run", *source, "--input", clip, "--output", output)
                    outputs.append(open(output, "rb").read())
                times = {options.old: [], options.new: []}
                for turn in range(options.rounds):
                    for program in sorted(times, key=lambda name: (name == options.new) != (turn % 2 == 1)):
                        text = run(program, "benchmark", *source, "--input-shape", shape, "--threads", str(options.threads),
                                   "--iterations", str(options.iterations), "--format", "json")
                        times[program].append(json.loads(text)["latency_ms"]["median"])
                ratios = sorted(new / old for old, new in zip(times[options.old], times[options.new]))
                low, middle, high = statistics.quantiles(ratios, n=4)
                same = "yes" if outputs[0] == outputs[1] else "NO"
                print(f"| {model} | {precision} | {statistics.median(times[options.old]):.2f} | {middle:.3f} "
                      f"| {low:.3f}–{high:.3f} | {same} |", flush=True)


if __name__ == "__main__":
    main()
