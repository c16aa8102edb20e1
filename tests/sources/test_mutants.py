"""Mutants of every kind of file that a person may bring: each is read, set aside or refused by name; none is a
traceback, and none takes longer than two seconds of CPU. All samples here are synthetic."""

from __future__ import annotations

import gzip
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lightkeeper.errors import InputError, LightkeeperError
from lightkeeper.model.act import FIRST, Act
from lightkeeper.model.case import Case
from lightkeeper.run import event_files, joining
from lightkeeper.sources import (
    google_traffic,
    ioda,
    ioda_outages,
    mlab_tables,
    mlab_tests,
    mrt,
    ooni_findings,
    ooni_fingerprints,
    reference_files,
    series_files,
    stop,
    tor_metrics,
    tor_users,
)
from lightkeeper.sources.as_number_files import read_file
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.sources.case_reviews import load_reviews
from lightkeeper.sources.case_words import load_words
from lightkeeper.sources.notice_files import load_channels
from places import DATA, ROOT
from sources.test_as_numbers import ANNOUNCED, RIPE
from sources.test_google_traffic import every, reply
from sources.test_mlab import HEADER, TABLE, raw
from sources.test_mrt import WHOLE
from sources.test_notice_files import DESK, HOOK
from sources.test_ooni_findings import FINDING
from sources.test_tor_metrics import COMBINED, RELAY

MADE = 200
NIGHTLY = 4000
CPU_S = 2.0
UGANDA = ROOT / "cases" / "uganda-2021-election"


class Kind(NamedTuple):
    """A file as it should be, where it lies, and what reads it."""

    name: str
    sample: bytes
    read: Callable[[Path], Any]


def drained(read: Callable[[Path], Iterable[Any]]) -> Callable[[Path], Any]:
    return lambda path: deque(read(path), maxlen=0)


def in_case(read: Callable[[Path, Case], Any]) -> Callable[[Path], Any]:
    """A file of a case, whose other files are as they should be."""

    def reading(path: Path) -> Any:
        folder = path.parent
        for origin in UGANDA.iterdir():
            if not (folder / origin.name).exists():
                (folder / origin.name).write_bytes(origin.read_bytes())
        return read(folder, load_case(folder))

    return reading


def of_case(name: str) -> bytes:
    return (UGANDA / name).read_bytes()


def words(folder: Path, case: Case) -> Any:
    return load_words(folder, case, load_documents(folder, case))


def facts(path: Path) -> Any:
    folder = path.parent / "reference" / "days"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "days_x.toml").write_bytes(path.read_bytes())
    return reference_files.days("XA", None, date(1900, 1, 1), date(2100, 1, 1), path.parent)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in (DATA / "stop" / "synthetic_2021.csv").read_text(encoding="utf-8").splitlines()[:4]:
        sheet.append(line.split(","))
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def parquet() -> bytes:
    made = BytesIO()
    times = pa.array([1767225600, 1767229200], pa.timestamp("s", tz="UTC"))
    pq.write_table(pa.table({"series": ["a", "a"], "hour": times, "value": [0.5, None], "n": [4, 0]}), made)
    return made.getvalue()


def data(*parts: str) -> bytes:
    return DATA.joinpath(*parts).read_bytes()


SERIES = b"series,hour,value,n\na,2026-01-01T00:00:00Z,0.5,4\na,2026-01-01T01:00:00Z,,0\n" * 3
DAYS = next((ROOT / "src/lightkeeper/sources/reference").glob("days_*.toml")).read_bytes()[:6000]
EVENT = msgspec.json.encode(
    {"series": ["a"], "kind": "outage", "onset_earliest": "2026-01-01T00:00Z", "onset_latest": "2026-01-01T01:00Z"}
)
PLAIN = b"event_id,country,onset_earliest,onset_latest\ne,IR,2026-01-01T00:00Z,2026-01-01T01:00Z\n"
SPEED = HEADER.encode() + b"".join(raw(1_390_000_000 + n).encode() for n in range(5))
HOURS = b"date and time,value\n" + b"".join(b"2026-01-01 %02d:00,%d\n" % (n, n) for n in range(12))
ACT = msgspec.json.encode(
    Act(
        number=1, at=datetime(2026, 1, 1, tzinfo=UTC), by="Ann Other", verb="dispute", incident_ids=["a"], events=["e"],
        documents=["d"], because="It was repaired within the hour, as both sides say.", before=FIRST,
    )
)  # fmt: skip


FINDINGS = msgspec.json.encode({"incidents": [FINDING]})


def google(path: Path) -> Any:
    return deque(google_traffic.read_any(path, "ru"), maxlen=0)


KINDS = {
    "STOP as CSV": Kind("stop.csv", data("stop", "synthetic_2021.csv"), drained(stop.read)),
    "STOP as workbook": Kind("stop.xlsx", workbook(), drained(stop.read)),
    "IODA's dashboard": Kind("a.csv", data("ioda", "synthetic_dashboard.csv"), drained(lambda p: ioda.read(p, "IR"))),
    "IODA's outages": Kind("outages.csv", data("ioda", "synthetic_investigated.csv"), drained(ioda_outages.read)),
    "Tor's detector": Kind("tor.csv", data("tor", "synthetic_users.csv"), drained(lambda p: tor_users.read(p, "zz"))),
    "Tor Metrics": Kind("relay.csv", RELAY, drained(tor_metrics.read)),
    "Tor Metrics, combined": Kind("combined.csv", COMBINED, drained(tor_metrics.read)),
    "Google as reply": Kind("google.json", reply(every(2, 20)), google),
    "Google as CSV": Kind("google.csv", HOURS, google),
    "M-Lab's table": Kind("mlab.csv", TABLE.encode(), drained(mlab_tables.read)),
    "M-Lab's tests": Kind("tests.csv", SPEED, drained(lambda p: mlab_tests.read(p, "VE"))),
    "series as CSV": Kind("series.csv", SERIES, lambda p: series_files.read_points([p])),
    "series as Parquet": Kind("series.parquet", parquet(), lambda p: series_files.read_points([p])),
    "AS numbers of a registry": Kind("ripe.txt", RIPE.encode(), read_file),
    "AS numbers by range": Kind("ranges.csv", ANNOUNCED.encode(), read_file),
    "OONI's findings": Kind("findings.json", FINDINGS, drained(ooni_findings.read)),
    "fingerprints": Kind("dns.csv", data("fingerprints", "dns.csv"), drained(ooni_fingerprints.read)),
    "events as lines": Kind("events.jsonl", EVENT + b"\n" + EVENT + b"\n", drained(event_files.read_events)),
    "events as CSV": Kind("events.csv", PLAIN, drained(event_files.read_events)),
    "documents to match": Kind("papers.csv", data("stop", "synthetic_2019.csv"), drained(joining.read_documents)),
    "MRT": Kind("updates.mrt", WHOLE, drained(mrt.read)),
    "notices": Kind("notices.toml", (DESK + HOOK).encode(), load_channels),
    "facts of a person": Kind("facts.toml", DAYS, facts),
    "a case": Kind(f"{UGANDA.name}/case.toml", of_case("case.toml"), in_case(lambda _, case: case)),
    "words of a case": Kind(f"{UGANDA.name}/case.fa.toml", of_case("case.fa.toml"), in_case(words)),
    "documents of a case": Kind(f"{UGANDA.name}/documents.csv", of_case("documents.csv"), in_case(load_documents)),
    "outages of a case": Kind(f"{UGANDA.name}/outages.csv", of_case("outages.csv"), in_case(load_outages)),
    "acts of a case": Kind("reviews.jsonl", ACT + b"\n", lambda p: load_reviews(p.parent)),
}  # fmt: skip

ODD = [
    b"", b"-1", b"1e999", b"nan", b"99999999999999999999999999", b"\x00", b"\xff\xfe", "\u202e".encode(), b'"', b"\n",
    b"\r", b",,,,,,", b"=cmd|'/c'!A0", b"9999-12-31T23:59:59Z", b"0001-01-01", b"2026-02-30", b"[" * 3000, b"{" * 3000,
    b"A" * 100_000, b"\xef\xbb\xbf", b"'''", b"[[x]]", b"a.b.c = 1\n", b"1" * 5000,
]  # fmt: skip


def mutant(sample: bytes, dice: random.Random) -> bytes:
    """The sample with some changes: of bits, of pieces, of single values, of its end; at times it is packed, too."""
    made = bytearray(sample)
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randrange(len(made) + 1), dice.choice([0, 1, 3, 20, 300])
        how = dice.randrange(6)
        if how == 0 and made:
            made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
        elif how == 1:
            made[at : at + length] = dice.choice(ODD)
        elif how == 2:
            made[at:at] = made[dice.randrange(len(made) + 1) :][: dice.choice([10, 500])] * dice.choice([1, 5])
        elif how == 3:
            del made[at : at + length]
        elif how == 4:
            made = made[: max(1, at)]
        else:
            cells = bytes(made).split(b",")
            cells[dice.randrange(len(cells))] = dice.choice(ODD)
            made = bytearray(b",".join(cells))
    if dice.random() < 0.1:
        packed = bytearray(gzip.compress(bytes(made), mtime=0))
        if dice.random() < 0.7:
            packed[dice.randrange(len(packed))] ^= 1 << dice.randrange(8)
        return bytes(packed[: dice.randrange(1, len(packed))] if dice.random() < 0.3 else packed)
    return bytes(made)


def tried(folder: Path, kind: Kind, count: int, seed: int) -> tuple[int, int]:
    """How many mutants were read, and how many refused."""
    dice, counts = random.Random(seed), [0, 0]
    path = folder / kind.name
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path.write_bytes(mutant(kind.sample, dice))
        begun, refused = time.process_time(), None
        try:
            kind.read(path)
        except LightkeeperError as error:
            refused = error
        except Exception as error:
            raise AssertionError(f"mutant {number} of seed {seed}: {type(error).__name__}: {error}") from error
        counts[refused is not None] += 1
        assert refused is None or (refused.remedy and str(refused).replace("\n", "").isprintable()), (number, refused)
        assert time.process_time() - begun < CPU_S, f"mutant {number} of seed {seed} takes too long"
    return counts[0], counts[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_itself_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / KINDS[kind].name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(KINDS[kind].sample)
    KINDS[kind].read(path)


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_of_a_file_ends_in_a_traceback_or_hangs(tmp_path: Path, kind: str) -> None:
    tried(tmp_path, KINDS[kind], MADE, 1)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_of_thousands_ends_in_a_traceback_or_hangs(tmp_path: Path, kind: str) -> None:
    tried(tmp_path, KINDS[kind], NIGHTLY, 2)


def bomb(text: bytes, size: int) -> bytes:
    """Bytes of gzip that unpack to `size` times the text."""
    return gzip.compress(text * size, 9, mtime=0)


BOMBS = {
    "one endless line": bomb(b"a" * 1000, 300_000),
    "empty lines": b"".join([gzip.compress(b"series,hour,value,n\n"), bomb(b"\n" * 1000, 300_000)]),
    "tiny rows": b"".join([gzip.compress(b"series,hour,value,n\n"), bomb(b"a,1,1,1\n" * 100, 400_000)]),
    "rows that cannot be read": b"".join([gzip.compress(b"series,hour,value,n\n"), bomb(b"?\n" * 1000, 100_000)]),
}


@pytest.mark.parametrize("kind", [k for k, v in KINDS.items() if v.name.endswith(".csv") and "case" not in k])
@pytest.mark.parametrize("how", BOMBS)
def test_a_bomb_is_refused_by_name_before_it_fills_the_machine(tmp_path: Path, kind: str, how: str) -> None:
    path = tmp_path / KINDS[kind].name
    path.write_bytes(BOMBS[how])
    assert path.stat().st_size < 2_000_000
    with pytest.raises(InputError) as caught:
        KINDS[kind].read(path)
    assert str(path) in str(caught.value)
