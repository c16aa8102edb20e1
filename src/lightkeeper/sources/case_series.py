"""Whether a `[[series]]` of a case says what its reader needs to know. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lightkeeper.model.case import SERIES_READERS, CaseSeries

Fault = tuple[str, str, str]
"""Field, what is wrong with it, and what to do."""
OPTIONS = sorted({name for reader in SERIES_READERS.values() for name in (*reader.needs, *reader.takes)})


def faults(series: CaseSeries, folder: Path) -> Iterator[Fault]:
    """What is wrong with one `[[series]]` of the case in `folder`."""
    reader = SERIES_READERS[series.reader]
    yield from _ways(series)
    if series.to_day < series.from_day:
        yield "to_day", f"{series.to_day} is before `from_day`", "Give the last day charted"
    fitting = (*reader.needs, *reader.takes) if series.path is not None else ()
    for name in OPTIONS:
        given = getattr(series, name) is not None
        if given and name not in fitting:
            yield name, f"`{name}` says nothing to the reader `{series.reader}` here", "Leave it out"
        elif not given and series.path is not None and name in reader.needs:
            meaning = CaseSeries.model_fields[name].description
            yield "reader", f"a file of the reader `{series.reader}` needs `{name}`", f"Add it. {meaning}"
    for field, path in (("path", series.path), ("asns", series.asns)):
        if path is None:
            continue
        if not within(path):
            yield field, f"`{path}` leads out of the case", "Name a file inside the folder of the case"
        elif not paths_of(series, folder) if field == "path" else not (folder / path).is_file():
            remedy = "Put it there" + (", or give `how_to_import` instead" if reader.brought else "")
            yield field, f"there is no file `{path}`", remedy


def paths_of(series: CaseSeries, folder: Path) -> list[Path]:
    """The files that the case carries for a series: one, but for `routing`, where `path` may be a pattern."""
    if series.path is None or not within(series.path):
        return []
    if series.reader == "routing":
        return sorted(p for p in folder.glob(series.path) if p.is_file())
    return [folder / series.path] if (folder / series.path).is_file() else []


def within(path: str) -> bool:
    """Whether a path as written in case.toml stays inside the case."""
    parts = PurePosixPath(path.replace("\\", "/"))
    return not parts.is_absolute() and ".." not in parts.parts and ":" not in path


def _ways(series: CaseSeries) -> Iterator[Fault]:
    """The case carries a file, or the user brings rows, or the case has measurements: one of these."""
    reader, carried, brought = SERIES_READERS[series.reader], series.path is not None, series.how_to_import is not None
    if carried and brought:
        yield "how_to_import", "a series has `path` or `how_to_import`, not both", "Leave one of them out"
    elif carried and not reader.carried:
        remedy = "Give `how_to_import`, the command that brings it" if reader.brought else "Leave `path` out"
        yield "path", f"the reader `{series.reader}` reads no file of a case", remedy
    elif brought and not reader.brought:
        remedy = "Give `path`, a file within the case" if reader.carried else "Leave `how_to_import` out"
        yield "how_to_import", f"the reader `{series.reader}` takes nothing that a user imports", remedy
    elif not carried and not brought and (reader.carried or reader.brought):
        ways = [name for name, fits in (("path", reader.carried), ("how_to_import", reader.brought)) if fits]
        yield "reader", f"a series of the reader `{series.reader}` has {' or '.join(f'`{w}`' for w in ways)}", "Add it"
