#!/usr/bin/env python3
"""Computes how long a run takes on fast and slow cores, from a profile on one core.

    accelerator profile --model x3d_xs --random-weights 1 --input-shape 1x3x4x160x160 --format json > profile.json
    Benchmarks/thread_model.py profile.json --milliseconds 47 --cores 1 1 0.3 0.3

Steps take what they take in the profile, scaled to a run of so many milliseconds on a core of speed 1, and are divided into tiles as
a plan divides them. Printed are the milliseconds with equal shares of each step and with tiles that workers take from each other
(Sources/CPU/Session/Stages.swift), and what all cores together would take if nobody ever waited.
"""
import argparse
import heapq
import json

TILES_OF_A_WORKER = 8
OPENING = 0.0005  # milliseconds from a step's end to the start of the next one


def tile_count(row):
    """Rows, blocks of pixels or panels of channels, about as a plan chooses them."""
    shape = row["operations"][-1]["output_shapes"][0]
    if any(name in row["kernel"] for name in ("squeeze", "add_pixels")):
        return 1
    if len(shape) != 5:
        return max(shape[1] // 48, 1)
    if "pointwise" in row["kernel"]:
        return max(shape[2] * shape[3] * shape[4] // 12, shape[1] // 32, 1)
    return max(shape[3], shape[1] // 16)


def equal_shares(steps, speeds):
    workers = len(speeds)
    time = 0
    for cost, tiles in steps:
        if tiles == 1:
            time += cost / speeds[0]
            continue
        ends = [tiles * worker // workers for worker in range(workers + 1)]
        time += OPENING + max(cost * (ends[w + 1] - ends[w]) / tiles / speeds[w] for w in range(workers))
    return time


def take(left, worker):
    """The number of tiles that a worker takes from its share, or from the next one that has some."""
    first, end = left[worker]
    if first < end:
        count = max(1, (end - first) // 2)
        left[worker] = (first + count, end)
        return count
    for distance in range(1, len(left)):
        other = (worker + distance) % len(left)
        if left[other][0] < left[other][1]:
            left[other] = (left[other][0], left[other][1] - 1)
            return 1
    return 0


def taken_tiles(steps, speeds, runs=30):
    """The time of the last of some runs, in which shares have become those of the speeds."""
    workers = len(speeds)
    shares = [1.0] * workers
    for _ in range(runs):
        time, last_worker, done = 0, 0, [0.0] * workers
        for cost, tiles in steps:
            if tiles == 1:
                time += cost / speeds[last_worker]
                continue
            tiles = min(tiles, TILES_OF_A_WORKER * workers)
            ends = [round(tiles * sum(shares[:worker]) / sum(shares)) for worker in range(workers + 1)]
            left = list(zip(ends, ends[1:]))
            free = [(time, worker) for worker in range(workers)]
            while free:
                now, worker = heapq.heappop(free)
                count = take(left, worker)
                if count:
                    end = now + cost * count / tiles / speeds[worker]
                    done[worker] += count / tiles
                    if end > time:
                        time, last_worker = end, worker
                    heapq.heappush(free, (end, worker))
            time += OPENING
        shares = [max(share + (part / sum(done) * workers - share) / 4, 0.05) for share, part in zip(shares, done)]
    return time


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("profile")
    parser.add_argument("--milliseconds", type=float, required=True, help="of a run on a core of speed 1")
    parser.add_argument("--cores", type=float, nargs="+", required=True, help="the speeds of the cores")
    options = parser.parse_args()
    rows = json.load(open(options.profile))["rows"]
    scale = options.milliseconds / sum(row["time_ms"] for row in rows)
    steps = [(row["time_ms"] * scale, tile_count(row)) for row in rows]
    print(f"equal shares {equal_shares(steps, options.cores):.1f} ms, tiles {taken_tiles(steps, options.cores):.1f} ms, "
          f"all cores busy {options.milliseconds / sum(options.cores):.1f} ms")


if __name__ == "__main__":
    main()
