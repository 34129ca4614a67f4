"""Makes a data set of the real clips: a folder for each label, to look at what a model says of films that nobody made for it.

`camera_motion/clips.tsv` says from when to when a clip shows one motion, as one sees it frame by frame, and where the clip is
from; `scripts/fetch-camera-motion clips` fetches it. Where a row allows more than one label, the folder is the first one's, and
`FOLDER/labels.tsv` has them all.

Run: `python Tools/cut_camera_clips.py FOLDER`, with `pip install -r Tools/camera_motion/requirements.txt`.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import av

from camera_motion.photographs import default_folder


def cut(source: Path, begin: float, end: float, output: Path) -> None:
    """The frames from `begin` to `end`, in seconds, encoded again with hardly any loss."""
    with av.open(str(source)) as film, av.open(str(output), "w") as container:
        rate = film.streams.video[0].average_rate
        # Some containers begin at another time than zero.
        first, stream, count = None, None, 0
        for frame in film.decode(video=0):
            first = frame.time if first is None else first
            if not begin <= frame.time - first <= end:
                continue
            if stream is None:
                stream = container.add_stream("libx264", rate=rate)
                # H.264's colours have half the size.
                stream.width, stream.height, stream.pix_fmt = frame.width // 2 * 2, frame.height // 2 * 2, "yuv420p"
                stream.options = {"crf": "12", "preset": "veryfast", "threads": "1"}
            image = frame.reformat(stream.width, stream.height, "yuv420p")
            image.pts, image.time_base, count = count, 1 / rate, count + 1
            container.mux(stream.encode(image))
        if stream is not None:
            container.mux(stream.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    clips = default_folder().parent / "clips"
    parser.add_argument("--clips", type=Path, default=clips, help="where scripts/fetch-camera-motion put them")
    arguments = parser.parse_args()
    table = Path(__file__).parent / "camera_motion" / "clips.tsv"
    with table.open(encoding="utf-8") as rows:
        segments = list(csv.DictReader(rows, delimiter="\t"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with (arguments.folder / "labels.tsv").open("w", newline="", encoding="utf-8") as labels:
        writer = csv.writer(labels, delimiter="\t")
        writer.writerow(["video", "labels", "seen"])
        for row in segments:
            package = row["source"].split(":")[1].split("=")[0]
            output = arguments.folder / row["labels"].split("|")[0] / f"{Path(row['name']).stem}-{row['from']}.mp4"
            output.parent.mkdir(exist_ok=True)
            cut(arguments.clips / package / row["file"], float(row["from"]), float(row["to"]), output)
            writer.writerow([output.relative_to(arguments.folder), row["labels"], row["seen"]])


if __name__ == "__main__":
    main()
