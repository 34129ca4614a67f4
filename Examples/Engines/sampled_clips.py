"""The frames that a model sees of a video, decoded with PyAV as `accelerator batch` decodes them.

The model says which frames these are (`Model.sample_frames`), and FFmpeg converts their colors by the same filter, so scores are those of
the command. What the command does and this does not: it notices damage within a file and says so beside the result, leaps to key frames in long
videos, and mirrors pictures that are to be shown so.
"""

import av
import numpy as np


class Unusable(Exception):
    """Why the model cannot see a video, apart from what FFmpeg says."""


def sampled_clips(model, path):
    """Yields the clips of a video, in the order of time: of each the frames that the model takes, uint8 `[H, W, 3]`."""
    clips = sampled_frames(model, path)
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1  # An actor has one core.
        wanted = {number for clip in clips for number in clip}
        converter, frames = Converter(stream), {}
        for number, frame in enumerate(container.decode(stream)):
            if number in wanted:
                frames[number] = converter.rgb(frame)
            while clips and clips[0][-1] == number:
                yield [frames[index] for index in clips.pop(0)]
            if not clips:
                return
            frames = {index: kept for index, kept in frames.items() if index >= clips[0][0]}
    raise Unusable("the video has fewer frames than its packets say")


def sampled_frames(model, path):
    """Returns the numbers of the frames of each clip, from the times of the packets alone."""
    with av.open(path) as container:
        if not container.streams.video:
            raise Unusable("there is no video stream")
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None and not packet.is_discard]
    if not packets:
        raise Unusable("the video has no frames")
    tick, last = float(stream.time_base), max(packets, key=lambda packet: packet.pts)
    shown = np.sort([packet.pts for packet in packets])
    times = (shown - shown[0]) * tick
    usual = float(np.median(np.diff(shown))) if len(shown) > 1 else 0
    return model.sample_frames(times, times[-1] + (last.duration or usual) * tick, tick=tick).tolist()


class Converter:
    """Converts the colors of a stream's frames by their own range and matrix, as FFmpeg's command does."""

    def __init__(self, stream):
        self.graph = av.filter.Graph()
        self.graph.link_nodes(
            self.graph.add_buffer(template=stream), self.graph.add("scale", "flags=bilinear"),
            self.graph.add("format", "rgb24"), self.graph.add("buffersink")).configure()

    def rgb(self, frame):
        """Returns the picture as it is shown."""
        self.graph.push(frame)
        return np.rot90(self.graph.pull().to_ndarray(), frame.rotation // 90)
