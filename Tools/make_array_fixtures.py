"""Writes the .npy files of Tests/Fixtures/arrays with NumPy, and what they hold to expected.json.

Usage: python Tools/make_array_fixtures.py      (needs numpy)
"""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "Tests/Fixtures/arrays"
TYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"]


def values(dtype: np.dtype, count: int) -> np.ndarray:
    """Numbers that every type holds exactly, the type's extremes among them."""
    if dtype.kind == "b":
        return np.arange(count) % 3 == 1
    if dtype.kind == "f":
        return ((np.arange(count) - count // 2) / 8).astype(dtype)
    array = np.arange(count).astype(dtype)
    if dtype.itemsize < 8:  # the expected values are float64
        array[:2] = np.iinfo(dtype).min, np.iinfo(dtype).max
    return array


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}

    def save(name: str, array: np.ndarray, version=(1, 0)) -> None:
        with open(FOLDER / name, "wb") as file:
            np.lib.format.write_array(file, array, version=version)
        expected[name] = {
            "dtype": array.dtype.name, "shape": list(array.shape),
            "values": [float(value) for value in array.ravel(order="C")],
        }

    for code in TYPES:
        little = values(np.dtype("<" + code), 6).reshape(2, 3)
        save(f"little_{code}.npy", little)
        save(f"big_{code}_fortran.npy", np.asfortranarray(little.astype(">" + code)))
    save("scalar.npy", np.array(2.5, np.float32))
    save("vector_v2.npy", np.arange(3, dtype=np.float32), version=(2, 0))
    save("empty_v3.npy", np.zeros((2, 0, 3), np.float32), version=(3, 0))
    save("fortran_4d.npy", np.asfortranarray(np.arange(120, dtype=np.int16).reshape(2, 3, 4, 5)))

    np.save(FOLDER / "refused_objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(FOLDER / "refused_text.npy", np.array(["a"]))
    np.save(FOLDER / "refused_records.npy", np.zeros(2, dtype=[("a", "<f4")]))
    np.savez(FOLDER / "refused_archive.npz", np.zeros(2))
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
