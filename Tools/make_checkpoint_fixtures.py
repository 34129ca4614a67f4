"""Writes the checkpoints of Tests/Fixtures/checkpoints with PyTorch, and what they hold to expected.json.

Usage: python Tools/make_checkpoint_fixtures.py      (needs torch)

A second run gives the same bytes, except for TorchScript and the format from before PyTorch 1.6, where PyTorch's own
differ from run to run.
"""

import argparse
import builtins
import collections
import datetime
import enum
import functools
import io
import json
import os
import pathlib
import sys
import tarfile
import types
import zipfile

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/Fixtures/checkpoints"
DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
]
expected = {}


def describe(name: str, states: dict[str, dict], form: str = "pyTorch") -> None:
    """Records what the loader must make of the file `name`: its dictionaries of tensors by their keys."""
    expected[name] = {"format": form, "state_dicts": [
        {"key": key, "tensors": [
            {
                "name": name, "dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
                "values": tensor.detach().to(torch.float64).flatten().tolist(),
            } for name, tensor in state.items()]}
        for key, state in states.items()]}


def small_net() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(collections.OrderedDict(
        conv=nn.Conv3d(2, 3, (3, 1, 1), bias=False), norm=nn.BatchNorm3d(3), proj=nn.Linear(3, 5)))


def forms() -> None:
    state = small_net().state_dict()  # an OrderedDict with _metadata
    torch.save(state, FOLDER / "bare.pth")
    describe("bare.pth", {"": state})

    training = {
        "epoch": 3, "best": 0.25, "cfg": "MODEL:\n  ARCH: x3d\n", "seed": 2**100, "raw": b"\x00\xff", "tags": {"a"},
        "nothing": None, "flags": (True, False, (1, 2, 3, 4)), "size": torch.Size([1, 2]), "device": torch.device("cpu"),
        "dtype": torch.float32, "milestones": collections.Counter([3, 5, 5]), "bytes_frozen": frozenset([1]),
        "optimizer_state": {"state": {0: {"momentum": torch.ones(2)}}, "param_groups": [{"lr": 1e-3, "params": [0]}]},
    }
    torch.save({"model_state": state, **training}, FOLDER / "model_state.pyth")
    describe("model_state.pyth", {"model_state": state})
    torch.save({"epoch": 3, "state_dict": state}, FOLDER / "state_dict.pt")
    describe("state_dict.pt", {"state_dict": state})
    parallel = nn.DataParallel(small_net()).state_dict()
    torch.save({"state_dict": parallel}, FOLDER / "data_parallel.pt")
    describe("data_parallel.pt", {"state_dict": parallel})
    for protocol in (3, 4, 5):
        torch.save({"model_state": state, **training}, FOLDER / f"protocol{protocol}.pt", pickle_protocol=protocol)
        describe(f"protocol{protocol}.pt", {"model_state": state})


def tensors() -> None:
    state = {}
    for dtype in DTYPES:
        state[str(dtype)] = (torch.arange(6) % 2 * 3 - (0 if dtype in (torch.uint8, torch.bool) else 1)).to(dtype)
    for dtype in (torch.uint16, torch.uint32, torch.uint64):
        state[str(dtype)] = torch.arange(4).to(dtype)
    torch.save(state, FOLDER / "dtypes.pt")
    describe("dtypes.pt", {"": state})

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
    describe("layouts.pt", {"": state})

    buffer = io.BytesIO()
    torch.save({"weight": torch.tensor([1.0, 2.0, -3.5])}, buffer)
    write_edited(buffer, "big_endian.pt", {
        "byteorder": b"big", "data/0": torch.tensor([1.0, 2.0, -3.5]).numpy().astype(">f4").tobytes()})
    describe("big_endian.pt", {"": {"weight": torch.tensor([1.0, 2.0, -3.5])}})


def write_edited(saved: io.BytesIO, name: str, replaced: dict, compression: int = zipfile.ZIP_STORED) -> None:
    """Writes the archive in `saved` again with some records replaced."""
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(FOLDER / name, "w", compression) as target:
        for info in source.infolist():
            record = info.filename.split("/", 1)[1]
            entry = zipfile.ZipInfo("archive/" + record)  # a fixed date: the same bytes on every run
            entry.compress_type = compression
            target.writestr(entry, replaced.get(record, source.read(info)))


def legacy() -> None:
    """The format from before PyTorch 1.6."""
    def save(value: object, name: str) -> None:
        torch.save(value, FOLDER / name, _use_new_zipfile_serialization=False)

    state = small_net().state_dict()
    save({"model_state": state, "epoch": 3, "args": argparse.Namespace(lr=0.1)}, "legacy.pt")
    describe("legacy.pt", {"model_state": state}, "legacyPyTorch")
    base = torch.arange(24, dtype=torch.float32)
    state = {
        "whole": base.view(2, 3, 4), "offset": base[5:9], "transposed": base.view(4, 6).t(), "tied": base.view(2, 3, 4),
        "expanded": base[2:4].view(2, 1).expand(2, 3), "scalar": torch.tensor(7.25), "empty": torch.zeros(0),
        "parameter": nn.Parameter(torch.tensor([1.5, -2.5])), "half": torch.tensor([1.5, -2.5]).half(),
        "bfloat16": torch.tensor([1.5, -2.5, 3.0]).bfloat16(), "flags": torch.tensor([True, False]),
        "bytes": torch.tensor([1, 2, 3], dtype=torch.uint8), "long": torch.tensor([-1, 2]),
    }
    save(state, "legacy_layouts.pt")
    describe("legacy_layouts.pt", {"": state}, "legacyPyTorch")
    # The classes' source code is not wanted in the file.
    sources, torch.serialization.get_source_lines_and_file = torch.serialization.get_source_lines_and_file, None
    save(small_net(), "legacy_module.pt")
    torch.serialization.get_source_lines_and_file = sources
    describe("legacy_module.pt", {"": small_net().state_dict()}, "legacyPyTorch")


class Precision(enum.Enum):
    HALF = 16


class AttributeDict(dict):
    """Like the dicts with attributes of training frameworks."""


def frameworks() -> None:
    """What training frameworks put beside and around the weights."""
    state = small_net().state_dict()

    # As of a Lightning module with a criterion: the configuration is an object of the user's own classes.
    configuration = types.ModuleType("omegaconf_like")
    configuration.DictConfig = type("DictConfig", (), {"__module__": "omegaconf_like"})
    sys.modules["omegaconf_like"] = configuration
    config = configuration.DictConfig()
    config.__dict__["_content"] = {"lr": 0.1, "sizes": [1, 2], "nested": {"name": "x3d"}}
    wrapped = collections.OrderedDict((f"model.{name}", value) for name, value in state.items())
    wrapped["criterion.weight"] = torch.ones(5)
    torch.save({
        "epoch": 2, "global_step": 10, "state_dict": wrapped, "hparams_name": "kwargs",
        "hyper_parameters": AttributeDict(
            args=argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/data"), started=datetime.timedelta(1)),
            config=config, precision=Precision.HALF, schedule=functools.partial(round, 2), kinds={Precision.HALF},
            best=np.float64(0.5), ids=np.arange(3), default=collections.defaultdict(list, a=[1]), size=1 + 2j),
        "callbacks": {"best": np.float32(0.25), "when": datetime.datetime(2020, 1, 1)},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]}],
    }, FOLDER / "lightning.ckpt")
    describe("lightning.ckpt", {"state_dict": wrapped})

    # Data parallelism, compiled, with a moving average beside.
    online = collections.OrderedDict((f"_orig_mod.module.{name}", value) for name, value in state.items())
    average = collections.OrderedDict((f"module.{name}", value * 2) for name, value in state.items())
    torch.save({"net": online, "ema": {"n_averaged": torch.tensor(7), "module": average}}, FOLDER / "ema.pt")
    describe("ema.pt", {"net": online, "ema": {"n_averaged": torch.tensor(7)}, "ema.module": average})

    torch.save(small_net(), FOLDER / "module.pt")
    describe("module.pt", {"": state})
    torch.save([state, {"lr": 0.1}], FOLDER / "list.pt")
    describe("list.pt", {"0": state})

    pruned = small_net()
    prune.l1_unstructured(pruned.conv, "weight", 0.5)
    prune.l1_unstructured(pruned.proj, "weight", 0.5)
    torch.save(pruned.state_dict(), FOLDER / "pruned.pt")
    describe("pruned.pt", {"": pruned.state_dict()})
    normalized = small_net()
    parametrizations.weight_norm(normalized.conv, dim=0)
    parametrizations.weight_norm(normalized.proj, dim=1)
    torch.save(normalized.state_dict(), FOLDER / "weight_norm.pt")
    describe("weight_norm.pt", {"": normalized.state_dict()})

    plain = small_net().half().state_dict()
    on_gpu = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: "cuda:0"  # where a storage was is all that differs in the file
    torch.save({"state_dict": plain}, FOLDER / "cuda.pt")
    torch.serialization.location_tag = on_gpu
    describe("cuda.pt", {"state_dict": plain})

    # Values that no tensor here can have, beside one that is plain.
    mixed = {
        "weight": torch.ones(2), "complex": torch.ones(2, dtype=torch.complex64), "sparse": torch.ones(2, 2).to_sparse(),
        "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "note": "text",
        "float8": torch.ones(2).to(torch.float8_e4m3fn), "relu": nn.ReLU(),
    }
    torch.save(mixed, FOLDER / "mixed.pt")
    describe("mixed.pt", {"": {"weight": torch.ones(2)}})


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def refused() -> None:
    state = small_net().state_dict()
    torch.jit.save(torch.jit.script(small_net()), FOLDER / "refused_torchscript.pt")
    calls = {
        "os_system": Call(os.system, "touch /tmp/pwned"), "eval": Call(builtins.eval, "1"),
        "getattr": Call(getattr, "a", "upper"),
    }
    for name, value in calls.items():
        torch.save({"weight": torch.ones(1), "extra": value}, FOLDER / f"refused_{name}.pt")
    torch.save(torch.ones(2), FOLDER / "refused_lone_tensor.pt")
    torch.save({"epoch": 1, "note": "text"}, FOLDER / "refused_no_tensors.pt")
    torch.save({"weight": torch.ones(2, 2).to_sparse()}, FOLDER / "refused_sparse.pt")
    torch.save({"weight": torch.ones(2, dtype=torch.complex64)}, FOLDER / "refused_complex.pt")
    buffer = io.BytesIO()
    torch.save({"weight": torch.ones(2)}, buffer)
    write_edited(buffer, "refused_compressed.pt", {}, zipfile.ZIP_DEFLATED)
    with tarfile.open(FOLDER / "refused_tar.pt", "w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with zipfile.ZipFile(FOLDER / "refused_other.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), "no checkpoint")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    forms()
    tensors()
    legacy()
    frameworks()
    refused()
    # Strict JSON has no infinities; none are used.
    lines = (f"{json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in expected.items())
    (FOLDER / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
