"""Videos an hour: from files to classes, here and by what Python programs use, in alternation on the same pinned cores.

Usage: python compare_pipeline.py [--accelerator PATH] [--threads 1,2] [--rounds 7] [--gop 250] [--readme BENCHMARKS.md]

Six H.264 videos of ten seconds, 768×576 at 25 frames a second, are classified by X3D-XS from ten views each. A contestant is
timed only after its probabilities were compared with those of PyAV and PyTorch. Of ours the whole command is timed, its start
included; of Python neither imports nor the compilation of the model.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
from typing import Any

import case as cases
import pipelines
import report
import torch
from case import Case
from pipelines import PIPELINES
from processes import FOLDER, Failure, Worker, environment, machine, progress

SAMPLES = FOLDER.parent.parent / "Samples"
FILL = "scale=768:576:force_original_aspect_ratio=increase:flags=bicubic,crop=768:576"
VIDEOS: dict[str, tuple[list[str], str]] = {
    "testsrc2": (["-f", "lavfi", "-i", "testsrc2=size=768x576:rate=25"], "null"),
    "mandelbrot": (["-f", "lavfi", "-i", "mandelbrot=size=768x576:rate=25"], "null"),
    "path": (["-stream_loop", "-1", "-i", str(SAMPLES / "mountain-path.mp4")], FILL),
    "path-mirrored": (["-stream_loop", "-1", "-ss", "1.5", "-i", str(SAMPLES / "mountain-path.mp4")], f"{FILL},hflip"),
    "portrait": (["-stream_loop", "-1", "-i", str(SAMPLES / "portrait-pan.mp4")], FILL),
    "portrait-mirrored": (["-stream_loop", "-1", "-ss", "3", "-i", str(SAMPLES / "portrait-pan.mp4")], f"{FILL},hflip"),
}
"""What each video is made of: FFmpeg's input, and a filter."""
BEGIN, END = "<!-- pipeline:begin -->", "<!-- pipeline:end -->"
SIDE = 182
"""What the model zoo's X3D-XS is given of a frame, in pixels: more than it was trained on."""
TOLERANCE = 0.02
"""The largest relative rms error of probabilities, minus their mean over videos, that counts as right."""


def make_videos(folder: pathlib.Path, gop: int) -> list[str]:
    """Encodes the videos, unless they are there."""
    paths = []
    for name, (source, fill) in VIDEOS.items():
        path = folder / f"{name}-{gop}.mp4"
        if not path.is_file():
            progress(f"encoding {path.name}")
            unfinished = folder / f"unfinished-{path.name}"
            subprocess.run(
                ["ffmpeg", "-v", "error", "-nostdin", "-y", *source, "-t", "10", "-an", "-vf", fill, "-r", "25"]
                + ["-c:v", "libx264", "-preset", "medium", "-g", str(gop), "-pix_fmt", "yuv420p", str(unfinished)],
                check=True,
            )
            unfinished.rename(path)
        paths.append(str(path))
    return paths


def soften(case: Case) -> None:
    """Makes the generated last layer's logits small: else one class gets all of the probability."""
    state = torch.load(case.checkpoint, weights_only=True)
    for name in ("blocks.5.proj.weight", "blocks.5.proj.bias"):
        state["model_state"][name] *= 0.05
    torch.save(state, case.checkpoint)


class Reference(pipelines.PyAVOpenVINO):
    """PyAV's frames and PyTorch's model."""

    def model(self) -> Any:
        return cases.model(self.case)


def measure(case: Case, case_file: pathlib.Path, videos: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """All contestants: versions, errors, failures, and what each round took."""
    progress(f"{case.threads} threads: reference")
    expected = torch.tensor(Reference(case, videos).probabilities())
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[-case.threads :]))
    entries: dict[str, Any] = {name: {"rounds": []} for name in options.contestants}
    workers: dict[str, Worker] = {}
    for name, entry in entries.items():
        try:
            workers[name] = Worker(
                "pipelines.py", [name, str(case_file), *videos], cores, environment(case.threads, options.accelerator)
            )
            entry["version"] = workers[name].version
            found = torch.tensor(workers[name].ask("check")["probabilities"])
            entry["error"] = cases.reference.centred_error(found, expected)
            progress(f"{name}: error {entry['error']:.1e}")
            if not entry["error"] <= TOLERANCE:
                raise Failure(f"its probabilities differ from the reference's by {entry['error']:.1e}")
        except Failure as failure:
            entry["failure"] = str(failure)
            progress(f"{name}: left out: {failure}")
            if name in workers:
                workers.pop(name).close()
    for number in range(options.rounds):
        for name, worker in workers.items():
            answer = worker.ask("time")
            entries[name]["rounds"].append({key: answer[key] for key in ("wall", "cpu")})
        progress(f"round {number + 1} of {options.rounds}")
    for worker in workers.values():
        worker.close()
    return {"threads": case.threads, "cores": cores, "contestants": entries}


def median_ratio(base: dict[str, Any], entry: dict[str, Any], key: str) -> str:
    """How many times as much the baseline takes: the median over rounds of one round's ratio."""
    if not base["rounds"]:
        return "–"
    ratios = [one[key] / own[key] for one, own in zip(base["rounds"], entry["rounds"], strict=True)]
    return f"{statistics.median(ratios):.2f}×"


def markdown(document: dict[str, Any]) -> str:
    """The table, what was measured with what, and who is missing for which reason."""
    lines, missing, versions = [], [], set()
    for case in document["cases"]:
        contestants = case["contestants"]
        peers = [name for name in contestants if name != "ours"]
        for name, entry in contestants.items():
            title = PIPELINES[name].title
            versions |= set(filter(None, entry.get("version", "").split(", ")))
            if not entry["rounds"]:
                missing.append(f"- {title}, {case['threads']} cores: {entry['failure']}")
                continue
            wall, cpu = (statistics.median(turn[key] for turn in entry["rounds"]) for key in ("wall", "cpu"))
            ratios = (
                f"{median_ratio(contestants[peer], entry, 'wall')} ({median_ratio(contestants[peer], entry, 'cpu')})"
                for peer in peers
            )
            lines.append(
                f"| {case['threads']} | {title} | {3600 * len(VIDEOS) / wall:,.0f} | {wall / len(VIDEOS):.2f} "
                f"| {cpu / len(VIDEOS):.2f} | {' | '.join(ratios)} |"
            )
    heads = [f"× {PIPELINES[name].title}, time (CPU time)" for name in document["cases"][0]["contestants"] if name != "ours"]
    return "\n".join([
        f"| cores | from files to classes | videos an hour | s a video | CPU s a video | {' | '.join(heads)} |",
        f"|---|---|---|---|---|{'---|' * len(heads)}",
        *lines,
        "",
        f"{document['machine']['cpu']}; {', '.join(sorted(versions))}. {len(VIDEOS)} H.264 videos of 10 s, 768×576, a key frame "
        f"every {document['gop']} frames; X3D-XS in fp32, {pipelines.VIEWS} views of each. All take turns on the same cores; × is "
        "the median of the ratios of one round. Of ours the start of the process is timed too, of Python neither imports nor "
        "the model's compilation.",
        *(["", "Left out:", *missing] if missing else []),
    ])  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    names = list(PIPELINES)
    parser.add_argument("--contestants", type=lambda text: text.split(","), default=names, help=f"of {','.join(names)}")
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--gop", type=int, default=250, help="frames from one key frame to the next")
    parser.add_argument("--videos", type=pathlib.Path, help="a folder that keeps the videos for the next time")
    parser.add_argument("--accelerator", type=pathlib.Path, help="our command; by default the one in PATH")
    parser.add_argument("--json", type=pathlib.Path, help="where all figures go")
    parser.add_argument("--readme", type=pathlib.Path, help="a file whose table, between its markers, is replaced")
    options = parser.parse_args()
    for name in options.contestants:
        if name not in names:
            parser.error(f"there is no {name!r}, only {', '.join(names)}")
    for tool in ("taskset", "ffmpeg"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is needed")
    if options.accelerator and not options.accelerator.is_file():
        parser.error(f"{options.accelerator} is no file")
    available = len(os.sched_getaffinity(0))
    if not all(0 < threads <= available for threads in options.threads):
        parser.error(f"--threads must be 1 to {available}, the cores that there are")
    return options


def main() -> None:
    options = arguments()
    frames, _ = cases.EXPANSIONS["xs"]
    with tempfile.TemporaryDirectory() as folder:
        videos = options.videos or pathlib.Path(folder)
        videos.mkdir(parents=True, exist_ok=True)
        paths = make_videos(videos.resolve(), options.gop)
        document: dict[str, Any] = {"machine": machine("all"), "gop": options.gop, "cases": []}
        for threads in options.threads:
            case = Case("xs", frames, SIDE, 1, threads, folder, folder)
            case_file = cases.prepare(case)
            soften(case)
            document["cases"].append(measure(case, case_file, paths, options))
            if options.json:
                options.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    table = markdown(document)
    print(table)
    if options.readme:
        report.insert(table, options.readme, BEGIN, END)


main()
