"""Makes Samples/portrait-pan.mp4: a camera that pans over a public-domain portrait and zooms in on the face.

Run: `python Tools/make_sample_clip.py`.

The photograph is NASA's, as scikit-image ships it; `Samples/README.md` has the source and licence. Needs the ffmpeg
command with libx264. The same versions give the same bytes: one thread, and neither dates nor the muxer's version in
the file.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

WIDTH, HEIGHT = 320, 240
FRAMES_PER_SECOND = 30
SECONDS = 7
MOST_BYTES = 300_000

# The camera's window: time in seconds, centre x, centre y and width in pixels of the 512 × 512 photograph.
PATH = np.array(
    [
        (0.0, 352.0, 372.0, 300.0),
        (1.0, 352.0, 372.0, 300.0),
        (4.0, 226.0, 180.0, 360.0),
        (4.5, 226.0, 180.0, 360.0),
        (6.5, 222.0, 118.0, 190.0),
        (7.0, 222.0, 118.0, 190.0),
    ]
)


def window(time: float) -> tuple[float, float, float, float]:
    """The camera's window (left, top, right, bottom), eased between the path's points so that it never jerks."""
    index = min(int(np.searchsorted(PATH[:, 0], time, side="right")) - 1, len(PATH) - 2)
    (start, *a), (end, *b) = PATH[index], PATH[index + 1]
    share = (time - start) / (end - start)
    eased = share * share * (3 - 2 * share)
    x, y, width = (p + eased * (q - p) for p, q in zip(a, b, strict=True))
    half_width, half_height = width / 2, width * HEIGHT / WIDTH / 2
    return x - half_width, y - half_height, x + half_width, y + half_height


def main() -> None:
    photograph = Image.fromarray(data.astronaut())
    frames = (
        photograph.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box=window(index / FRAMES_PER_SECOND)).tobytes()
        for index in range(SECONDS * FRAMES_PER_SECOND)
    )
    output = Path(__file__).resolve().parent.parent / "Samples" / "portrait-pan.mp4"
    output.parent.mkdir(exist_ok=True)
    source = f"-f rawvideo -pixel_format rgb24 -video_size {WIDTH}x{HEIGHT} -framerate {FRAMES_PER_SECOND} -i -"
    colour = (
        "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
        " -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    )
    encoder = "-c:v libx264 -preset veryslow -crf 24 -g 60 -threads 1"
    plain = "-map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart"
    command = f"ffmpeg -y -loglevel error {source} {colour} {encoder} {plain}".split()
    subprocess.run([*command, str(output)], input=b"".join(frames), check=True)
    size = output.stat().st_size
    print(f"Samples/{output.name}: {size} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"{output.name} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
