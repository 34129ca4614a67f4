#!/usr/bin/env python3
"""Decodes a video with PyAV and writes its frames to standard output, for a comparison frame by frame.

Usage: /usr/bin/python3 Tools/decode_with_pyav.py FILE   (Debian's python3-av uses the same FFmpeg as the package)

Per frame, little-endian: time in seconds from the stream's start (float64, NaN if unknown), width and height (uint32),
then packed RGB. Frames are as stored: PyAV does not turn them by the file's rotation.
"""
import math
import struct
import sys

import av

container = av.open(sys.argv[1])
stream = container.streams.video[0]
start = stream.start_time or 0
for frame in container.decode(stream):
    time = math.nan if frame.pts is None else float((frame.pts - start) * stream.time_base)
    sys.stdout.buffer.write(struct.pack("<dII", time, frame.width, frame.height))
    sys.stdout.buffer.write(frame.to_rgb().to_ndarray().tobytes())
