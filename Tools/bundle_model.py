"""Makes a bundled model of a trained one: configuration, preprocessing, and the weights in float16, which halves them.

Run: `python Tools/bundle_model.py TRAINED_FOLDER Sources/Zoo/Bundled/NAME`, with `pip install numpy`.
"""

from __future__ import annotations

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "preprocessor_config.json"):
        shutil.copyfile(source / name, target / name)
    data = (source / "model.safetensors").read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    tensors = json.loads(data[8 : 8 + length])
    header, body = {}, b""
    for name, tensor in sorted(tensors.items()):
        if name == "__metadata__":
            continue
        assert tensor["dtype"] == "F32", f"{name} is {tensor['dtype']}"
        first, last = tensor["data_offsets"]
        numbers = np.frombuffer(data, np.float32, (last - first) // 4, 8 + length + first)
        halves = numbers.astype(np.float16)
        assert np.isfinite(halves).all(), f"{name} does not fit float16"
        header[name] = {
            "dtype": "F16",
            "shape": tensor["shape"],
            "data_offsets": [len(body), len(body) + 2 * len(halves)],
        }
        body += halves.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)  # data starts on a cache line
    (target / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)


if __name__ == "__main__":
    main()
