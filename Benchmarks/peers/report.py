"""What the measurements say: medians of pairwise ratios, and the Markdown table."""

from __future__ import annotations

import pathlib
import statistics
from typing import Any

from contestants import CONTESTANTS

EAGER = ("eager", "eager-channels-last")
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


def vanilla(contestants: dict[str, Entry]) -> str | None:
    """PyTorch eager in the layout that is the faster one here."""
    names = [name for name in EAGER if contestants.get(name, {}).get("rounds")]
    return min(names, key=lambda name: median(contestants[name]), default=None)


def rows(case: dict[str, Any]) -> list[str]:
    """The lines of one case, from the fastest contestant to the slowest."""
    contestants: dict[str, Entry] = case["contestants"]
    eager = vanilla(contestants)
    bases = [eager, "openvino" if contestants.get("openvino", {}).get("rounds") else None]
    timed = {
        name: entry for name, entry in contestants.items() if entry["rounds"] and (name == eager or name not in EAGER)
    }
    lines = []
    for name, entry in sorted(timed.items(), key=lambda item: median(item[1])):
        ratios = " | ".join(f"{ratio(contestants[base], entry):.2f}×" if base else "–" for base in bases)
        title = CONTESTANTS[name].title
        lines.append(f"| {case['case']} | {title} | {minimum(entry):.2f} | {median(entry):.2f} | {ratios} |")
    return lines


def markdown(document: dict[str, Any]) -> str:
    """The table, what was measured with what, and who is missing for which reason."""
    entries = [(case, name, entry) for case in document["cases"] for name, entry in case["contestants"].items()]
    versions = {part for _, _, entry in entries for part in entry.get("version", "").split(", ") if part}
    missing = [
        f"- {CONTESTANTS[name].title} on {case['case']}: {entry['failure']}"
        for case, name, entry in entries
        if "failure" in entry
    ]
    machine = document["machine"]
    return "\n".join([
        "| model and clip | implementation | min ms | median ms | × PyTorch eager | × OpenVINO |",
        "|---|---|---|---|---|---|",
        *(line for case in document["cases"] for line in rows(case)),
        "",
        f"fp32 unless said otherwise, {machine['cpu']}, pinned to {machine['cores']}; {', '.join(sorted(versions))}. All take turns; × is the "
        "median of the ratios of one round. PyTorch eager stands for the faster of its two memory layouts.",
        *(["", "Left out:", *missing] if missing else []),
    ])  # fmt: skip


def insert(table: str, path: pathlib.Path) -> None:
    """Puts the table between the markers of a Markdown file."""
    text = path.read_text()
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"{path} has no lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")
