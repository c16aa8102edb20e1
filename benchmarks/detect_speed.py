"""How fast the detectors are: 100,000 synthetic series of 2,160 hours, in blocks, on as many threads as processors.

Prints one JSON object: seconds for the whole, nanoseconds a step, and the most memory that was held. The series are
made up: a daily and a weekly rhythm, noise, gaps and, in one of a hundred, a cut of 30 % for half a day.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time

import numpy as np

from lightkeeper.detect.changes import level_changes, slow_changes
from lightkeeper.detect.nightly import with_nights
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

HOUR_S = 3600
BEGIN_S = 1_704_067_200


def block(seed: int, series: int, steps: int) -> Matrix:
    """Synthetic hourly series."""
    rng = np.random.default_rng(seed)
    hour = np.arange(steps, dtype=np.float32)
    daily = 1 + rng.uniform(0.1, 0.6, (series, 1)).astype(np.float32) * np.sin(2 * np.pi * hour / 24)
    weekly = 1 - rng.uniform(0, 0.3, (series, 1)).astype(np.float32) * (hour // 24 % 7 >= 5)
    values = 1000 * daily * weekly
    values *= np.exp(0.05 * rng.standard_normal((series, steps), dtype=np.float32))
    values[rng.random((series, steps), dtype=np.float32) < 0.01] = np.nan
    for row in range(0, series, 100):
        begin = int(rng.integers(steps // 2, steps - 24))
        values[row, begin : begin + 12] *= 0.7
    names = [f"synthetic/traffic/s{seed}-{i:06d}/AS{i}" for i in range(series)]
    return Matrix(names, HOUR_S, BEGIN_S, values.astype(np.float32), None)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=2_160)
    parser.add_argument("--block", type=int, default=10_000)
    told = parser.parse_args()
    warm = block(0, 10, 400)
    of_warm = [named(n) for n in warm.names]
    with_nights(warm, of_warm, level_changes(warm, of_warm)[0])
    scan_s = slow_s = cpu_s = 0.0
    found = 0
    for seed, _ in enumerate(range(0, told.series, told.block)):
        matrix = block(seed, min(told.block, told.series), told.steps)
        names = [named(n) for n in matrix.names]
        begin, worked = time.perf_counter(), time.process_time()
        changes, _ = level_changes(matrix, names)
        changes = with_nights(matrix, names, changes)
        middle = time.perf_counter()
        slow = slow_changes(matrix, names)
        scan_s, slow_s = scan_s + middle - begin, slow_s + time.perf_counter() - middle
        cpu_s += time.process_time() - worked
        found += len(changes) + len(slow)
    steps = told.series * told.steps
    print(
        json.dumps(
            {
                "series": told.series,
                "steps": told.steps,
                "processors": os.cpu_count(),
                "scan_s": round(scan_s, 2),
                "slow_s": round(slow_s, 2),
                "cpu_s": round(cpu_s, 2),
                "ns_a_step": round((scan_s + slow_s) / steps * 1e9, 1),
                "changes": found,
                "most_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
