"""Writes the checkpoints of Tests/Fixtures/checkpoints with PyTorch, and what they hold to expected.json.

Usage: python Tools/make_checkpoint_fixtures.py      (needs torch)

A second run gives the same bytes, except for TorchScript and the legacy format, where PyTorch's own differ from run to
run.
"""

import builtins
import collections
import io
import json
import os
import pathlib
import zipfile

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/Fixtures/checkpoints"
DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
]
expected = {}


def describe(name: str, form: str, state: dict, stripped_prefix: str = "") -> None:
    """Records what the loader must make of the file `name`."""
    tensors = []
    for key, tensor in state.items():
        tensors.append({
            "name": key.removeprefix(stripped_prefix), "dtype": str(tensor.dtype).removeprefix("torch."),
            "shape": list(tensor.shape), "values": tensor.detach().to(torch.float64).flatten().tolist(),
        })
    expected[name] = {"form": form, "stripped_prefix": stripped_prefix or None, "tensors": tensors}


def small_net() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(collections.OrderedDict(
        conv=nn.Conv3d(2, 3, (3, 1, 1), bias=False), norm=nn.BatchNorm3d(3), proj=nn.Linear(3, 5)))


def forms() -> None:
    state = small_net().state_dict()  # an OrderedDict with _metadata
    torch.save(state, FOLDER / "bare.pth")
    describe("bare.pth", "bare", state)

    training = {
        "epoch": 3, "best": 0.25, "cfg": "MODEL:\n  ARCH: x3d\n", "seed": 2**100, "raw": b"\x00\xff", "tags": {"a"},
        "nothing": None, "flags": (True, False, (1, 2, 3, 4)), "size": torch.Size([1, 2]), "device": torch.device("cpu"),
        "dtype": torch.float32, "milestones": collections.Counter([3, 5, 5]), "bytes_frozen": frozenset([1]),
        "optimizer_state": {"state": {0: {"momentum": torch.ones(2)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
    }
    torch.save({"model_state": state, **training}, FOLDER / "model_state.pyth")
    describe("model_state.pyth", "modelState", state)
    torch.save({"epoch": 3, "state_dict": state}, FOLDER / "state_dict.pt")
    describe("state_dict.pt", "stateDict", state)
    parallel = nn.DataParallel(small_net()).state_dict()
    torch.save({"state_dict": parallel}, FOLDER / "data_parallel.pt")
    describe("data_parallel.pt", "stateDict", parallel, stripped_prefix="module.")
    for protocol in (3, 4, 5):
        torch.save({"model_state": state, **training}, FOLDER / f"protocol{protocol}.pt", pickle_protocol=protocol)
        describe(f"protocol{protocol}.pt", "modelState", state)


def tensors() -> None:
    state = {}
    for dtype in DTYPES:
        state[str(dtype)] = (torch.arange(6) % 2 * 3 - (0 if dtype in (torch.uint8, torch.bool) else 1)).to(dtype)
    for dtype in (torch.uint16, torch.uint32, torch.uint64):
        state[str(dtype)] = torch.arange(4).to(dtype)
    torch.save(state, FOLDER / "dtypes.pt")
    describe("dtypes.pt", "bare", state)

    base = torch.arange(24, dtype=torch.float32)
    state = {
        "whole": base.view(2, 3, 4), "offset": base[5:9], "step": base[1::3], "transposed": base.view(4, 6).t(),
        "expanded": base[2:4].view(2, 1).expand(2, 3), "same": base.view(2, 3, 4),
        "parameter": nn.Parameter(torch.tensor([1.5, -2.5])), "buffer": nn.parameter.Buffer(torch.ones(2)),
        "channels_last": torch.arange(48, dtype=torch.float32).view(2, 3, 2, 4).to(memory_format=torch.channels_last),
        "scalar": torch.tensor(7.25), "empty": torch.zeros(0), "empty_matrix": torch.zeros(3, 0, 2),
        "special": torch.tensor([float("-0.0"), 3.4e38, 1e-45]), "name with spaces/é": torch.ones(1),
    }
    state["with_state"] = nn.Parameter(torch.ones(3))
    state["with_state"].note = "a Python attribute"
    torch.save(state, FOLDER / "layouts.pt")
    describe("layouts.pt", "bare", state)

    buffer = io.BytesIO()
    torch.save({"weight": torch.tensor([1.0, 2.0, -3.5])}, buffer)
    write_edited(buffer, "big_endian.pt", {
        "byteorder": b"big", "data/0": torch.tensor([1.0, 2.0, -3.5]).numpy().astype(">f4").tobytes()})
    describe("big_endian.pt", "bare", {"weight": torch.tensor([1.0, 2.0, -3.5])})


def write_edited(saved: io.BytesIO, name: str, replaced: dict, compression: int = zipfile.ZIP_STORED) -> None:
    """Writes the archive in `saved` again with some records replaced."""
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(FOLDER / name, "w", compression) as target:
        for info in source.infolist():
            record = info.filename.split("/", 1)[1]
            entry = zipfile.ZipInfo("archive/" + record)  # a fixed date: the same bytes on every run
            entry.compress_type = compression
            target.writestr(entry, replaced.get(record, source.read(info)))


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def refused() -> None:
    state = small_net().state_dict()
    torch.jit.save(torch.jit.script(small_net()), FOLDER / "refused_torchscript.pt")
    torch.save(state, FOLDER / "refused_legacy.pt", _use_new_zipfile_serialization=False)
    calls = {
        "os_system": Call(os.system, "touch /tmp/pwned"), "eval": Call(builtins.eval, "1"),
        "getattr": Call(getattr, "a", "upper"), "module": nn.ReLU(),
    }
    for name, value in calls.items():
        torch.save({"weight": torch.ones(1), "extra": value}, FOLDER / f"refused_{name}.pt")
    torch.save(torch.ones(2), FOLDER / "refused_lone_tensor.pt")
    torch.save({"model": {"weight": torch.ones(1)}}, FOLDER / "refused_other_key.pt")
    torch.save({"state_dict": {"weight": torch.ones(1), "note": "text"}}, FOLDER / "refused_not_a_tensor.pt")
    torch.save({"weight": torch.ones(2, 2).to_sparse()}, FOLDER / "refused_sparse.pt")
    torch.save({"weight": torch.ones(2, dtype=torch.complex64)}, FOLDER / "refused_complex.pt")
    buffer = io.BytesIO()
    torch.save({"weight": torch.ones(2)}, buffer)
    write_edited(buffer, "refused_compressed.pt", {}, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(FOLDER / "refused_other.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), "no checkpoint")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    forms()
    tensors()
    refused()
    # Strict JSON has no infinities; none are used.
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
