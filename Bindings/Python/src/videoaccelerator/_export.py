"""From a PyTorch module to an `.accel` file."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any, Optional, Sequence, Union

from ._errors import BadArgument, Error


def export(
    module: Any, example: Any, output: Union[str, "os.PathLike[str]"], *, precision: str = "fp32",
    target: str = "host", recipe: Union[str, "os.PathLike[str]", None] = None, arguments: Sequence[str] = (),
    command: Optional[str] = None,
) -> pathlib.Path:
    """Deploys a PyTorch module: exports it as ONNX, and calls `accelerator deploy`.

    The package itself has no converter, which is Swift's and larger than all else: the command must be installed, too. PyTorch and
    its package `onnx` are needed (`pip install videoaccelerator[export]`).

    Args:
        module: The module, in evaluation mode.
        example: An input, or a tuple of inputs, of the shapes that the module takes.
        output: The path of the `.accel` file.
        precision: "fp32" or "fp16"; "int8" with `--calibration` in `arguments`.
        target: The target device: "mobile_cpu", "x86_cpu", or "host".
        recipe: A `preprocessor_config.json` that says how clips are made.
        arguments: More arguments for `accelerator deploy`.
        command: The path of the command; None for ACCELERATOR, or `accelerator` on the PATH.

    Returns:
        The path of the file.

    Raises:
        BadArgument: If the module is in training mode, or the command is not there.
        Error: If the command fails, with what it says.
    """
    if getattr(module, "training", False):
        raise BadArgument("the module is in training mode: call eval() first")
    program = command or os.environ.get("ACCELERATOR") or shutil.which("accelerator")
    if program is None or shutil.which(program) is None:
        raise BadArgument(
            "the command 'accelerator' is not on the PATH: install it (scripts/install in its repository), or give its path "
            "in ACCELERATOR")
    import torch  # type: ignore[import-not-found,unused-ignore]

    inputs = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    with tempfile.TemporaryDirectory() as folder:
        onnx = pathlib.Path(folder, "module.onnx")
        with torch.no_grad():
            torch.onnx.export(module, inputs, str(onnx), dynamo=False)
        options = ["--model", str(onnx), "--precision", precision, "--target", target, "--output", os.fspath(output)]
        if recipe is not None:
            options += ["--preprocessing", os.fspath(recipe)]
        result = subprocess.run([program, "deploy", *options, *arguments], capture_output=True, text=True)
    if result.returncode:
        raise Error(result.stderr.strip() or f"'{program}' failed with status {result.returncode}")
    return pathlib.Path(output)
