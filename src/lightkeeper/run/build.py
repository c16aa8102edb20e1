"""Build a case: from its files to its pages, one room after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from lightkeeper import __version__
from lightkeeper.archive import Archive
from lightkeeper.detect.merge import detect_all
from lightkeeper.evidence.manifest import write_manifest
from lightkeeper.incidents.join import join
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.ledger.answer import answer, headline
from lightkeeper.model import (
    Ask,
    Cell,
    Control,
    Document,
    Event,
    File,
    Incident,
    Measurement,
    Observation,
    Signal,
    Table,
    Verdict,
)
from lightkeeper.model.case import Case, SeriesFile
from lightkeeper.publish.book import Book
from lightkeeper.publish.site import write_index, write_site
from lightkeeper.run.judging import Aside, Judged, judge_paths, keep_readable
from lightkeeper.settings import Settings
from lightkeeper.signals import cells, country_cells
from lightkeeper.sources import tor_users
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.store.lake import Lake

STEPS = (
    "Read the case",
    "Archive raw files",
    "Judge measurements",
    "Chart series",
    "Join the record",
    "Answer the asks",
    "Store the tables",
    "Write the pages",
)
WARM_UP = timedelta(days=60)
"""Days before the charted ones from which the expected values are learnt, where the series has them."""

Step = Callable[[str], None]


class Built(msgspec.Struct, frozen=True):
    """What a build made."""

    case: Case
    asks: list[Ask]
    incidents: list[Incident]
    headline: str
    folder: Path
    set_aside: list[Aside]
    missing_series: list[SeriesFile]


def build_case(folder: Path, out: Path, settings: Settings, *, on_step: Step = lambda _: None) -> Built:
    """Build the case in `folder` into `out/<case id>`. Safe to run again. Raises CaseError for a case that is wrong."""
    on_step(STEPS[0])
    case = load_case(folder)
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    on_step(STEPS[1])
    archive = Archive(settings.data_dir / "archive")
    kept = _archive_files(archive, folder, case)
    on_step(STEPS[2])
    judged, aside = _judge(folder, case)
    on_step(STEPS[3])
    lake = Lake(settings.data_dir / "tables")
    signals, drops, missing = _series(folder, case, lake, aside)
    on_step(STEPS[4])
    events = sorted([*outages, *drops], key=lambda e: (e.onset_earliest, e.event_id))
    incidents = join(case, events, documents)
    on_step(STEPS[5])
    measurements = [j.seen.measurement for j in judged]
    verdicts = [v for j in judged for v in j.verdicts]
    asks = answer(case, incidents, documents, measurements, verdicts)
    said = headline(case, asks)
    on_step(STEPS[6])
    counted = cells(measurements, verdicts)
    tables: dict[type[Table], Sequence[Table]] = {
        File: kept,
        Measurement: measurements,
        Observation: [o for j in judged for o in j.seen.observations],
        Control: [c for j in judged for c in j.seen.controls],
        Verdict: verdicts,
        Cell: [*counted, *country_cells(counted)],
        Signal: [row for series in signals.values() for row in series],
        Event: events,
        Document: documents,
        Incident: incidents,
        Ask: asks,
    }
    for table, rows in tables.items():
        lake.write(table, rows, part=case.id)
    on_step(STEPS[7])
    book = Book(
        case=case,
        files=kept,
        documents=documents,
        events=events,
        incidents=incidents,
        asks=asks,
        signals=signals,
        measurements=measurements,
        verdicts=verdicts,
        observations=[o for j in judged for o in j.seen.observations],
        set_aside=[msgspec.to_builtins(a) for a in aside],
        headline=said,
        ruleset=current_ruleset(),
        version=__version__,
        built_from=_digest(kept),
    )
    write_site(book, out)
    write_index(out)
    write_manifest(out / case.id)
    return Built(case, asks, incidents, said, out / case.id, aside, missing)


def _archive_files(archive: Archive, folder: Path, case: Case) -> list[File]:
    kept = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        licence = case.measurements_licence if name.startswith("measurements/") else None
        licence = next((s.licence for s in case.series if s.path == name), licence)
        kept.append(archive.add_path(path, source="case", url=f"cases/{case.id}/{name}", licence=licence))
    return kept


def _judge(folder: Path, case: Case) -> tuple[list[Judged], list[Aside]]:
    paths = sorted({p for pattern in case.measurements for p in folder.glob(pattern) if p.is_file()})
    judged: list[Judged] = []
    aside: list[Aside] = []
    for result in judge_paths([str(p) for p in paths]):
        if isinstance(result, Judged):
            judged.append(result)
        else:
            aside.append(result)
    return judged, aside


def _series(
    folder: Path, case: Case, lake: Lake, aside: list[Aside]
) -> tuple[dict[str, list[Signal]], list[Event], list[SeriesFile]]:
    charted: dict[str, list[Signal]] = {}
    events: dict[str, Event] = {}
    missing = []
    for wanted in case.series:
        begin, end = case.midnight(wanted.from_day), case.midnight(wanted.to_day + timedelta(days=1))
        rows = [s for s in _rows_of(folder, wanted, lake, aside) if begin - WARM_UP <= s.step_at < end]
        if not rows:
            missing.append(wanted)
        found, with_band = detect_all(rows)
        events |= {e.event_id: e for e in found if _touches(e, begin, end)}
        for row in with_band:
            if row.step_at >= begin:
                charted.setdefault(row.series, []).append(row)
    return charted, list(events.values()), missing


def _rows_of(folder: Path, wanted: SeriesFile, lake: Lake, aside: list[Aside]) -> list[Signal]:
    if wanted.path is not None:
        return keep_readable(tor_users.read(folder / wanted.path, wanted.entity), aside)
    rows = lake.read(Signal, part=f"import-{wanted.reader}-{wanted.entity}")
    return [s for s in rows if isinstance(s, Signal) and s.source == wanted.reader and s.entity == wanted.entity]


def _touches(event: Event, begin: datetime, end: datetime) -> bool:
    return event.onset_earliest < end and (event.end_latest is None or event.end_latest >= begin)


def _digest(files: list[File]) -> str:
    return hashlib.sha256("\n".join(f"{f.sha256} {f.url}" for f in files).encode()).hexdigest()
