"""Prints what TensorBoard reads of a folder of event files, as JSON: points by tag, [[step, value], ...]."""

import json
import logging
import sys

# Quiet: TensorBoard says on import that it does without TensorFlow.
logging.disable(logging.WARNING)

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
accumulator.Reload()
tags = accumulator.Tags()
print(json.dumps({
    "scalars": {tag: [[e.step, e.value] for e in accumulator.Scalars(tag)] for tag in tags["scalars"]},
    "texts": {
        tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in accumulator.Tensors(tag)]
        for tag in tags["tensors"]
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "text"
    },
}))
