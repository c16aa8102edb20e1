"""A case's folder: `case.toml`, `documents.csv` and `outages.csv`, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from lightkeeper.errors import CaseError, InputError
from lightkeeper.model.case import Case
from lightkeeper.model.document import Document
from lightkeeper.model.event import Event
from lightkeeper.sources.case_cells import Cells, Wrong, suggest
from lightkeeper.sources.case_contents import plain_files
from lightkeeper.sources.case_rows import DOCUMENT_COLUMNS, LATER_COLUMNS, OUTAGE_COLUMNS, document_of, outage_of
from lightkeeper.sources.case_series import faults, within
from lightkeeper.sources.case_toml import Loc, as_case_error, line_of, lines_of, one_error, read_toml
from lightkeeper.sources.rows import read_csv

T = TypeVar("T", Document, Event)


def load_case(folder: Path) -> Case:
    """The case in `folder`. Raises CaseError with `case.toml:line` and all that is wrong, and for a link."""
    plain_files(folder)
    path = folder / "case.toml"
    data, text = read_toml(path)
    try:
        case = Case.model_validate(data)
    except ValidationError as error:
        raise as_case_error(error, path, text) from error
    lines = lines_of(text)
    found = [(f"{path}:{line_of(loc, lines)}", what, remedy) for loc, what, remedy in _files(folder, case)]
    if found:
        raise one_error(found)
    return case


def load_documents(folder: Path, case: Case) -> list[Document]:
    """The rows of `documents.csv`, in its order; none where there is no such file. Raises CaseError."""
    documents = _load(
        folder / "documents.csv", DOCUMENT_COLUMNS, lambda c, row: document_of(c, row, case), "document_id"
    )
    ids = {d.document_id for d in documents}
    for number, review in enumerate(case.reviews):
        for wanted in review.document_ids:
            if wanted not in ids:
                path = folder / "case.toml"
                line = line_of(("reviews", number, "document_ids"), lines_of(read_toml(path)[1]))
                what = f"the review names the document `{wanted}`, which documents.csv does not have"
                raise CaseError(what, remedy=suggest(wanted, sorted(ids)), where=f"{path}:{line}")
    return documents


def load_outages(folder: Path, case: Case) -> list[Event]:
    """The rows of `outages.csv`, in its order; none where there is no such file. Raises CaseError."""
    return _load(folder / "outages.csv", OUTAGE_COLUMNS, lambda c, row: outage_of(c, row, case), "outage_id")


def _files(folder: Path, case: Case) -> list[tuple[Loc, str, str]]:
    found: list[tuple[Loc, str, str]] = []
    name = folder.resolve().name
    if name != case.id:
        found.append((("id",), f"the id is `{case.id}`, the folder `{name}`", "Give both the same name"))
    for number, series in enumerate(case.series):
        found += [(("series", number, field), what, remedy) for field, what, remedy in faults(series, folder)]
    for pattern in case.measurements:
        if not within(pattern):
            found.append((("measurements",), f"`{pattern}` leads out of the case", "Name files inside the folder"))
    return found


def _load(path: Path, columns: Sequence[str], build: Callable[[Cells, str], T], key: str) -> list[T]:
    if not path.exists():
        return []
    rows: list[T] = []
    found: list[tuple[str, str, str]] = []
    first_line: dict[str, int] = {}
    try:
        for row in read_csv(path):
            if isinstance(row, list):
                found += [(f"{path}:1", what, remedy) for what, remedy in _header(row, columns)]
                if found:
                    raise one_error(found)
                continue
            cells, where = Cells(row, LATER_COLUMNS), f"{path}:{row.line}"
            try:
                name = cells.id(key)
                if name in first_line:
                    raise Wrong(f"`{name}` stands twice, first in line {first_line[name]}", "Give each row its own id")
                first_line[name] = row.line
                rows.append(build(cells, f"{path.name}:{row.line}"))
            except Wrong as error:
                found.append((where, error.what, error.remedy))
    except CaseError:
        raise
    except InputError as error:
        raise CaseError(error.what, remedy=error.remedy, where=error.where) from error
    if found:
        raise one_error(found)
    return rows


def _header(header: list[str], columns: Sequence[str]) -> list[tuple[str, str]]:
    unknown = [name for name in header if name not in columns]
    found = [(f"there is no column `{name[:40]}`", suggest(name, columns)) for name in unknown]
    lacking = [name for name in columns if name not in header and name not in LATER_COLUMNS]
    return found + [(f"the column `{name}` is missing", "Add it; its cells may be empty") for name in lacking]
