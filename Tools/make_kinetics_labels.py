"""Writes Sources/Zoo/Kinetics400.swift: the class names of Kinetics-400, from torchvision.

Usage: python Tools/make_kinetics_labels.py      (needs torchvision's files; its compiled part is not loaded)
"""

import importlib.metadata
import importlib.util
import pathlib
import runpy

OUTPUT = pathlib.Path(__file__).parent.parent / "Sources/Zoo/Kinetics400.swift"

HEADER = '''// Made by Tools/make_kinetics_labels.py from torchvision {version} (torchvision/models/_meta.py), which is distributed
// under the BSD 3-Clause Licence, Copyright (c) Soumith Chintala 2016.

/// The classes of the Kinetics-400 data set.
public enum Kinetics400 {{
  /// The class names in the order of the model zoo's outputs, which is alphabetical: 5 is archery, for example.
  public static let labels = [
{labels}
  ]
}}
'''


def main() -> None:
    # Found without importing the package, whose compiled operators must match the installed torch.
    package = pathlib.Path(importlib.util.find_spec("torchvision").origin).parent
    labels = runpy.run_path(str(package / "models/_meta.py"))["_KINETICS400_CATEGORIES"]
    assert len(set(labels)) == 400 and labels == sorted(labels)
    assert labels[5] == "archery" and labels[290] == "sharpening knives"
    assert all(label.isascii() and '"' not in label and "\\" not in label for label in labels)
    text = HEADER.format(
        version=importlib.metadata.version("torchvision"),
        labels="\n".join(f'    "{label}",' for label in labels),
    )
    OUTPUT.write_text(text)


if __name__ == "__main__":
    main()
