"""How much memory and time comparing networks takes as tables grow. Prints one JSON object.

The input is SYNTHETIC: real measurements of `tests/data/ooni` under other ids, as if 48 networks of 12 countries had
made them over ten days. Records are not padded: `judge --across` reads
tables, which hold no page.

    python benchmarks/across.py [--records 60000 180000]
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from isal import igzip

from judge import COMMAND, shapes

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 240
COUNTRIES = ("IR", "DE", "FR", "US", "NL", "IT", "BR", "IN", "JP", "KE", "TR", "MX")
NETWORKS = [(country, 64512 + 4 * n + m) for n, country in enumerate(COUNTRIES) for m in range(4)]


def make_input(path: Path, records: int) -> None:
    """Write the synthetic input."""
    dice, made = random.Random(1), shapes()  # noqa: S311 a fixed seed, and no secret
    with igzip.open(path, "wb", compresslevel=2) as out:
        for number in range(records):
            out.write(
                json.dumps(
                    placed(made[number % len(made)], number, NETWORKS[number // len(made) % len(NETWORKS)], dice)
                ).encode()
                + b"\n"
            )


def placed(record: dict[str, Any], number: int, network: tuple[str, int], dice: random.Random) -> dict[str, Any]:
    """The record under another id, from a network and an hour of its own. A report holds some forty of them."""
    country, asn = network
    at = BEGIN + timedelta(hours=dice.randrange(HOURS), seconds=dice.randrange(3600))
    when = f"{at:%Y-%m-%d %H:%M:%S}"
    record = copy.deepcopy(record)
    record |= {"measurement_uid": f"synthetic-{number:08d}", "report_id": f"r-{asn}-{number // 2000}"}
    return record | {
        "probe_cc": country,
        "probe_asn": f"AS{asn}",
        "test_start_time": when,
        "measurement_start_time": when,
    }


def peak_mb() -> float:
    """Peak memory of the largest child so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def measure(records: int) -> dict[str, Any]:
    """Time and peak memory of `judge --across` over tables of so many measurements, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, out = folder / "synthetic.jsonl.gz", folder / "out"
        make_input(source, records)
        run(source, out)
        began, before = time.perf_counter(), peak_mb()
        printed = run(source, out, "--across")
        return {
            "records": records,
            "seconds": round(time.perf_counter() - began, 1),
            "peak_memory_mb": round(peak_mb()),
            "peak_memory_of_judging_alone_mb": round(before),
            "said": json.loads(printed.splitlines()[-1]) if printed.strip() else None,
        }


def run(source: Path, out: Path, *more: str) -> str:
    """Run `lightkeeper judge` and give what it printed."""
    command = [COMMAND, "judge", source, "--out", out, "--json", *more]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Run the benchmark: each size in a process of its own, so that each has a peak of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[60_000, 180_000])
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(measure(arguments.records[0])))
        return
    made = []
    for records in arguments.records:
        command = [sys.executable, __file__, "--alone", "--records", str(records)]
        made.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    print(json.dumps({"input": "synthetic, from real shapes", "processors": os.cpu_count(), "runs": made}))


if __name__ == "__main__":
    main()
