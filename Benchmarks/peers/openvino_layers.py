"""Prints what OpenVINO runs: its executed graph by kind of layer, with kernel, precision and time.

Usage: python openvino_layers.py [--contestant openvino-int8] [--case xs] [--runs 50] [--cache DIR]

Pin it to one core with taskset. A convolution's kernel is that of its weights, T×H×W; `dw` in a kernel's name means
depthwise. The share is of the time of all layers, the median over runs.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import statistics
import tempfile

import case as cases
from case import Case
from contestants import OpenVINO
from lineup import CONTESTANTS


def kind(node: object) -> tuple[str, ...]:
    """What a layer is: its type, a convolution's kernel, and the code and precision that OpenVINO chose for it."""
    info = node.get_rt_info()
    layer, code, precision = (info[key].astype(str) for key in ("layerType", "primitiveType", "runtimePrecision"))
    kernel = list(node.input(1).get_shape())[-3:] if layer == "Convolution" else []
    return layer, "×".join(map(str, kernel)), code, precision


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    names = [name for name, contestant in CONTESTANTS.items() if issubclass(contestant, OpenVINO)]
    parser.add_argument("--contestant", choices=names, default="openvino-int8")
    parser.add_argument("--case", choices=list(cases.EXPANSIONS), default="xs")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--cache", type=pathlib.Path, help="as for compare.py")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        frames, side = cases.EXPANSIONS[options.case]
        case = Case(options.case, frames, side, 1, 1, folder, str(options.cache.resolve()) if options.cache else folder)
        cases.prepare(case)
        contestant = CONTESTANTS[options.contestant](case, PERF_COUNT=True)
        times: dict[str, list[float]] = collections.defaultdict(list)
        for _ in range(options.runs):
            contestant.run(contestant.sample)
            for layer in contestant.request.profiling_info:
                times[layer.node_name].append(layer.real_time.total_seconds() * 1e3)

    counts: collections.Counter[tuple[str, ...]] = collections.Counter()
    milliseconds: collections.Counter[tuple[str, ...]] = collections.Counter()
    for node in contestant.compiled.get_runtime_model().get_ordered_ops():
        if node.get_friendly_name() in times:
            counts[kind(node)] += 1
            milliseconds[kind(node)] += statistics.median(times[node.get_friendly_name()])
    print(f"{case.name}, {contestant.title}, {contestant.precision}: {contestant.version()}")
    for key, total in milliseconds.most_common():
        share = total / sum(milliseconds.values())
        layer, kernel, code, precision = key
        print(f"{counts[key]:4} {layer:15} {kernel:6} {code:26} {precision:4} {total:7.3f} ms {share:6.1%}")


main()
