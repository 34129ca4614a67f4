"""Compares `accelerator run` with PyTorchVideo on full-size checkpoints, for use by hand.

    python Tools/check_parity.py .build/release/accelerator
    python Tools/check_parity.py .build/release/accelerator --models x3d_m -- --threads 2 --engine plan

Each model gets generated weights and batch-norm statistics measured on generated clips. torch.save writes them in the
two forms of the official files (X3D: under model_state; EfficientX3D: a bare state dict), the command runs on a batch
of the same clips, and its logits minus their mean over clips must agree with PyTorchVideo's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import generator
from reference import build, centred_error, fill, measured_batch_norm, per_clip_contrast

SEED = 99
INPUTS = {"xs": (4, 182), "s": (13, 182), "m": (16, 256), "l": (16, 312)}


def expected_logits(name: str, clips: torch.Tensor, checkpoint: Path) -> torch.Tensor:
    """Writes the model's checkpoint and returns what PyTorchVideo makes of the clips."""
    model = build(name, {})
    fill(model, SEED)
    with torch.no_grad(), measured_batch_norm(model):
        logits = model(clips)
    state = model.state_dict()
    torch.save(state if name.startswith("efficient") else {"epoch": 1, "model_state": state}, checkpoint)
    return logits


def check(binary: Path, name: str, clip_count: int, limit: float, arguments: list[str]) -> bool:
    """Runs one model both ways and prints the error."""
    frames, side = INPUTS[name.rsplit("_", 1)[1]]
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, clip_file, output_file = (Path(folder) / file for file in ("m.pyth", "clip.npy", "logits.npy"))
        clips = generator.clips(SEED, [clip_count, 3, frames, side, side])
        np.save(clip_file, clips)
        expected = expected_logits(name, torch.from_numpy(clips), checkpoint)
        command = [str(binary), "run", "--model", name, "--checkpoint", str(checkpoint)]
        command += ["--input", str(clip_file), "--output", str(output_file), *arguments]
        finished = subprocess.run(command)
        if finished.returncode != 0:
            print(f"{name}: the command failed with exit code {finished.returncode}")
            return False
        output = torch.from_numpy(np.load(output_file))
    if output.shape != expected.shape:
        print(f"{name}: the output has shape {list(output.shape)}, not {list(expected.shape)}")
        return False
    error = centred_error(output, expected)
    contrast = min(per_clip_contrast(expected))
    passed = error <= limit  # false for NaN
    verdict = "ok" if passed else "WRONG"
    print(f"{name}: error {error:.2e} of logits minus their mean (contrast {contrast:.0%}) {verdict}")
    return passed


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("binary", type=Path, help="the accelerator command")
    parser.add_argument("--models", nargs="+", default=["x3d_xs", "efficient_x3d_xs"], metavar="NAME")
    parser.add_argument("--clips", type=int, default=3, help="clips in the batch, at least 2")
    parser.add_argument("--limit", type=float, default=1e-4, help="largest relative error")
    parser.epilog = "Arguments after -- go to `accelerator run`."
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split])
    if options.clips < 2:
        parser.error("--clips must be at least 2: the mean over clips is taken off")
    further = sys.argv[split + 1 :]
    results = [check(options.binary, name, options.clips, options.limit, further) for name in options.models]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
