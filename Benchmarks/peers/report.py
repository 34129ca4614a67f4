"""What the measurements say: medians of pairwise ratios, and the Markdown table."""

from __future__ import annotations

import pathlib
import statistics
from typing import Any

from contest import decibels
from lineup import CONTESTANTS

EAGER = ("eager", "eager-channels-last")
BASELINES = (EAGER, ("openvino",), ("openvino-int8", "openvino-int8-mixed"))
"""What the table's last columns compare with: of each, the variant that is the fastest one here."""
BEGIN, END = "<!-- peers:begin -->", "<!-- peers:end -->"

Entry = dict[str, Any]


def median(entry: Entry) -> float:
    """The median of the rounds' medians, in milliseconds."""
    return statistics.median(turn["median"] for turn in entry["rounds"])


def minimum(entry: Entry) -> float:
    return min(turn["min"] for turn in entry["rounds"])


def ratio(baseline: Entry, entry: Entry) -> float:
    """How many times as fast as the baseline: in each round median by median, then the median over rounds."""
    pairs = zip(baseline["rounds"], entry["rounds"], strict=True)
    return statistics.median(base["median"] / own["median"] for base, own in pairs)


def fastest(contestants: dict[str, Entry], names: tuple[str, ...]) -> str | None:
    """Who of these is the fastest, among those that were timed."""
    timed = [name for name in names if contestants.get(name, {}).get("rounds")]
    return min(timed, key=lambda name: median(contestants[name]), default=None)


def rows(case: dict[str, Any]) -> list[str]:
    """The lines of one case, from the fastest contestant to the slowest."""
    contestants: dict[str, Entry] = case["contestants"]
    bases = [fastest(contestants, names) for names in BASELINES]
    timed = {
        name: entry for name, entry in contestants.items() if entry["rounds"] and (name in bases or name not in EAGER)
    }
    lines = []
    for name, entry in sorted(timed.items(), key=lambda item: median(item[1])):
        ratios = " | ".join(f"{ratio(contestants[base], entry):.2f}×" if base else "–" for base in bases)
        kind = CONTESTANTS[name]
        lines.append(
            f"| {case['case']} | {kind.title} | {kind.precision} | {decibels(entry['error'])} "
            f"| {minimum(entry):.2f} | {median(entry):.2f} | {ratios} |"
        )
    return lines


def markdown(document: dict[str, Any]) -> str:
    """The table, what was measured with what, and who is missing for which reason."""
    entries = [(case, name, entry) for case in document["cases"] for name, entry in case["contestants"].items()]
    versions = {part for _, _, entry in entries for part in entry.get("version", "").split(", ") if part}
    missing = [
        f"- {CONTESTANTS[name].title}, {CONTESTANTS[name].precision}, on {case['case']}: {entry['failure']}"
        for case, name, entry in entries
        if "failure" in entry
    ]
    machine = document["machine"]
    return "\n".join([
        "| model and clip | implementation | precision | SQNR dB | min ms | median ms "
        "| × PyTorch eager | × OpenVINO | × OpenVINO int8 |",
        "|---|---|---|---|---|---|---|---|---|",
        *(line for case in document["cases"] for line in rows(case)),
        "",
        f"{machine['cpu']}, pinned to {machine['cores']}; {', '.join(sorted(versions))}. All take turns; × is the median of "
        "the ratios of one round. PyTorch eager stands for the faster of its two memory layouts, OpenVINO int8 in the last "
        "column for the faster of NNCF's two presets. SQNR: of logits minus their mean over clips, against PyTorch's in fp32.",
        *(["", "Left out:", *missing] if missing else []),
    ])  # fmt: skip


def insert(table: str, path: pathlib.Path, begin: str = BEGIN, end: str = END) -> None:
    """Puts the table between the markers of a Markdown file."""
    text = path.read_text()
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{path} has no lines {begin} and {end}")
    path.write_text(f"{before}{begin}\n{table}\n{end}{after}")
