"""One case of the comparison: a network with its weights, clips, and what PyTorch makes of them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import pathlib
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import generator  # noqa: E402
import numpy as np  # noqa: E402
import reference  # noqa: E402
import torch  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from torch import nn  # noqa: E402

SEED = 1
CALIBRATION_SEED = 2
CALIBRATION_CLIPS = 16
"""How many clips whoever quantises gets to learn from; none of them is among those that outputs are compared on."""
EXPANSIONS = {"xs": (4, 160), "s": (13, 160), "m": (16, 224)}
"""Frames and side of the clips that each X3D was trained on."""
CHECK_CLIPS = 4
"""Outputs are compared on this many clips at least, so that an answer that ignores its clip is seen."""


@dataclasses.dataclass(frozen=True)
class Case:
    """What every contestant runs: X3D's expansion, the shape of a clip, and how many clips and threads at once."""

    expansion: str
    frames: int
    side: int
    batch: int
    threads: int
    folder: str
    cache: str

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.batch, 3, self.frames, self.side, self.side)

    @property
    def name(self) -> str:
        text = f"X3D-{self.expansion.upper()} {'×'.join(map(str, self.shape))}"
        return text if self.threads == 1 else f"{text}, {self.threads} threads"

    @property
    def checkpoint(self) -> pathlib.Path:
        return pathlib.Path(self.folder, "checkpoint.pth")

    def input_file(self, index: int) -> pathlib.Path:
        return pathlib.Path(self.folder, f"input-{index}.npy")

    @property
    def input_count(self) -> int:
        return math.ceil(CHECK_CLIPS / self.batch)

    def inputs(self) -> list[NDArray[np.float32]]:
        return [np.load(self.input_file(index)) for index in range(self.input_count)]

    @property
    def calibration_file(self) -> pathlib.Path:
        return pathlib.Path(self.folder, "calibration.npy")

    def calibration(self) -> list[NDArray[np.float32]]:
        """The calibration clips in batches, as a network of a fixed shape takes them."""
        clips = np.load(self.calibration_file)
        return np.split(clips, len(clips) // self.batch)

    def digest(self) -> str:
        """Another one for other weights, other clips or another shape."""
        digest = hashlib.sha256(repr(self.shape).encode())
        for path in (pathlib.Path(self.folder, "expected.npy"), self.calibration_file):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def expected(self) -> NDArray[np.float32]:
        return np.load(pathlib.Path(self.folder, "expected.npy"))

    @staticmethod
    def load(path: str) -> Case:
        return Case(**json.loads(pathlib.Path(path).read_text()))


def build(case: Case) -> nn.Module:
    """X3D as PyTorchVideo builds it for the case, without weights."""
    return reference.x3d(f"x3d_{case.expansion}")


def model(case: Case) -> nn.Module:
    """X3D with the case's weights."""
    module = build(case)
    module.load_state_dict(torch.load(case.checkpoint, weights_only=True)["model_state"])
    return module


def prepare(case: Case) -> pathlib.Path:
    """Writes the case's weights, clips and expected outputs to its folder, and the case itself: that file's path."""
    clips = torch.from_numpy(
        generator.clips(SEED, (case.input_count * case.batch, 3, case.frames, case.side, case.side))
    )
    module = build(case)
    reference.fill(module, SEED)
    with torch.inference_mode():
        with reference.measured_batch_norm(module):
            module(clips[:CHECK_CLIPS])
        batches = clips.split(case.batch)
        expected = torch.cat([module(batch) for batch in batches])
    for index, batch in enumerate(batches):
        np.save(case.input_file(index), batch.numpy())
    np.save(pathlib.Path(case.folder, "expected.npy"), expected.numpy())
    calibration_clips = math.ceil(CALIBRATION_CLIPS / case.batch) * case.batch
    np.save(case.calibration_file, generator.clips(CALIBRATION_SEED, (calibration_clips, *case.shape[1:])))
    torch.save({"model_state": module.state_dict()}, case.checkpoint)
    path = pathlib.Path(case.folder, "case.json")
    path.write_text(json.dumps(dataclasses.asdict(case)))
    return path


def error(case: Case, outputs: NDArray[np.float32]) -> float:
    """Relative rms error against PyTorch, of logits minus their mean over clips."""
    expected = torch.from_numpy(case.expected())
    actual = torch.from_numpy(np.ascontiguousarray(outputs, dtype=np.float32))
    if actual.numel() != expected.numel():
        raise ValueError(f"{tuple(actual.shape)} came back instead of {tuple(expected.shape)}")
    return reference.centred_error(actual.reshape(expected.shape), expected)


def exportable(module: nn.Module) -> nn.Module:
    """The same network with PyTorch's own SiLU for PyTorchVideo's Swish, a Python function that no exporter takes."""
    for name, child in module.named_children():
        if isinstance(child, reference.TrainingSwish):
            setattr(module, name, nn.SiLU())
        else:
            exportable(child)
    return module


def efficient_twin(case: Case) -> nn.Module:
    """PyTorchVideo/Accelerator's EfficientX3D, in original form, made to compute what the case's X3D does.

    Both state dicts list the same tensors in the same order, but for the batch norm of EfficientX3D's first shortcut,
    which becomes the identity. X3D pools a window that is fixed when it is built, EfficientX3D whatever arrives: where
    that differs, X3D's pooling takes its place.
    """
    x3d = model(case)
    twin = reference.efficient(case.expansion.upper())
    source = [value for value in x3d.state_dict().values()]
    target: dict[str, Any] = {}
    for name, value in twin.state_dict().items():
        if name.startswith("s2.pathway0_res0._res_proj.kernel.bn"):
            epsilon = twin.s2.pathway0_res0._res_proj.kernel.bn.eps
            target[name] = torch.full_like(value, math.sqrt(1 + epsilon)) if name.endswith(".weight") else value
        else:
            target[name] = source.pop(0)
    twin.load_state_dict(target)
    if source:
        raise ValueError(f"X3D has {len(source)} tensors more than EfficientX3D")
    pool = x3d.blocks[5].pool.pool
    if tuple(pool.kernel_size) != (case.frames, math.ceil(case.side / 32), math.ceil(case.side / 32)):
        twin.head.avg_pool = pool
    return twin
