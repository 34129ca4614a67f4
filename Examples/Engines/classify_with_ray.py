"""Classifies videos with Ray Data: each actor opens the model once, and takes videos of the list.

    python classify_with_ray.py MODEL.accel LIST OUTPUT [ACTORS]

LIST has a path on each line, which all machines can read; OUTPUT is a folder of Parquet files with a row for each video. Needs ray[data], av and
the package videoaccelerator. Without RAY_ADDRESS everything runs on this machine.
"""

import os
import sys

import av
import numpy as np
import pyarrow as pa
import ray
import videoaccelerator

from sampled_clips import Unusable, sampled_clips

PREDICTION = pa.struct([("label", pa.string()), ("index", pa.int32()), ("score", pa.float32())])
# Blocks without failures, or without results, have the same types as the others.
SCHEMA = pa.schema([("path", pa.string()), ("predictions", pa.list_(PREDICTION)), ("error", pa.string())])


class Classifier:
    """An actor: a model with its session, on one core."""

    def __init__(self, model):
        self.model = videoaccelerator.Model.open(model)
        self.session = self.model.session()

    def __call__(self, batch):
        return pa.Table.from_pylist([self.row(path) for path in batch["path"].to_pylist()], schema=SCHEMA)

    def row(self, path):
        """Returns the row of a video; one that cannot be decoded has the reason, and the others go on."""
        try:
            return {"path": path, "predictions": self.predictions(path)}
        except (av.FFmpegError, Unusable) as error:
            return {"path": path, "error": str(error)}

    def predictions(self, path):
        """Returns the five classes with the highest scores, averaged over clips."""
        clips = [self.session.classify_frames(clip) for clip in sampled_clips(self.model, path)]
        scores = np.mean(clips, axis=0, dtype=np.float64).astype(np.float32)
        best = np.argsort(-scores, kind="stable")[:5]
        return [{"label": self.model.labels[i], "index": int(i), "score": float(scores[i])} for i in best]


def main():
    model, videos, output = sys.argv[1:4]
    actors = int(sys.argv[4]) if len(sys.argv) > 4 else os.cpu_count()
    with open(videos, encoding="utf-8") as lines:
        paths = [line.rstrip("\n") for line in lines]
    if "RAY_ADDRESS" not in os.environ:
        ray.init(_node_ip_address="127.0.0.1", include_dashboard=False, num_cpus=actors)
    # Blocks of 16 videos: small enough that actors end together, and that a lost one costs little.
    rows = ray.data.from_items([{"path": path} for path in paths], override_num_blocks=max(1, len(paths) // 16))
    rows.map_batches(
        Classifier, fn_constructor_args=[os.path.abspath(model)], batch_format="pyarrow", batch_size=16, num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=actors)).write_parquet(output)


if __name__ == "__main__":
    main()
