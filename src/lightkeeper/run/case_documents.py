"""Documents of a case: rows of Access Now's STOP dataset that bear on it, added to documents.csv to be reviewed."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from lightkeeper.archive.atomic import replace_file
from lightkeeper.incidents.claims import first_known, lasting_until
from lightkeeper.model.case import Case
from lightkeeper.model.document import Document
from lightkeeper.publish.text import FORMULA
from lightkeeper.run.judging import Aside
from lightkeeper.sources import stop
from lightkeeper.sources.case_cells import Cells, Wrong
from lightkeeper.sources.case_files import load_documents
from lightkeeper.sources.case_rows import DOCUMENT_COLUMNS, document_of
from lightkeeper.sources.rows import Row, Unreadable, read_csv

FILE = "documents.csv"
DAYS_OF_ONE, WITHIN = timedelta(hours=60), timedelta(hours=18)
"""A day in the zones of one country lasts less than the first. The second lies within its first day in all of them."""
_PLACE = re.compile(r", (sheet [^,]+, row \d+)$")


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows of a dataset."""

    added: list[str]
    """Ids of the documents that were added."""
    already: int
    """Rows that the case has, under whatever id: the same row of the same sheet."""
    repeated: int
    """Rows that say the same of the same place and begin: the dataset counts what goes on anew in each year."""
    of_another_time: int
    set_aside: list[Aside]


def add_documents(folder: Path, case: Case, path: Path, today: date, *, whole: bool = False) -> Added:
    """Add the rows on the country that touch the window of the case; with `whole` those of any time.

    Rows that are there are not touched, and the file appears whole or not at all. Raises InputError for a file of
    another form, and CaseError where documents.csv is wrong already.
    """
    have = load_documents(folder, case)
    places, ids, claims = {_place(d.dataset) for d in have}, {d.document_id for d in have}, {_same(d) for d in have}
    begin, end = case.window
    added: list[dict[str, str]] = []
    aside: list[Aside] = []
    already = repeated = other = 0
    last_said = _last_said(path, case)
    for found in stop.read(path):
        if isinstance(found, Unreadable):
            aside.append(Aside(found.where, 0, found.what, found.remedy))
        elif found.country != case.country:
            continue
        elif _place(found.dataset) in places:
            already += 1
        elif not whole and first_known(found) is None:
            what = f"{found.dataset}: the row states no day on which it began"
            aside.append(Aside(path.name, 0, what, "Write the day into the dataset, or take the row with --all"))
        elif not whole and not _touches(found, begin, end):
            other += 1
        else:
            row = _row(msgspec.structs.replace(found, **last_said.get(_key(found), {})), case, ids, today)
            try:
                made = document_of(Cells(Row(0, row)), FILE, case)
            except Wrong as error:
                aside.append(Aside(path.name, 0, f"{found.dataset}: {error.what}", error.remedy))
                continue
            if _same(made) in claims:
                repeated += 1
                continue
            ids.add(made.document_id)
            claims.add(_same(made))
            added.append(row)
    if added:
        _append(folder / FILE, added)
    names = [row["document_id"] for row in added]
    return Added(added=names, already=already, repeated=repeated, of_another_time=other, set_aside=aside)


def _last_said(path: Path, case: Case) -> dict[tuple[object, ...], dict[str, datetime | None]]:
    """Of each thing that goes on, the last time at which the dataset says so: it counts it anew in each year."""
    found: dict[tuple[object, ...], Document] = {}
    for one in stop.read(path):
        if isinstance(one, Document) and one.country == case.country and one.ongoing and one.as_of_latest is not None:
            before = found.get(_key(one))
            if before is None or before.as_of_latest is None or one.as_of_latest > before.as_of_latest:
                found[_key(one)] = one
    return {
        key: {"as_of_earliest": d.as_of_earliest, "as_of_latest": d.as_of_latest} for key, d in found.items()
    }  # fmt: skip


def _key(document: Document) -> tuple[object, ...]:
    return document.place_type, document.place, document.onset_earliest, document.extent, frozenset(document.services)


def _same(document: Document) -> tuple[object, ...]:
    """What is alike in two rows of one publisher that say the same of the same thing."""
    services = frozenset(document.services)
    begin = document.onset_earliest or document.dataset  # two rows without a day may be of two times
    return document.publisher, document.place_type, document.place, begin, document.extent, services


def _place(dataset: str | None) -> str | None:
    """Sheet and row of the dataset that a document was re-stated from; of a file without sheets its name and row."""
    found = _PLACE.search(dataset or "")
    return found[1] if found else dataset


def _touches(document: Document, begin: datetime, end: datetime) -> bool:
    known = first_known(document)
    if known is None:
        return False
    last = document.end_latest or lasting_until(document) or known[1]
    return known[0] < end and last > begin


def _row(document: Document, case: Case, ids: set[str], today: date) -> dict[str, str]:
    """The row of documents.csv that says the same in the ids of the case."""
    operators, unknown = _operators(document, case)
    also = f" It names networks that the case does not watch: {', '.join(unknown)}." if unknown else ""
    values: dict[str, object] = {
        "document_id": _id(document, ids),
        "kind": document.kind,
        "publisher": document.publisher,
        "title": document.title,
        "claim": document.claim + also,
        "place_type": document.place_type,
        "place": document.place,
        "starts_on": _day(document.onset_earliest, document.onset_latest, case),
        "ends_on": _day(document.end_earliest, document.end_latest, case, last=True),
        "as_of": _as_of(document, case),
        "ongoing": document.ongoing or None,
        "extent": document.extent,
        "services": document.services,
        "networks": document.networks,
        "operators": operators,
        "cause_claimed": document.cause_claimed,
        "ordered_by": document.ordered_by,
        "acknowledged": document.acknowledged,
        "users_notified": document.users_notified,
        "election": document.election,
        "url": document.url,
        "dataset": document.dataset,
        "read_on": today,
        "flags": document.flags,
    }
    return {column: _cell(values.get(column)) for column in DOCUMENT_COLUMNS}


def _operators(document: Document, case: Case) -> tuple[list[str], list[str]]:
    known: list[str] = []
    unknown: list[str] = []
    for name in document.operators:
        operator = case.operator_of(name)
        (known if operator else unknown).append(operator.id if operator else name)
    return known, unknown


def _id(document: Document, ids: set[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", document.document_id)[:90]
    return next(n for n in (name, *(f"{name}-{k}" for k in range(2, 1000))) if n not in ids)


def _day(earliest: datetime | None, latest: datetime | None, case: Case, *, last: bool = False) -> date | None:
    """The local day that a bracket of one day, in whichever zones of the country, is about; of a longer one, as of a
    month, the first or the last."""
    if earliest is None or latest is None:
        return None
    if latest - earliest > DAYS_OF_ONE:
        return (latest - WITHIN if last else earliest + WITHIN).astimezone(case.zone).date()
    return (earliest + (latest - earliest) / 2).astimezone(case.zone).date()


def _as_of(document: Document, case: Case) -> str | None:
    """The day, or the year, as of which it speaks."""
    if document.as_of_earliest is None or document.as_of_latest is None:
        return None
    if document.as_of_latest - document.as_of_earliest > DAYS_OF_ONE:
        return f"{(document.as_of_earliest + WITHIN).astimezone(case.zone):%Y}"
    return str(_day(document.as_of_earliest, document.as_of_latest, case))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _cell(";".join(str(v).replace(";", ",") for v in value))
    text = str(value)
    return f" {text}" if text.startswith((*FORMULA, "\t", "\r")) else text


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    """The file with these rows at its end, in the order of its own columns. What is there stays byte for byte."""
    header = next((row for row in read_csv(path) if isinstance(row, list)), None) if path.exists() else None
    out = io.StringIO()
    writer = csv.DictWriter(out, header or DOCUMENT_COLUMNS, lineterminator="\n", extrasaction="ignore")
    if header is None:
        writer.writeheader()
    writer.writerows(rows)
    before = path.read_bytes() if header is not None else b""
    if before and not before.endswith((b"\n", b"\r")):
        before += b"\n"
    made = path.with_name(f".{path.name}.part")
    made.write_bytes(before + out.getvalue().encode())
    replace_file(made, path)
