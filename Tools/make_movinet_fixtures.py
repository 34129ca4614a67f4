"""Makes Tests/Fixtures/models/movinet_stream.json: MoViNet's port to PyTorch, frame by frame, and its state dicts.

Run: `python Tools/make_movinet_fixtures.py PORT`, with a checkout of the port (movinet_port.py) and einops beside the requirements.
"""

from __future__ import annotations

import sys
from typing import Any

import torch

import generator
import movinet_port
from fixture_file import FIXTURES, floats, write_cases
from reference import fill, multiply_adds, per_clip_contrast

SEED = 2026
LEAST_CONTRAST = 0.02
CLASSES, HIDDEN = 11, 64
# Sizes whose halves are odd and even: padding at both ends, and at one.
CASES: list[dict[str, Any]] = [
    {"size": "A0", "convolutions": "2plus1d", "shape": [3, 3, 6, 44, 44]},
    {"size": "A1", "convolutions": "2plus1d", "shape": [2, 3, 3, 52, 52]},
    {"size": "A2", "convolutions": "2plus1d", "shape": [2, 3, 3, 60, 60]},
    {"size": "A0", "convolutions": "3d", "shape": [3, 3, 6, 44, 44]},
]


def network_case(folder: str, case: dict[str, Any]) -> dict[str, Any]:
    name = f"movinet_{case['size'].lower()}_stream"
    frames, side = case["shape"][2], case["shape"][4]
    model = movinet_port.build(folder, case["size"], case["convolutions"], CLASSES, HIDDEN)
    fill(model, SEED)
    clips = torch.from_numpy(generator.clips(SEED, case["shape"]))
    movinet_port.measure(model, clips)
    output = movinet_port.steps(model, clips)
    contrasts = [min(per_clip_contrast(step)) for step in output]
    print(f"{name} {case['convolutions']}: contrast {min(contrasts):.1%}, max |y| {output.abs().max():.3g}")
    if min(contrasts) < LEAST_CONTRAST:
        raise SystemExit(f"{name}: the output hardly depends on the clip ({min(contrasts):.2%})")
    return {
        "name": f"{name} {case['convolutions']} {frames}x{side}", "builder": name, "convolutions": case["convolutions"],
        "class_count": CLASSES, "hidden": HIDDEN, "seed": SEED, "shape": case["shape"],
        "output_shape": list(output.shape), "output": floats(output),
    }  # fmt: skip


def state_dict_case(folder: str, size: str) -> dict[str, Any]:
    """Names, shapes and cost of a step of a whole network, as the port's checkpoints have them."""
    model = movinet_port.build(folder, size)
    frame = torch.zeros([1, 3, 1, movinet_port.SIDES[size], movinet_port.SIDES[size]])
    entries = [(name, list(value.shape)) for name, value in model.state_dict().items()]
    text = "\n".join(f"{name} {','.join(map(str, shape))}" for name, shape in entries)
    return {
        "name": f"movinet_{size.lower()}_stream", "entry_count": len(entries),
        "parameter_count": sum(value.numel() for value in model.parameters()),
        "fnv1a64": f"{generator.fnv1a64(text):016x}",
        "multiply_adds": [{"shape": list(frame.shape), "multiply_adds": multiply_adds(model, frame)}],
    }  # fmt: skip


def main() -> None:
    folder = sys.argv[1]
    write_cases(
        FIXTURES / "models" / "movinet_stream.json",
        "MoViNet-pytorch 0.2.2 in eval mode on generated clips, as models.json: the logits [T, N, classes] after each frame,"
        " batch norm's statistics measured on the whole clips at once.",
        [network_case(folder, case) for case in CASES],
    )
    write_cases(
        FIXTURES / "models" / "movinet_stream_state_dicts.json",
        "State dicts and multiply-adds of a step of MoViNet-pytorch 0.2.2, as state_dicts.json.",
        [state_dict_case(folder, size) for size in movinet_port.SIDES],
    )


if __name__ == "__main__":
    main()
