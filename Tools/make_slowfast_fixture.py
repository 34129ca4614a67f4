"""Makes Tests/Fixtures/models/slowfast.json: the names and shapes of SlowFast's own X3D, and what it computes.

Run: `python Tools/make_slowfast_fixture.py SLOWFAST`, with a checkout of github.com/facebookresearch/SlowFast.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

import numpy as np
import torch
from torch import nn

import generator
from fixture_file import FIXTURES, floats, write_cases

SEED = 7
SHAPE = [3, 3, 4, 32, 32]


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """What SlowFast imports and its X3D does not use."""

    packages = (
        "detectron2", "torchvision", "av", "cv2", "simplejson", "psutil", "sklearn", "matplotlib", "pandas",
        "tensorboard", "timm", "fairscale", "decord",
    )

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.packages else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return stand_in(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__path__ = []


def stand_in(name: str) -> types.ModuleType:
    def anything(attribute: str) -> type:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return type(attribute, (), {})

    module = types.ModuleType(name)
    module.__getattr__ = anything  # type: ignore[method-assign]
    return module


def x3d(folder: str) -> nn.Module:
    """The small X3D of the tests: four frames of 32², five classes."""
    sys.path.insert(0, folder)
    sys.meta_path.insert(0, StandIns())
    from fvcore.common.registry import Registry
    from pytorchvideo.layers import distributed

    for name in ("cat_all_gather", "get_local_process_group", "get_local_rank", "get_local_size", "get_world_size",
                 "init_distributed_training", "all_gather_with_backprop"):
        if not hasattr(distributed, name):
            setattr(distributed, name, None)
    for name in ("pytorchvideo.losses", "pytorchvideo.losses.soft_target_cross_entropy"):
        sys.modules[name] = stand_in(name)
    # The package's __init__ imports every model.
    models = types.ModuleType("slowfast.models")
    models.__path__ = [f"{folder}/slowfast/models"]
    build = types.ModuleType("slowfast.models.build")
    build.MODEL_REGISTRY = Registry("MODEL")  # type: ignore[attr-defined]
    sys.modules |= {"slowfast.models": models, "slowfast.models.build": build}
    from slowfast.config.defaults import get_cfg
    from slowfast.models.video_model_builder import X3D

    config = get_cfg()
    config.merge_from_file(f"{folder}/configs/Kinetics/X3D_XS.yaml")
    config.X3D.WIDTH_FACTOR, config.X3D.DEPTH_FACTOR, config.X3D.BOTTLENECK_FACTOR = 1.0, 1.0, 1.5
    config.X3D.DIM_C1, config.X3D.DIM_C5, config.MODEL.NUM_CLASSES = 16, 24, 5
    config.DATA.NUM_FRAMES, config.DATA.TRAIN_CROP_SIZE = 4, 32
    return X3D(config).eval()


def parameter(name: str, shape: torch.Size) -> np.ndarray:
    """As in generator.py, but with statistics that are not neutral, so that each batch norm's place matters."""
    values = generator.parameter(SEED, name, shape)
    if name.endswith("running_mean"):
        values = np.float32(0.25) * generator.unit(SEED, name, values.size).reshape(shape)
    elif name.endswith("running_var"):
        values = np.float32(1) + np.float32(0.25) * generator.unit(SEED, name, values.size).reshape(shape)
    return values


def main() -> None:
    model = x3d(sys.argv[1])
    model.head.act = nn.Identity()  # logits
    state = model.state_dict()
    model.load_state_dict({name: torch.from_numpy(parameter(name, value.shape)) for name, value in state.items()})
    with torch.no_grad():
        logits = model([torch.from_numpy(generator.clips(SEED, SHAPE))])
    contrast = (logits - logits.mean(0)).abs().max() / logits.abs().max()
    assert contrast > 0.02, contrast
    case = {
        "name": "x3d", "seed": SEED, "shape": SHAPE,
        "entries": [[name, list(value.shape)] for name, value in state.items()],
        "output_shape": list(logits.shape), "output": floats(logits),
    }
    write_cases(
        FIXTURES / "models/slowfast.json",
        "SlowFast's own X3D (stem 16, width and depth 1, bottleneck 1.5, head 24): its state dict's names and shapes, and its logits."
        " Parameters are the generator's, running statistics 0.25 u and 1 + 0.25 u of the generator's u.",
        [case],
    )


if __name__ == "__main__":
    main()
