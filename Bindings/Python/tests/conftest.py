"""What the tests share: models that the command makes, and its results.

ACCELERATOR names the command, and VIDEOACCELERATOR_MODEL a model of clips in the repository's own form.
"""

import os
import pathlib
import subprocess

import numpy as np
import pytest

REPOSITORY = pathlib.Path(__file__).parents[3]


def accelerator(*arguments):
    """Runs the command; returns what it prints."""
    command = os.environ.get("ACCELERATOR", "accelerator")
    return subprocess.run([command, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """A classifier of clips, in fp16."""
    path = tmp_path_factory.mktemp("clips") / "clips.accel"
    accelerator("deploy", "--model", REPOSITORY / "Sources/Zoo/Bundled/camera_motion_small", "--precision", "fp16",
                "--output", path)
    return path


@pytest.fixture(scope="session")
def steps(tmp_path_factory):
    """Its continual form."""
    path = tmp_path_factory.mktemp("steps") / "steps.accel"
    accelerator("deploy", "--model", REPOSITORY / "Sources/Zoo/Bundled/camera_motion_small", "--stream", "--output", path)
    return path


def by_command(model, array, folder):
    """Returns what 'accelerator run' makes of an input."""
    np.save(folder / "input.npy", array)
    accelerator("run", "--model", model, "--input", folder / "input.npy", "--output", folder / "output.npy")
    return np.load(folder / "output.npy")


def frame(number, width=64, height=48):
    """A frame of noise and stripes."""
    generator = np.random.default_rng(number)
    stripes = (np.arange(width) * 9 + number * 7)[None, :, None] % 200
    return (stripes + generator.integers(0, 50, (height, width, 3))).astype(np.uint8)
