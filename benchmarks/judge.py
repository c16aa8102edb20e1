"""How fast measurements become tables, beside the gunzip of the same bytes. Prints one JSON object.

The input is SYNTHETIC: real measurements of `tests/data/ooni`, repeated with other ids, and padded with a body to about
25 KB, the usual size. Figures are ratios taken in one run, since machines differ and drift.

    python benchmarks/judge.py [--records 20000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import copy
import gc
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isal import igzip

from lightkeeper.judge.verdicts import judge as judge_one
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.nettests import observe, read
from lightkeeper.run.judging import Judged
from lightkeeper.run.tables import Part
from lightkeeper.store.lake import Lake

ROOT = Path(__file__).parent.parent
USUAL_BYTES = 25_000
SAMPLED = 2_000
"""Records over which each step is timed by itself."""
COMMAND = Path(sys.executable).parent / "lightkeeper"


def shapes() -> list[dict[str, Any]]:
    """Real records of the nettests that are judged."""
    found = [json.loads(p.read_bytes()) for p in sorted((ROOT / "tests" / "data" / "ooni").glob("*/*.json"))]
    return [r for r in found if r.get("test_name") in ("web_connectivity", "signal", "telegram", "whatsapp")]


def make_input(folder: Path, records: int, files: int) -> tuple[list[Path], int]:
    """Write the synthetic input. Returns the files and the bytes that they hold, unpacked."""
    dice = random.Random(1)  # noqa: S311 a fixed seed, and no secret
    words = [bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz <>/=", k=12)).decode() for _ in range(4000)]
    made, total = shapes(), 0
    paths = [folder / f"synthetic-{n}.jsonl.gz" for n in range(files)]
    for number, path in enumerate(paths):
        with igzip.open(path, "wb", compresslevel=2) as out:
            for i in range(number, records, files):
                line = json.dumps(padded(made[i % len(made)], i, words, dice))
                total += len(line) + 1
                out.write(line.encode() + b"\n")
    return paths, total


def padded(record: dict[str, Any], number: int, words: list[str], dice: random.Random) -> dict[str, Any]:
    """The record under another id, with the body of its last page (or else a field of its own) grown to usual size."""
    record = copy.deepcopy(record) | {"measurement_uid": f"synthetic-{number:08d}", "report_id": f"r-{number // 40}"}
    room = USUAL_BYTES - len(json.dumps(record))
    filler = " ".join(dice.choices(words, k=max(room, 0) // 13))
    pages = [r.get("response") for r in (record["test_keys"] or {}).get("requests") or []]
    page = next((p for p in pages if isinstance(p, dict) and isinstance(p.get("body"), str) and p.get("code")), None)
    if page is not None:
        page["body"] += filler
    else:
        record["padding"] = filler
    return record


def gunzip(paths: list[Path]) -> float:
    """Seconds that isal alone takes to unpack the files."""
    began = time.perf_counter()
    for path in paths:
        with igzip.open(path, "rb") as file:
            while file.read(1 << 20):
                pass
    return time.perf_counter() - began


def judge(paths: list[Path], out: Path, jobs: int) -> tuple[float, float]:
    """Seconds and peak memory (MB, of the largest process) of `lightkeeper judge --out`."""
    began = time.perf_counter()
    subprocess.run(
        [COMMAND, "judge", *paths, "--out", out, "--jobs", str(jobs), "--json"], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def where_the_time_goes(paths: list[Path], folder: Path) -> dict[str, float]:
    """Microseconds a record of each step, in this process, warmed up; `start_up_ms` is a whole run over one record.

    Each step is timed over the first records of the file, alone: unpack them into lines, decode them, make facts of
    them (decoding taken off), judge the facts, write the rows.
    """
    lines: list[bytes] = []
    with igzip.open(paths[0], "rb") as file:
        lines = list(itertools.islice(file, SAMPLED))
    for line in lines[:200]:
        judge_one(observe(line, file_sha256="0" * 64, line=1))
    gc.collect()
    gc.disable()
    unpack, decode, facts, verdicts, write = [], [], [], [], []
    for number in range(3):
        with igzip.open(paths[0], "rb") as file:
            unpack.append(seconds(lambda f=file: list(itertools.islice(f, SAMPLED))))
        decode.append(seconds(lambda: [read(line) for line in lines]))
        seen: list[Seen] = []
        facts.append(seconds(lambda s=seen: s.extend(observe(x, file_sha256="0" * 64, line=1) for x in lines)))
        judged: list[Judged] = []
        verdicts.append(seconds(lambda s=seen, j=judged: j.extend(Judged("", 1, one, judge_one(one)) for one in s)))
        write.append(seconds(lambda j=judged, n=number: write_part(j, folder / f"steps-{n}")))
    gc.enable()
    of_one = 1e6 / len(lines)
    steps = [("gunzip", min(unpack)), ("decode", min(decode)), ("observe", min(facts) - min(decode))]
    steps += [("judge", min(verdicts)), ("write", min(write))]
    single = folder / "single.jsonl"
    single.write_bytes(lines[0])
    start = min(judge([single], folder / f"single-{n}", 1)[0] for n in range(3))
    return {name: round(took * of_one, 1) for name, took in steps} | {"start_up_ms": round(start * 1000)}


def seconds(step: Callable[[], Any]) -> float:
    """Seconds that a step takes."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def write_part(judged: list[Judged], out: Path) -> None:
    """Put what was judged into columns and write them, as `judge --out` does."""
    part = Part()
    for one in judged:
        part.add(one)
    part.write(Lake(out), "0-00000")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths, total = make_input(folder, arguments.records, 2)
        gunzips, ones, twos, memory = [], [], [], 0.0
        for number in range(arguments.rounds):
            gunzips.append(gunzip(paths))
            one, memory_one = judge(paths, folder / f"one-{number}", 1)
            two, memory_two = judge(paths, folder / f"two-{number}", 2)
            ones.append(one)
            twos.append(two)
            memory = max(memory, memory_one, memory_two)
        one, two, raw = (statistics.median(x) for x in (ones, twos, gunzips))
        print(
            json.dumps(
                {
                    "input": "synthetic, from real shapes",
                    "records": arguments.records,
                    "bytes_a_record": round(total / arguments.records),
                    "processors": os.cpu_count(),
                    "measurements_a_second": round(arguments.records / one),
                    "megabytes_a_second": round(total / one / 1e6),
                    "speed_as_share_of_gunzip": round(raw / one, 3),
                    "speed_of_two_processes_to_one": round(one / two, 3),
                    "peak_memory_mb": round(memory),
                    "rounds": arguments.rounds,
                    "microseconds_a_record": where_the_time_goes(paths, folder),
                }
            )
        )


if __name__ == "__main__":
    main()
