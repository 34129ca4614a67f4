"""How fixtures are stored: JSON with one case a line, floats with nine significant digits (exact for float32)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

FIXTURES = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"


def floats(values: ArrayLike) -> list[float]:
    """The values in row-major order, refusing what JSON cannot hold."""
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(flat).all():
        raise ValueError("a fixture must be finite")
    return [float(f"{value:.9g}") for value in flat]


def write_cases(path: Path, about: str, cases: list[dict[str, Any]]) -> None:
    """Writes {"about": …, "cases": […]} and says how large it became."""
    names = [case["name"] for case in cases]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{path.name}: not unique: {', '.join(sorted(twice))}")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{"about":{json.dumps(about)},\n"cases":[\n{lines}\n]}}\n')
    print(f"{path.relative_to(FIXTURES.parent.parent)}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} KiB")
