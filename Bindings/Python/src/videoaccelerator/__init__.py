"""Runs video networks fast on CPUs, in fp32, fp16 and int8.

    from videoaccelerator import Classifier, Model, Stream

    model = Model.open("x3d_s.accel")
    scores = model(clip)                                  # float32 [1, 3, T, H, W], as with ONNX Runtime

    for prediction in Classifier(model)(frames)[:5]:      # uint8 [H, W, 3] each: scaled, cropped and normalized
        print(prediction.label, prediction.score)

    stream = Stream(model)                                # a camera
    while True:
        prediction = stream.push(camera.frame(), timestamp=camera.seconds())

Models are `.accel` files, which the command `accelerator deploy` writes, and `export` of a PyTorch module.
"""

from ._errors import (
    BadArgument, BadFile, Busy, Error, Unsupported)
from ._export import export
from ._model import Model, Recipe, Session, Value
from ._pictures import Planes
from ._predictions import Classifier, Prediction, Stream, StreamInfo, StreamPrediction

__all__ = [
    "BadArgument", "BadFile", "Busy", "Classifier", "Error", "Model", "Planes", "Prediction", "Recipe", "Session",
    "Stream", "StreamInfo", "StreamPrediction", "Unsupported", "Value", "export",
]
