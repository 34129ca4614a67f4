"""Makes the clips in Samples: a camera that looks at parts of a photograph.

Run: `python Tools/make_sample_clip.py`.

`portrait-pan.mp4` pans over a public-domain portrait and zooms in on the face. `mountain-path.mp4` pans to the left, stands, and
zooms in, three seconds each. `Samples/README.md` has the photographs' sources and licences; the second one is fetched by
`scripts/fetch-camera-motion`. Needs the ffmpeg command with libx264. The same versions give the same bytes: one thread, and
neither dates nor the muxer's version in the file.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from camera_motion.photographs import default_folder

FRAMES_PER_SECOND = 30
MOST_BYTES = 300_000


@dataclass
class Clip:
    """A file in Samples, its size, and the camera's way.

    `path` is the camera's window: time in seconds, centre x, centre y and width in pixels of the photograph.
    """

    name: str
    width: int
    height: int
    quality: int
    path: np.ndarray

    def window(self, time: float) -> tuple[float, float, float, float]:
        """The camera's window (left, top, right, bottom), eased between the path's points so that it never jerks."""
        index = min(int(np.searchsorted(self.path[:, 0], time, side="right")) - 1, len(self.path) - 2)
        (start, *a), (end, *b) = self.path[index], self.path[index + 1]
        share = (time - start) / (end - start)
        eased = share * share * (3 - 2 * share)
        x, y, width = (p + eased * (q - p) for p, q in zip(a, b, strict=True))
        half_width, half_height = width / 2, width * self.height / self.width / 2
        return x - half_width, y - half_height, x + half_width, y + half_height

    def write(self, photograph: Image.Image) -> None:
        """Renders and encodes it."""
        size = (self.width, self.height)
        times = np.arange(round(self.path[-1, 0] * FRAMES_PER_SECOND)) / FRAMES_PER_SECOND
        frames = (
            photograph.resize(size, Image.Resampling.LANCZOS, box=self.window(time)).tobytes() for time in times
        )
        output = Path(__file__).resolve().parent.parent / "Samples" / self.name
        output.parent.mkdir(exist_ok=True)
        source = (
            f"-f rawvideo -pixel_format rgb24 -video_size {self.width}x{self.height} -framerate {FRAMES_PER_SECOND} -i -"
        )
        colour = (
            "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
            " -colorspace bt709 -color_primaries bt709 -color_trc bt709"
        )
        encoder = f"-c:v libx264 -preset veryslow -crf {self.quality} -g 60 -threads 1"
        plain = "-map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart"
        command = f"ffmpeg -y -loglevel error {source} {colour} {encoder} {plain}".split()
        subprocess.run([*command, str(output)], input=b"".join(frames), check=True)
        length = output.stat().st_size
        print(f"Samples/{output.name}: {length} bytes")
        if length > MOST_BYTES:
            raise SystemExit(f"{output.name} is larger than {MOST_BYTES} bytes")


PORTRAIT = Clip(
    name="portrait-pan.mp4",
    width=320,
    height=240,
    quality=24,
    path=np.array(
        [
            (0.0, 352.0, 372.0, 300.0),
            (1.0, 352.0, 372.0, 300.0),
            (4.0, 226.0, 180.0, 360.0),
            (4.5, 226.0, 180.0, 360.0),
            (6.5, 222.0, 118.0, 190.0),
            (7.0, 222.0, 118.0, 190.0),
        ]
    ),
)
MOUNTAIN = Clip(
    name="mountain-path.mp4",
    width=320,
    height=180,
    quality=30,
    path=np.array(
        [
            (0.0, 2410.0, 1080.0, 1500.0),
            (3.0, 850.0, 1080.0, 1500.0),
            (6.0, 850.0, 1080.0, 1500.0),
            (9.0, 850.0, 1080.0, 600.0),
        ]
    ),
)
MOUNTAIN_FILE = "lomiri-wallpapers-16.04/usr/share/backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg"


def main() -> None:
    PORTRAIT.write(Image.fromarray(data.astronaut()))
    MOUNTAIN.write(Image.open(default_folder() / MOUNTAIN_FILE))


if __name__ == "__main__":
    main()
