"""Joins: how well documents are joined with events, beside the simple rule, on pairs that were labelled by reading.

The labels are in `join_labels.csv`: every pair of a record of 2018-2021 and an outage of its country that began within
three days of the record's days, and 40 drawn at random from those up to fifteen days away. They were read and labelled
before there was a score; the numbers of the score were set with the labels in sight, so there is no independent check.
Row numbers, ids, labels and reasons only: the datasets are not carried.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.evaluate.summary import Share, wilson
from lightkeeper.incidents.likeness import AFTER, BEFORE
from lightkeeper.incidents.pairing import PAIR_LEAST, pair
from lightkeeper.model import Document, Event
from lightkeeper.sources import ioda_outages, stop

DATASETS = {
    "workbook_rows": "stop/keepiton-stop-2016-2022.xlsx",
    "snapshot_rows": "stop/combined-2016-2025-snapshot-2026-05-20.parquet",
}
"""The column of the labels for each form of the STOP dataset, and where it lies in the folder."""
OUTAGES = "ioda/investigated-outages.csv"
UNTIL = datetime(2021, 1, 1, tzinfo=UTC)
"""The outages are dense from 2018 to 2020, so shares are of the records that begin in that time."""
LAX = 0.25
NOTE = "IODA's own comparison found an outage for 8.4 % of the shutdowns of 2018-2021 (all, with other outages)."
SCOPES = {"country": "national", "region": "regional", "city": "local"}


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """One way to join, on one dataset. A share is of records; precision is of labelled pairs."""

    dataset: str
    name: str
    pairs: int
    matched: Share
    rightly: Share
    """Records with at least one pair that is labelled as right."""
    national_full: Share
    by_scope: dict[str, Share]
    precision: Share
    """Pairs labelled right, of those labelled right or wrong."""
    found: Share
    """Pairs labelled right that it found, of all of those."""
    unclear: int
    unlabelled: int


Links = list[tuple[str, str]]
"""Ids of a document and an event."""


def compare_joins(folder: Path) -> tuple[list[Method], list[str]]:
    """All methods on all forms of the dataset that the folder has. Raises InputError where it has no outages."""
    path = folder / OUTAGES
    if not path.is_file():
        raise InputError("there are no outages to join with", remedy=f"Put the file at {OUTAGES}", where=str(folder))
    events = [e for e in ioda_outages.read(path) if isinstance(e, Event)]
    methods: list[Method] = []
    notes = [NOTE]
    for column, where in DATASETS.items():
        if (folder / where).is_file():
            documents = [d for d in stop.read(folder / where) if isinstance(d, Document)]
            methods += methods_on(Path(where).name, documents, events, labels(column))
        else:
            notes.append(f"{where} is skipped: the folder has no such file.")
    return methods, notes


def methods_on(
    dataset: str, documents: Sequence[Document], events: Sequence[Event], known: dict[tuple[str, str], str]
) -> list[Method]:
    """Our join at two strictnesses and without the causes that outages claim; the simple rule in two readings."""
    unnamed = [msgspec.structs.replace(e, cause_claimed=None) for e in events]
    national = [e for e in events if e.entity_type == "country"]
    ways: dict[str, Links] = {
        "simple rule, outages of any scope": simple_rule(documents, events),
        "simple rule, national outages": simple_rule(documents, national),
        f"join, score {PAIR_LEAST:g} or more": _joined(documents, events, PAIR_LEAST),
        "join, causes of outages hidden": _joined(documents, unnamed, PAIR_LEAST),
        f"join, score {LAX:g} or more": _joined(documents, events, LAX),
    }
    first = min(e.onset_earliest for e in events)
    counted = [d for d in documents if d.onset_earliest is not None and first <= d.onset_earliest < UNTIL]
    return [_method(dataset, name, links, counted, known) for name, links in ways.items()]


def simple_rule(documents: Iterable[Document], events: Iterable[Event]) -> Links:
    """Same country, full network, an outage that began from a day before the first day to two days after it."""
    by_country: defaultdict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda e: e.onset_latest):
        by_country[event.country].append(event)
    onsets = {country: [e.onset_latest for e in of] for country, of in by_country.items()}
    found = []
    for d in documents:
        if d.extent == "full_network" and d.onset_earliest is not None and d.country in onsets:
            begin, end = d.onset_earliest - BEFORE, (d.onset_latest or d.onset_earliest) + AFTER
            within = slice(bisect_left(onsets[d.country], begin), bisect_right(onsets[d.country], end))
            found += [(d.document_id, e.event_id) for e in by_country[d.country][within]]
    return found


@cache
def labels(column: str) -> dict[tuple[str, str], str]:
    """The label (yes, no, unclear) of each pair of a document and an outage, for one form of the dataset."""
    lines = files("lightkeeper.evaluate").joinpath("join_labels.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    known = {}
    for line in lines[1:]:
        cells = dict(zip(header, line.split(",", len(header) - 1), strict=True))
        for row in cells[column].split():
            known[row, cells["outage"]] = cells["label"]
    return known


def _joined(documents: Sequence[Document], events: Sequence[Event], least: float) -> Links:
    return [(p.document_id, p.event_id) for p in pair(documents, events, least=least).pairs]


def _method(
    dataset: str, name: str, links: Links, counted: Sequence[Document], known: dict[tuple[str, str], str]
) -> Method:
    told = [known.get(link) for link in links]
    right, wrong = told.count("yes"), told.count("no")
    some = {document for document, _ in links}
    good = {link[0] for link, label in zip(links, told, strict=True) if label == "yes"}
    full = [d for d in counted if d.place_type == "country" and d.extent == "full_network"]
    return Method(
        dataset=dataset,
        name=name,
        pairs=len(links),
        matched=_share(counted, some),
        rightly=_share(counted, good),
        national_full=_share(full, some),
        by_scope={said: _share([d for d in counted if d.place_type == kind], some) for kind, said in SCOPES.items()},
        precision=wilson(right, right + wrong),
        found=wilson(right, sum(label == "yes" for label in known.values())),
        unclear=told.count("unclear"),
        unlabelled=told.count(None),
    )


def _share(documents: Sequence[Document], chosen: set[str]) -> Share:
    return wilson(sum(d.document_id in chosen for d in documents), len(documents))
