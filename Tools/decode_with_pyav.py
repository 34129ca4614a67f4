#!/usr/bin/env python3
"""Decodes a video with PyAV and writes its frames to standard output, for a comparison frame by frame.

Usage: /usr/bin/python3 Tools/decode_with_pyav.py FILE   (Debian's python3-av uses the same FFmpeg as the package)

Per frame, little-endian: time in seconds from the first frame (float64, NaN if unknown), width and height (uint32),
then packed RGB. Frames are as stored: PyAV does not turn them by the file's rotation. Colours are converted by each frame's
own range and matrix, as FFmpeg's command does; older versions of PyAV's to_rgb pass over them.
"""
import math
import struct
import sys

import av

container = av.open(sys.argv[1])
stream = container.streams.video[0]
graph = av.filter.Graph()
source = graph.add_buffer(template=stream)
scale = graph.add("scale", "flags=bilinear")
form = graph.add("format", "rgb24")
sink = graph.add("buffersink")
source.link_to(scale)
scale.link_to(form)
form.link_to(sink)
graph.configure()
start = None
for frame in container.decode(stream):
    pts = frame.pts
    start = pts if start is None else start
    time = math.nan if pts is None or start is None else float((pts - start) * stream.time_base)
    graph.push(frame)
    picture = graph.pull()
    sys.stdout.buffer.write(struct.pack("<dII", time, picture.width, picture.height))
    sys.stdout.buffer.write(picture.to_ndarray().tobytes())
