"""Gather: choose from OONI's raw measurements those that bear on a case, and put them into its folder, unchanged.

What is kept is decided before anything is judged, and by nothing that a measurement says of blocking: country, time,
what was tested, on which network. Where there are too many of one kind, a lot decides: the SHA-256 of the record and of
the file that it stands in. So another run keeps the same, and nobody who sends one can steer it.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from isal import isal_zlib

from lightkeeper import __version__
from lightkeeper.archive import Archive
from lightkeeper.archive.atomic import replace_file
from lightkeeper.errors import CaseError, InputError, SetAside
from lightkeeper.ledger.voices import service_of
from lightkeeper.model import File
from lightkeeper.model.case import Case, Watched
from lightkeeper.model.gathered import Gathered, GatheredFile
from lightkeeper.observe import decode
from lightkeeper.observe.nettests import NETTESTS, read
from lightkeeper.run.judging import MISREAD, files_of, sha256_of
from lightkeeper.settings import Settings
from lightkeeper.sources import ooni, ooni_bucket

FOLDER = "measurements"
RECORD = "gathered.json"
"""File of the case that says what was asked for, and out of which files what came."""
MOST = 10
"""Measurements of one service that one network may give a day."""
LATE_DAYS = 2
"""Days after the window in which measurements of it still come in: OONI files them by the day that it got them."""
ELSEWHERE = ("DE", "NL", "US")
"""Countries whose measurements of apps and tools are the control, since these carry none of their own."""
ELSEWHERE_HOURS = 12
"""One file of each nettest for so many hours is enough of them: what failed is compared within twelve hours."""
OWN_CONTROL = "web_connectivity"
OTHERS = ""
"""All that is not watched is of one kind: it shows whether lines were open, and whether they were meddled with."""


class Raw(NamedTuple):
    """A file to read: what to record of it, where it lies, and whether somebody named it or it was in a folder."""

    source: GatheredFile
    path: Path
    named: bool = True


class Asked(NamedTuple):
    """What is chosen."""

    country: str
    elsewhere: frozenset[str]
    begin: datetime
    end: datetime
    watched: list[Watched]
    most: int = MOST


class Kind(NamedTuple):
    """Measurements of which only so many are kept: of a service, by a network, on a day."""

    country: str
    day: date
    service: str
    asn: int


def asked_of(case: Case, elsewhere: Iterable[str] = ELSEWHERE, most: int = MOST) -> Asked:
    """What a case asks for: its window and what it watches. The country itself is not its own control."""
    begin, end = case.window
    return Asked(case.country, frozenset(elsewhere) - {case.country}, begin, end, case.watched, most)


def days_of(case: Case, today: date) -> tuple[date, date]:
    """First day in UTC on which OONI got measurements of the window, and the day after the last one.

    Raises InputError where the window has not begun.
    """
    begin, end = case.window
    if begin.date() > today:
        raise InputError(
            f"the window of {case.id} begins on {begin:%Y-%m-%d}", remedy="Nothing can be gathered before that day"
        )
    return begin.date(), min(end.date() + timedelta(days=LATE_DAYS), today) + timedelta(days=1)


def plan(case: Case, elsewhere: Iterable[str], today: date, settings: Settings) -> list[ooni_bucket.Remote]:
    """The files of OONI's bucket to read: all of the country, and of other countries what a control needs.

    Raises InputError where the window has not begun, SourceUnavailable where the bucket cannot be listed.
    """
    since, until = days_of(case, today)
    remotes, tests = ooni_bucket.plan(case.country, since, until, None, settings), tests_elsewhere(case)
    for code in elsewhere if tests else ():
        remotes += ooni_bucket.sparse(ooni_bucket.plan(code, since, until, tests, settings), ELSEWHERE_HOURS)
    return remotes


def tests_elsewhere(case: Case) -> list[str]:
    """Nettests whose records need a control of other countries: those of what is watched, but for websites."""
    services = {target.split("/", 1)[0] for w in case.watched for target in w.targets}
    return sorted(services & NETTESTS.keys() - {OWN_CONTROL})


def check_room(folder: Path, case: Case) -> None:
    """Raise CaseError where the build would not read what is gathered."""
    name = f"{FOLDER}/ooni-{case.country}-{case.event.day}.jsonl.gz"
    if not any(Path(name).match(pattern) for pattern in case.measurements):
        raise CaseError(
            "the case names no measurements that gathered ones would be among",
            remedy=f'Add "{FOLDER}/*.jsonl.gz" to `measurements`, above the first table of case.toml',
            where=str(folder / "case.toml"),
        )


def gather(
    folder: Path,
    case: Case,
    asked: Asked,
    files: Sequence[Raw],
    *,
    on_file: Callable[[int], None] = lambda _: None,
) -> Gathered:
    """Choose from the files and write a file a country and day. The rest of the folder stays.

    Files that an earlier run made and this one does not are taken away. Safe to run again after a kill.
    Raises CaseError where the case would not read what comes.
    """
    check_room(folder, case)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryFile(prefix="lightkeeper-") as spool:
        heap = _Heap(spool, asked.most)
        for number, raw in enumerate(files, 1):
            for found in ooni.read(raw.path, named=raw.named):
                counts["seen"] += 1
                counts[_take(found, raw.source, asked, heap)] += 1
            on_file(number)
        written = _write(folder / FOLDER, heap)
    record = Gathered(
        case=case.id,
        lightkeeper=__version__,
        gathered_at=datetime.now(UTC).replace(microsecond=0),
        country=asked.country,
        elsewhere=sorted(asked.elsewhere),
        since=asked.begin,
        until=asked.end,
        watched=sorted({target for w in asked.watched for target in w.targets}),
        most=asked.most,
        seen=counts["seen"],
        kept=sum(written.values()),
        not_of_the_case=counts["not_of_the_case"],
        beyond_most=counts["offered"] - sum(written.values()),
        set_aside=counts["set_aside"],
        files=written,
        sources=[raw.source for raw in files],
    )
    _finish(folder, record)
    return record


def archived(files: Iterable[File], archive: Archive) -> list[Raw]:
    """Files of the archive, each under the address that it came from. The archive knows their SHA-256."""
    return [Raw(GatheredFile(f.url, f.sha256, f.bytes), archive.path_of(f.sha256)) for f in files]


def brought(paths: Iterable[Path]) -> list[Raw]:
    """Files that a person has, and those in folders, under their names: where they lie is nobody's business.

    Raises InputError for one that cannot be read.
    """
    return [Raw(_source(found), found, named) for path in paths for found, named in files_of(path)]


def _source(path: Path) -> GatheredFile:
    try:
        return GatheredFile(path.name, sha256_of(path), path.stat().st_size)
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise InputError(what, remedy="Check its name, and that you may read it", where=str(path)) from error


def _take(found: ooni.Record | ooni.Unreadable, source: GatheredFile, asked: Asked, heap: _Heap) -> str:
    """Offer a record that is asked for. Returns as what it counts."""
    if isinstance(found, ooni.Unreadable):
        return "set_aside"
    try:
        chosen = _kind_of(found.data, asked)
    except (SetAside, *MISREAD):
        return "set_aside"
    if chosen is None:
        return "not_of_the_case"
    heap.offer(*chosen, found.data, source.sha256)
    return "offered"


def _kind_of(data: bytes, asked: Asked) -> tuple[Kind, datetime] | None:
    """The kind of a record and its time; none for one that is not asked for. Raises SetAside for one that is broken."""
    envelope, nettest, _, _ = read(data)
    at = decode.when(envelope.measurement_start_time) or decode.when(envelope.test_start_time)
    country, asn = decode.country(envelope.probe_cc) or "", decode.asn(envelope.probe_asn) or 0
    if at is None or not asked.begin <= at < asked.end or nettest is None:
        return None
    service = _service_of(asked.watched, nettest.target(envelope))
    if country in asked.elsewhere:
        if service == OTHERS or envelope.test_name == OWN_CONTROL:
            return None
    elif country != asked.country:
        return None
    return Kind(country, at.date(), service, asn), at


def _service_of(watched: list[Watched], target: str) -> str:
    """The watched service of a target, or of one of its parts: the target `tor` may hold what `tor/obfs4*` names."""
    found = service_of(watched, target)
    if found is not None:
        return found
    return next((w.id for w in watched if any(t.startswith(f"{target}/") for t in w.targets)), OTHERS)


class _Entry(NamedTuple):
    """A record that is kept so far. The highest lot comes first, as it is the first to go."""

    negative_lot: int
    record: bytes
    at: datetime
    begin: int
    size: int


class _Heap:
    """The records of each kind with the lowest lots. Their bytes lie, packed, in a file: only places are held."""

    def __init__(self, spool: BinaryIO, most: int) -> None:
        self._spool = spool
        self._most = most
        self._kept: defaultdict[Kind, list[_Entry]] = defaultdict(list)
        self._end = 0

    def offer(self, kind: Kind, at: datetime, data: bytes, salt: str) -> None:
        """Keep a record if it is among the lowest of its kind. Of two equal ones the first is kept."""
        kept, record = self._kept[kind], hashlib.sha256(data).digest()
        lot = -int.from_bytes(hashlib.sha256(salt.encode() + record).digest(), "big")
        full = len(kept) >= self._most
        if (full and lot <= kept[0].negative_lot) or any(one.record == record for one in kept):
            return
        packed = isal_zlib.compress(data, 1)
        self._spool.seek(self._end)
        self._spool.write(packed)
        entry = _Entry(lot, record, at, self._end, len(packed))
        self._end += len(packed)
        if full:
            heapq.heapreplace(kept, entry)
        else:
            heapq.heappush(kept, entry)

    def days(self) -> Iterator[tuple[str, date, Iterator[bytes]]]:
        """Records by country and day, each day in order of time."""
        groups: defaultdict[tuple[str, date], list[_Entry]] = defaultdict(list)
        for kind, kept in self._kept.items():
            groups[kind.country, kind.day] += kept
        for (country, day), rows in sorted(groups.items()):
            rows.sort(key=lambda one: (one.at, one.record))
            yield country, day, (self._at(one.begin, one.size) for one in rows)

    def _at(self, begin: int, size: int) -> bytes:
        self._spool.seek(begin)
        data: bytes = isal_zlib.decompress(self._spool.read(size))
        return data


def _write(folder: Path, heap: _Heap) -> dict[str, int]:
    """Write each country's day to a file that appears whole. Returns the measurements in each."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".ooni-*.part"):  # by a run that was killed
        left.unlink(missing_ok=True)
    written: dict[str, int] = {}
    for country, day, records in heap.days():
        final = folder / f"ooni-{country}-{day}.jsonl.gz"
        count = 0
        made = folder / f".{final.name}.part"
        with made.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as out:
            for data in records:
                out.write(_one_line(data) + b"\n")
                count += 1
        replace_file(made, final)
        written[f"{FOLDER}/{final.name}"] = count
    return written


def _one_line(data: bytes) -> bytes:
    """A record on a line of its own: as it is, but for line breaks between its parts."""
    return data if b"\n" not in data and b"\r" not in data else msgspec.json.format(data, indent=-1)


def _finish(folder: Path, record: Gathered) -> None:
    """Take away what an earlier run made and this one did not, and write down what this one did."""
    path = folder / RECORD
    for name in _earlier(folder) - {Path(name).name for name in record.files}:
        (folder / FOLDER / name).unlink(missing_ok=True)
    made = folder / f".{RECORD}.part"
    made.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    replace_file(made, path)


def _earlier(folder: Path) -> set[str]:
    """Names, without a folder, of files that the record of an earlier run lists and that such a run can have made."""
    record = load_gathered(folder)
    names = {Path(name).name for name in record.files} if record else set()
    return {name for name in names if name.startswith("ooni-") and name.endswith(".jsonl.gz")}


def load_gathered(folder: Path) -> Gathered | None:
    """The record of the last run in a case's folder; none where nothing was gathered. Raises CaseError."""
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Gathered)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = f"this is not the record of what was gathered: {error}"
        raise CaseError(what, remedy="Remove it and gather again", where=str(path)) from error
