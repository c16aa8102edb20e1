"""Build a case: from its files to its pages, one room after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from lightkeeper import __version__
from lightkeeper.archive import Archive
from lightkeeper.evidence.manifest import write_manifest
from lightkeeper.incidents.cause import hypotheses
from lightkeeper.incidents.join import join
from lightkeeper.judge.rule import rules_in_force
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.ledger.answer import answer, headline
from lightkeeper.ledger.cost import costs
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.worksheet import worksheets
from lightkeeper.model import (
    Ask,
    Cell,
    Control,
    Document,
    Event,
    File,
    Hypothesis,
    Incident,
    Measurement,
    Member,
    Observation,
    Signal,
    Table,
    Verdict,
)
from lightkeeper.model.case import Case, CaseRecorded, CaseSeries
from lightkeeper.publish.book import Book
from lightkeeper.publish.site import write_index, write_site
from lightkeeper.run.across import judged_across
from lightkeeper.run.as_numbers import newest
from lightkeeper.run.case_orders import orders_of
from lightkeeper.run.case_recorded import not_fetched, recorded_events
from lightkeeper.run.case_series import take_series
from lightkeeper.run.gathering import load_gathered
from lightkeeper.run.judging import Aside, Judged, judge_paths
from lightkeeper.run.law import law_for
from lightkeeper.run.sessions import in_sessions
from lightkeeper.settings import Settings
from lightkeeper.signals import cells, country_cells
from lightkeeper.sources.as_numbers import AsNumbers
from lightkeeper.sources.case_contents import Contents, contents_of
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.sources.case_reviews import load_reviews
from lightkeeper.sources.case_words import load_words
from lightkeeper.sources.ooni_record import shown
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
Step = Callable[[str], None]


class Built(msgspec.Struct, frozen=True):
    """What a build made."""

    case: Case
    asks: list[Ask]
    incidents: list[Incident]
    headline: str
    folder: Path
    set_aside: list[Aside]
    missing: list[CaseSeries | CaseRecorded]
    """Series and recorded outages of which there is nothing yet."""
    rows_repeated: int = 0
    """Rows of observation tables that stood twice and count once."""
    left_out: list[str] = []
    """Files of the folder that no part of the case names: they are neither archived nor sealed."""


def build_case(
    folder: Path, out: Path, settings: Settings, *, table: AsNumbers | None = None, on_step: Step = lambda _: None
) -> Built:
    """Build the case in `folder` into `out/<case id>`. Safe to run again. Raises CaseError for a case that is wrong."""
    book, aside = book_of(folder, settings, table=table, on_step=on_step)
    on_step(STEPS[7])
    write_site(book, out)
    write_index(out)
    write_manifest(out / book.case.id)
    missing: list[CaseSeries | CaseRecorded] = [*book.recorded_missing]
    missing += [wanted for wanted, names in zip(book.case.series, book.series_names, strict=True) if not names]
    return Built(
        book.case,
        book.asks,
        book.incidents,
        book.headline,
        out / book.case.id,
        aside,
        missing,
        book.rows_repeated,
        book.left_out,
    )


def book_of(
    folder: Path, settings: Settings, *, table: AsNumbers | None = None, on_step: Step = lambda _: None
) -> tuple[Book, list[Aside]]:
    """All that the pages and letters of a case are made from, and what was set aside. Its tables are stored.

    `table` says which AS numbers are the country's: the newest that is here, where none is given. Raises CaseError for
    a case that is wrong.
    """
    on_step(STEPS[0])
    case = load_case(folder)
    law = law_for(case, folder, settings.data_dir)  # a letter that claims a treaty falsely is not written at all
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    words, gathered = load_words(folder, case, documents), load_gathered(folder)
    on_step(STEPS[1])
    archive = Archive(settings.data_dir / "archive")
    held = contents_of(folder, case)
    kept = _archive_files(archive, folder, case, held.named)
    on_step(STEPS[2])
    judged, aside = _judge(folder, case, held)
    repeated = sum(j.seen.repeated or 0 for j in judged)
    judged = judged_across(judged, orders_of(documents, case))
    on_step(STEPS[3])
    lake = Lake(settings.data_dir / "tables")
    measurements = [j.seen.measurement for j in judged]
    verdicts = [v for j in judged for v in j.verdicts]
    numbers = table or newest(settings.data_dir)
    taken = take_series(folder, case, lake, measurements, verdicts, aside, numbers)
    on_step(STEPS[4])
    recorded = recorded_events(case, lake)
    events = sorted([*outages, *recorded, *taken.events], key=lambda e: (e.onset_earliest, e.event_id))
    acts = load_reviews(folder).acts
    incidents = join(case, events, documents, acts)
    causes = hypotheses(case, incidents, events, documents, settings.data_dir)
    on_step(STEPS[5])
    watching = (row for rows in taken.signals.values() for row in rows)
    networks = Networks(case, measurements, verdicts, numbers)
    asks = answer(case, incidents, documents, measurements, verdicts, watching, networks=networks)
    said = headline(case, asks)
    on_step(STEPS[6])
    counted = cells(measurements, verdicts)
    observations = [o for j in judged for o in j.seen.observations]
    tables: dict[type[Table], Sequence[Table]] = {
        File: kept,
        Measurement: measurements,
        Observation: observations,
        Control: [c for j in judged for c in j.seen.controls],
        Verdict: verdicts,
        Cell: [*counted, *country_cells(counted, numbers)],
        Signal: taken.fresh,
        Event: [*outages, *taken.events],  # the recorded ones stand in the lake already
        Member: taken.members,
        Document: documents,
        Incident: incidents,
        Hypothesis: causes,
        Ask: asks,
    }
    for kind, rows in tables.items():
        lake.write(kind, rows, part=case.id)
    book = Book(
        case=case,
        words=words,
        files=kept,
        documents=documents,
        events=events,
        incidents=incidents,
        hypotheses=causes,
        acts=acts,
        law=law,
        worksheets=worksheets(case, incidents, documents),
        costs=costs(case, incidents),
        asks=asks,
        gathered=gathered,
        recorded_missing=not_fetched(case, lake),
        members=taken.members,
        signals=taken.signals,
        series_names=taken.names,
        measurements=measurements,
        as_numbers=numbers,
        verdicts=verdicts,
        observations=observations,
        set_aside=[msgspec.to_builtins(a) for a in aside],
        rows_repeated=repeated,
        left_out=[shown(path.relative_to(folder).as_posix()) for path in held.others],
        headline=said,
        ruleset=current_ruleset(),
        rules=[rule for layer in rules_in_force().values() for rule in layer],
        version=__version__,
        built_from=_digest(kept),
    )
    return book, aside


def _archive_files(archive: Archive, folder: Path, case: Case, named: Iterable[Path]) -> list[File]:
    kept = []
    for path in named:
        name = path.relative_to(folder).as_posix()
        licence = case.measurements_licence if name.startswith("measurements/") else None
        licence = next((s.licence for s in case.series if s.path and fnmatchcase(name, s.path)), licence)
        kept.append(archive.add_path(path, source="case", url=f"cases/{case.id}/{name}", licence=licence))
    return kept


def _judge(folder: Path, case: Case, held: Contents) -> tuple[list[Judged], list[Aside]]:
    paths = sorted({p for pattern in case.measurements for p in folder.glob(pattern)} & set(held.named))
    judged: list[Judged] = []
    aside = [Aside(shown(str(p)), 0, "its name is not UTF-8", "Give it another name") for p in held.odd]
    for result in in_sessions(judge_paths([str(p) for p in paths])):
        if isinstance(result, Judged):
            judged.append(result)
        else:
            aside.append(result)
    return judged, aside


def _digest(files: list[File]) -> str:
    return hashlib.sha256("\n".join(f"{f.sha256} {f.url}" for f in files).encode()).hexdigest()
