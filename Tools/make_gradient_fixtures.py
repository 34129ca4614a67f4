"""Makes Tests/Fixtures/training: torch's autograd for the graph's operations, and for whole networks.

Of a gradient a fixture keeps up to eight numbers: sums of its elements times generated weights, each in [-1, 1), which a wrong
element changes wherever it is. Run: `python Tools/make_gradient_fixtures.py`.
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch.nn import functional as F

import generator
import make_operation_fixtures as operations
import network_operations
from fixture_file import FIXTURES, floats, write_cases
from reference import build, fill, pathways

SEED = 11
PROBES = 8

SLIM: dict[str, Any] = {"model_num_class": 11, "stem_dim_out": 8}
# Networks with all their layers and few channels, and clips that their heads' windows cover.
RESIDUAL: list[tuple[str, dict[str, Any], list[int]]] = [
    ("i3d_r50", SLIM | {"head_pool_kernel_size": (2, 2, 2)}, [4, 3, 4, 64, 64]),
    ("csn_r101", SLIM | {"model_depth": 50, "head_pool_kernel_size": (1, 2, 2)}, [4, 3, 8, 64, 64]),
    ("r2plus1d_r50", SLIM | {"head_pool_kernel_size": (1, 2, 2)}, [4, 3, 4, 64, 64]),
    (
        "slowfast_r50",
        {"model_num_class": 11, "stem_dim_outs": (16, 2), "head_pool_kernel_sizes": ((2, 2, 2), (8, 2, 2))},
        [4, 3, 8, 64, 64],
    ),
]


def probes(gradient: torch.Tensor, name: str, most: int = PROBES) -> list[float]:
    """Weighted sums of all elements, in double precision."""
    values = gradient.detach().double().reshape(-1)
    result = []
    for probe in range(min(most, values.numel())):
        weights = torch.from_numpy(generator.unit(SEED, f"{name} probe {probe}", values.numel())).double()
        result.append(float(values @ weights))
    return result


def operation_case(operation: str, attributes: dict[str, Any], inputs: list[Any]) -> dict[str, Any] | None:
    """The gradients of sum(result · generated weights) for all inputs."""
    case = operations.operation_case(operation, attributes, inputs)
    tensors = [
        torch.from_numpy(generator.tensor(SEED, f"in{index}", shape, scale, offset)).double().requires_grad_()
        for index, (shape, scale, offset) in enumerate(inputs)
    ]
    if operation == "activation" and inputs[0][1] > 100:
        return None
    # Mean and variance of batch norm in inference are given numbers.
    wanted = 3 if operation == "batch_norm" else len(tensors)
    output = operations.ORACLES[operation](attributes, tensors[:wanted] + [t.detach() for t in tensors[wanted:]])
    weights = torch.from_numpy(generator.tensor(SEED, "dy", list(output.shape), 1.0))
    (output * weights.double()).sum().backward()
    gradients = [probes(tensor.grad, f"in{index}") for index, tensor in enumerate(tensors[:wanted])]
    kept = {key: case[key] for key in ("name", "operation", "attributes", "seed", "inputs")}
    return kept | {"gradients": [floats(values) for values in gradients]}


def network_case_of(operation: str, attributes: dict[str, Any], inputs: list[Any]) -> dict[str, Any]:
    """The same for an operation of other networks, some of whose inputs have no gradient: an empty list."""
    case = operations.operation_case(operation, attributes, inputs, network_operations.ORACLES)
    tensors = [operations.generated(index, *values) for index, values in enumerate(inputs)]
    tensors = [x.double().requires_grad_() if x.dtype == torch.float32 else x for x in tensors]
    output = network_operations.DIFFERENTIABLE[operation](attributes, tensors)
    weights = torch.from_numpy(generator.tensor(SEED, "dy", list(output.shape), 1.0))
    (output * weights.double()).sum().backward()
    kept = {key: case[key] for key in ("name", "operation", "attributes", "seed", "inputs")}
    gradients = [probes(x.grad, f"in{index}") if x.grad is not None else [] for index, x in enumerate(tensors)]
    return kept | {"gradients": [floats(values) for values in gradients]}


def batch_norm_cases() -> list[dict[str, Any]]:
    """Batch norm by the batch's statistics."""
    cases = []
    for shape, epsilon in itertools.product(((3, 5), (2, 5, 3, 4), (2, 3, 2, 3, 4)), (1e-5, 0.1)):
        inputs = [operations.signed(*shape), operations.signed(shape[1]), operations.signed(shape[1])]
        tensors = [
            torch.from_numpy(generator.tensor(SEED, f"in{index}", size, scale, offset)).double().requires_grad_()
            for index, (size, scale, offset) in enumerate(inputs)
        ]
        output = F.batch_norm(tensors[0], None, None, tensors[1], tensors[2], training=True, eps=epsilon)
        weights = torch.from_numpy(generator.tensor(SEED, "dy", list(shape), 1.0)).double()
        (output * weights).sum().backward()
        cases.append(
            {
                "name": f"batch_norm_training {epsilon} {'x'.join(map(str, shape))}",
                "operation": "batch_norm_training",
                "attributes": {"epsilon": epsilon},
                "seed": SEED,
                "inputs": [{"shape": list(s), "scale": a, "offset": b} for s, a, b in inputs],
                "gradients": [floats(probes(tensor.grad, f"in{i}")) for i, tensor in enumerate(tensors)],
            }
        )
    return cases


def network_case(
    name: str,
    builder: str,
    options: dict[str, Any],
    shape: list[int],
    steps: int,
    rate: float,
    smooth: bool = False,
    most_probes: int = PROBES,
) -> dict[str, Any]:
    """All parameters' gradients in the first step, and the losses of a run of SGD on the same batch order.

    With `smooth`, swish takes the place of every ReLU, and numbers have 64 bits: a ReLU whose argument is next to 0 falls on
    either side in 32 bits, and then all gradients before it are others.
    """
    model = build(builder, options)
    fill(model, SEED)
    model.train()
    if smooth:
        for parent in list(model.modules()):
            for child, module in list(parent.named_children()):
                if isinstance(module, torch.nn.ReLU):
                    setattr(parent, child, torch.nn.SiLU())
        model.double()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    parameters = dict(model.named_parameters())
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, nesterov=True)
    losses, gradients, classes = [], {}, 0
    for step in range(steps):
        clips = torch.from_numpy(generator.tensor(SEED, f"clips {step % 2}", shape, 2.0))
        clips = clips.to(next(model.parameters()).dtype)
        logits = model(pathways(builder, clips)).reshape(shape[0], -1)
        classes = logits.shape[1]
        labels = torch.arange(shape[0]) * 7 % classes
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        losses.append(float(loss.detach()))
        if step == 0:
            gradients = {path: floats(probes(p.grad, path, most_probes)) for path, p in parameters.items()}
        optimizer.step()
    print(name, [round(loss, 4) for loss in losses])
    return {
        "name": name,
        "seed": SEED,
        "shape": shape,
        "classes": classes,
        "rate": rate,
        "losses": floats(losses),
        "gradients": gradients,
    }


def main() -> None:
    sources = (
        operations.convolution_cases,
        operations.matrix_cases,
        operations.similarity_cases,
        operations.pooling_cases,
        operations.normalisation_cases,
        operations.elementwise_cases,
        operations.shape_cases,
    )
    cases = [operation_case(*case) for source in sources for case in source()]
    write_cases(
        FIXTURES / "training" / "gradients.json",
        "torch's gradients of sum(result * dy): of each input up to eight sums of its elements times the stream"
        " 'in<i> probe <p>'. Inputs in0, in1, …, dy = scale * unit.",
        [case for case in cases if case is not None]
        + batch_norm_cases()
        + [network_case_of(*case) for case in network_operations.cases() if network_operations.differentiable(*case)],
    )
    narrow = {
        "model_num_class": 11,
        "width_factor": 1.0,
        "depth_factor": 1.0,
        "bottleneck_factor": 1.5,
        "input_clip_length": 4,
        "input_crop_size": 64,
        "head_dim_out": 96,
    }
    write_cases(
        FIXTURES / "training" / "networks.json",
        "PyTorchVideo's networks in training, dropout off: probes of the first step's gradients and the losses of SGD"
        " (Nesterov 0.9) on two batches in turns, clips 2 * unit, labels n * 7 % classes; 'smooth': with swish for every ReLU, in 64 bits.",
        [
            network_case("narrow x3d 4x64", "create_x3d", narrow, [3, 3, 4, 64, 64], 6, 0.05),
            network_case("x3d_xs 4x160", "x3d_xs", {}, [8, 3, 4, 160, 160], 20, 0.005),
            network_case("x3d_xs smooth 4x160", "x3d_xs", {}, [8, 3, 4, 160, 160], 1, 0.005, smooth=True),
            *(
                network_case(
                    f"{builder} smooth narrow", builder, options, shape, 2, 0.01, smooth=True, most_probes=2
                )
                for builder, options, shape in RESIDUAL
            ),
        ],
    )


if __name__ == "__main__":
    main()
