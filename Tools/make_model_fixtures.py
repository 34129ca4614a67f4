"""Makes Tests/Fixtures/models: what PyTorchVideo's networks compute, and how their state dicts look.

Run: `python Tools/make_model_fixtures.py`.
"""

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np
import torch
from torch import nn

import generator
import movinet
from fixture_file import FIXTURES, floats, write_cases
from reference import RESNETS, build, centred_error, fill, measured_batch_norm, multiply_adds, pathways, per_clip_contrast

# Errors are taken on outputs minus their mean over clips. Two clips leave a single difference, three or four leave
# several directions; more only cost time, since a scalar interpreter runs these networks in the tests.
ODD_X3D: dict[str, Any] = {"model_num_class": 11, "width_factor": 1.0, "depth_factor": 1.0, "bottleneck_factor": 1.5}
NARROW: dict[str, Any] = {"model_num_class": 11, "stem_dim_out": 8}
NARROW_SLOWFAST: dict[str, Any] = {"model_num_class": 11, "stem_dim_outs": [16, 2]}
CASES: list[dict[str, Any]] = [
    {"name": "x3d_xs 4x160", "builder": "x3d_xs", "shape": [3, 3, 4, 160, 160], "features": True},
    {"name": "x3d_xs 4x182", "builder": "x3d_xs", "shape": [3, 3, 4, 182, 182]},
    # Eight frames, 6 × 6 positions: the head's 4 × 5 × 5 window slides to 5 × 2 × 2 places.
    {"name": "x3d_xs 8x182", "builder": "x3d_xs", "shape": [2, 3, 8, 182, 182]},
    {"name": "x3d_s 13x160", "builder": "x3d_s", "shape": [2, 3, 13, 160, 160]},
    {"name": "efficient_x3d_xs 4x160", "builder": "efficient_x3d_xs", "shape": [3, 3, 4, 160, 160], "features": True},
    {"name": "efficient_x3d_xs 4x182", "builder": "efficient_x3d_xs", "shape": [3, 3, 4, 182, 182]},
    {
        "name": "efficient_x3d_xs options 5x70x54",
        "builder": "efficient_x3d_xs",
        "options": {"num_classes": 7, "dropout": 0, "head_act": "hswish"},
        "shape": [4, 3, 5, 70, 54],
    },
    {
        "name": "narrow x3d softmax 4x64",
        "builder": "create_x3d",
        "options": ODD_X3D
        | {
            "input_clip_length": 4,
            "input_crop_size": 64,
            "head_dim_out": 96,
            "head_bn_lin5_on": True,
            "head_activation": "Softmax",
        },
        "shape": [4, 3, 4, 64, 64],
        "features": True,
    },
    {
        # Softmax comes before the average over positions: with several positions the order matters.
        "name": "narrow x3d softmax sliding 6x96",
        "builder": "create_x3d",
        "options": ODD_X3D
        | {"input_clip_length": 4, "input_crop_size": 64, "head_dim_out": 96, "head_activation": "Softmax"},
        "shape": [4, 3, 6, 96, 96],
    },
    {
        # norm_eps reaches every batch norm but the shortcut's, which keeps 1e-5.
        "name": "narrow x3d kernels and strides 9x60x44",
        "builder": "create_x3d",
        "options": ODD_X3D
        | {
            "input_clip_length": 8,
            "input_crop_size": 40,
            "norm_eps": 0.01,
            "stem_dim_in": 10,
            "stem_conv_kernel_size": [3, 5, 5],
            "stem_conv_stride": [2, 1, 1],
            "stage_conv_kernel_size": [[3, 3, 3], [1, 3, 3], [5, 3, 3], [3, 5, 5]],
            "stage_spatial_stride": [1, 2, 2, 2],
            "stage_temporal_stride": [1, 2, 1, 1],
            "bottleneck_factor": 1.3,
            "se_ratio": 0.25,
            "inner_act": "Hardswish",
            "head_dim_out": 40,
            "head_bn_lin5_on": True,
            "head_activation": "Sigmoid",
        },
        "shape": [4, 3, 9, 60, 44],
    },
    {
        "name": "narrow x3d open ends 5x72x80",
        "builder": "create_x3d",
        "options": ODD_X3D
        | {
            "input_clip_length": 4,
            "input_crop_size": 64,
            "dropout_rate": 0,
            "se_ratio": 0,
            "activation": None,
            "inner_act": None,
            "head_dim_out": 24,
            "head_pool_act": None,
            "head_output_with_global_average": False,
        },
        "shape": [4, 3, 5, 72, 80],
    },
    # Residual networks with all their layers, but a quarter of the channels or fewer.
    {"name": "narrow c2d_r50 4x64", "builder": "c2d_r50", "options": NARROW, "shape": [3, 3, 4, 64, 64], "window": [2, 2, 2]},
    {
        "name": "narrow i3d_r50 6x64",
        "builder": "i3d_r50",
        "options": NARROW,
        "shape": [3, 3, 6, 64, 64],
        "window": [3, 2, 2],
        "features": True,
    },
    {
        # 3 × 3 positions: the head's window slides to four places, and softmax comes before their average.
        "name": "narrow slow_r50 sliding 5x80",
        "builder": "slow_r50",
        "options": NARROW | {"head_activation": "Softmax"},
        "shape": [3, 3, 5, 80, 80],
        "window": [4, 2, 2],
    },
    {
        "name": "narrow csn 9x64",
        "builder": "csn_r101",
        "options": NARROW | {"model_depth": 50},
        "shape": [3, 3, 9, 64, 64],
        "window": [2, 2, 2],
    },
    {
        "name": "narrow r2plus1d_r50 5x64",
        "builder": "r2plus1d_r50",
        "options": NARROW,
        "shape": [3, 3, 5, 64, 64],
        "window": [2, 2, 2],
    },
    {
        "name": "narrow slowfast_r50 32x64",
        "builder": "slowfast_r50",
        "options": NARROW_SLOWFAST,
        "shape": [3, 3, 32, 64, 64],
        "window": [32, 2, 2],
    },
    {
        "name": "narrow slowfast 16x8 16x80",
        "builder": "slowfast_16x8_r101_50_50",
        "options": NARROW_SLOWFAST,
        "shape": [2, 3, 16, 80, 80],
        "window": [16, 2, 2],
    },
    # Sizes whose halves are odd and even: padding at both ends, and at one.
    {
        "name": "movinet_a0_base 3x44",
        "builder": "movinet_a0_base",
        "options": {"num_classes": 11, "hidden": 64},
        "shape": [3, 3, 3, 44, 44],
    },
    {
        "name": "movinet_a2_base 5x60",
        "builder": "movinet_a2_base",
        "options": {"num_classes": 11, "hidden": 64},
        "shape": [2, 3, 5, 60, 60],
    },
]
SEED = 2026
LEAST_CONTRAST = 0.02

# Frames, and the crops of training and, where it differs, of the zoo's preprocessing.
INPUTS = {"xs": (4, [160, 182]), "s": (13, [160, 182]), "m": (16, [224, 256]), "l": (16, [312])}
FRAMES = {
    "c2d_r50": 8,
    "i3d_r50": 8,
    "slow_r50": 8,
    "csn_r101": 32,
    "r2plus1d_r50": 16,
    "slowfast_r50": 32,
    "slowfast_r101": 32,
    "slowfast_16x8_r101_50_50": 64,
}
LISTED_IN_FULL = ("x3d_xs", "efficient_x3d_xs")


def stages(model: nn.Module) -> dict[str, nn.Module]:
    """The stem and the four stages, by name."""
    blocks = getattr(model, "blocks", None)
    if hasattr(model, "conv1"):
        return {"conv1": model.conv1} | {f"blocks.{name}": block for name, block in blocks.named_children()}
    if isinstance(blocks, nn.ModuleList):
        return {f"blocks.{index}": block for index, block in enumerate(list(blocks)[:-1])}
    return {name: getattr(model, name) for name in ("s1", "s2", "s3", "s4", "s5")}


def run(
    model: nn.Module, inputs: torch.Tensor | list[torch.Tensor]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """One measuring pass: the output and each stage's output; of several pathways, the first one's."""
    seen: dict[str, torch.Tensor] = {}

    def keep(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: torch.Tensor | list[torch.Tensor]) -> None:
            seen[name] = (output[0] if isinstance(output, list) else output).clone()

        return hook

    hooks = [stage.register_forward_hook(keep(name)) for name, stage in stages(model).items()]
    with torch.no_grad(), measured_batch_norm(model):
        # Networks of several pathways replace the elements of the list that they are given.
        output = model(list(inputs) if isinstance(inputs, list) else inputs)
    for hook in hooks:
        hook.remove()
    return output, seen


def stage_record(name: str, value: torch.Tensor) -> dict[str, Any]:
    """Mean and root mean square of a stage's output for each clip: enough to find the stage that went wrong."""
    flat = value.double().flatten(1)
    return {
        "name": name,
        "shape": list(value.shape),
        "mean": floats(flat.mean(dim=1)),
        "rms": floats(flat.square().mean(dim=1).sqrt()),
    }


def window_options(case: dict[str, Any]) -> dict[str, Any]:
    """The options of the head's pooling window, by the number of pathways."""
    if "window" not in case:
        return {}
    frames, height, width = case["window"]
    if case["builder"].startswith("slowfast"):
        return {"head_pool_kernel_sizes": ((frames // 4, height, width), (frames, height, width))}
    return {"head_pool_kernel_size": (frames, height, width)}


def model_case(case: dict[str, Any]) -> dict[str, Any]:
    """Runs a case in float32, and in float64 to know how far rounding alone moves the result."""
    started = time.monotonic()
    options = case.get("options", {})
    model = build(case["builder"], options | window_options(case))
    fill(model, SEED)
    clips = torch.from_numpy(generator.clips(SEED, case["shape"]))
    output, seen = run(copy.deepcopy(model), pathways(case["builder"], clips))
    exact, _ = run(model.double(), pathways(case["builder"], clips.double()))

    contrast = per_clip_contrast(output)
    print(
        f"{case['name']}: contrast {min(contrast):.1%} … {max(contrast):.1%},"
        f" rounding {centred_error(output, exact):.1e}, max |y| {output.abs().max():.3g},"
        f" {time.monotonic() - started:.0f} s"
    )
    if min(contrast) < LEAST_CONTRAST:
        raise SystemExit(f"{case['name']}: the output hardly depends on the clip ({min(contrast):.2%})")

    record: dict[str, Any] = {
        "name": case["name"],
        "builder": case["builder"],
        "options": options,
        "seed": SEED,
        "shape": case["shape"],
        **({"window": case["window"]} if "window" in case else {}),
        "output_shape": list(output.shape),
        "output": floats(output),
        "stages": [stage_record(name, value) for name, value in seen.items()],
    }
    if case.get("features", False):
        last = list(seen.values())[-1].double()
        record["features"] = floats(last.flatten(2).mean(dim=2))
    return record


def state_dict_case(builder: str) -> dict[str, Any]:
    """Names, shapes and cost of a whole model, without allocating it."""
    if builder in movinet.SIZES:
        frames, sides = 50, [224 if builder == "movinet_a2_base" else 172]
    elif builder in RESNETS:
        # On larger clips SlowFast's classifier is applied to several positions there, and to their mean here.
        frames, sides = FRAMES[builder], [224] if builder.startswith("slowfast") else [224, 256]
    else:
        frames, sides = INPUTS[builder.rsplit("_", 1)[1]]
    with torch.device("meta"):
        model = build(builder, {})
        shapes = [[1, 3, frames, side, side] for side in sides]
        clips = [torch.empty(shape) for shape in shapes]
    inputs = [clip if not builder.startswith("slowfast") else [clip[:, :, ::4], clip] for clip in clips]
    counts = [
        {"shape": shape, "multiply_adds": multiply_adds(model, clip)} for shape, clip in zip(shapes, inputs, strict=True)
    ]
    entries = [(name, list(value.shape)) for name, value in model.state_dict().items()]
    text = "\n".join(f"{name} {','.join(map(str, shape))}" for name, shape in entries)
    record: dict[str, Any] = {
        "name": builder,
        "entry_count": len(entries),
        "parameter_count": sum(value.numel() for value in model.parameters()),
        "fnv1a64": f"{generator.fnv1a64(text):016x}",
        "multiply_adds": counts,
    }
    if builder in LISTED_IN_FULL:
        record["entries"] = entries
    return record


def generator_cases() -> list[dict[str, Any]]:
    """Samples of the generator itself."""
    cases: list[dict[str, Any]] = []
    for seed, name in [(0, ""), (1, "in0"), (2026, "blocks.0.conv.conv_t.weight"), ((1 << 64) - 1, "größe")]:
        indices = [0, 1, 2, 1000, (1 << 40) + 7]
        words = generator.bits(seed, name, np.array(indices, np.uint64))
        units = (words >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
        cases.append(
            {
                "name": f"bits {seed} {name!r}",
                "kind": "bits",
                "seed": str(seed),
                "stream": name,
                "fnv1a64": f"{generator.fnv1a64(name):016x}",
                "indices": indices,
                "bits": [f"{int(word):016x}" for word in words],
                "unit": floats(units),
            }
        )
    for name, shape in [
        ("blocks.1.res_blocks.0.branch2.conv_b.weight", [54, 1, 3, 3, 3]),
        ("blocks.5.proj.weight", [400, 2048]),
        ("blocks.5.proj.bias", [400]),
        ("blocks.0.norm.weight", [24]),
        ("blocks.0.norm.bias", [24]),
        ("blocks.1.res_blocks.0.branch2.norm_c.weight", [24]),
        ("s2.pathway0_res0.layers.conv_2.kernel.bn.bias", [24]),
        ("blocks.0.norm.running_mean", [24]),
        ("blocks.0.norm.running_var", [24]),
        ("blocks.0.norm.num_batches_tracked", []),
    ]:
        values = generator.parameter(SEED, name, shape).reshape(-1)
        cases.append(
            {
                "name": f"parameter {name}",
                "kind": "parameter",
                "seed": str(SEED),
                "stream": name,
                "shape": shape,
                "first": floats(values[:5]),
                "sum": floats([values.astype(np.float64).sum()])[0],
            }
        )
    for clip, shape in [(0, [3, 4, 160, 160]), (1, [3, 13, 31, 45]), (2, [3, 2, 1100, 9])]:
        pixels = generator.clip_bytes(SEED, clip, *shape[1:])
        positions = [0, 1, pixels.size // 3, pixels.size // 2, pixels.size - 1]
        sample = pixels.reshape(-1)[positions]
        cases.append(
            {
                "name": f"clip {clip} {'x'.join(map(str, shape))}",
                "kind": "clip",
                "seed": str(SEED),
                "clip": clip,
                "shape": shape,
                "sum": int(pixels.sum(dtype=np.uint64)),
                "weighted_sum": int((pixels.reshape(-1).astype(np.int64) * (np.arange(pixels.size) % 251)).sum()),
                "positions": positions,
                "bytes": sample.tolist(),
                "normalised": floats(
                    (sample.astype(np.float32) / np.float32(255) - np.float32(0.45)) / np.float32(0.225)
                ),
            }
        )
    return cases


def main() -> None:
    folder = FIXTURES / "models"
    write_cases(
        folder / "generator.json",
        "Samples of Tools/generator.py: bits and units by index; a parameter's first values and float64 sum;"
        " a clip's bytes at flat positions, their sum, and the sum of byte times (flat position mod 251).",
        generator_cases(),
    )
    write_cases(
        folder / "state_dicts.json",
        "State dicts in their own order. fnv1a64 is the hash of all lines 'NAME SHAPE', the shape's numbers joined by"
        " commas (empty for a scalar), the lines joined by newlines. Multiply-adds: convolutions and linear layers.",
        [state_dict_case(f"{family}_{size}") for family in ("x3d", "efficient_x3d") for size in INPUTS]
        + [state_dict_case(builder) for builder in [*RESNETS, *movinet.SIZES]],
    )
    write_cases(
        folder / "models.json",
        "PyTorchVideo in eval mode on generated clips: parameters by name from the seed, batch-norm statistics measured"
        " on the clips. head_activation is null unless given. Window: the head's pooling window, [T, H, W]; of SlowFast,"
        " the fast pathway's. Stages: mean and rms per clip, of the first pathway. Features: mean of each channel after the"
        " last stage.",
        [model_case(case) for case in CASES],
    )


if __name__ == "__main__":
    main()
