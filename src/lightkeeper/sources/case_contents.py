"""Contents: which files of a folder are a case's, since a part of it names them; and that none of them leads elsewhere.

Git carries links, so a case from a stranger may hold one to a key or to a person's notes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from lightkeeper.archive.entries import files_in
from lightkeeper.archive.private_keys import refuse_private_key
from lightkeeper.errors import CaseError, InputError
from lightkeeper.model.case import Case
from lightkeeper.sources.case_series import paths_of, within

FIXED = frozenset({"case.toml", "documents.csv", "outages.csv", "reviews.jsonl", "gathered.json"})
"""Files that every case may have."""
_WORDS = re.compile(r"case\.[a-z]{2,3}\.toml")


class Contents(NamedTuple):
    """The files of a case's folder, sorted."""

    named: list[Path]
    """Those that a part of the case names."""
    others: list[Path]
    """The rest: they are told, and left out."""
    odd: list[Path]
    """Of the rest, those whose names no text can hold: what a part of the case names by a pattern is set aside."""


def plain_files(folder: Path) -> list[Path]:
    """All files of a case, sorted. Raises CaseError for a link in it, and for what is neither file nor folder."""
    try:
        return files_in(folder)
    except InputError as error:
        raise CaseError(error.what, remedy=error.remedy, where=error.where) from error


def contents_of(folder: Path, case: Case) -> Contents:
    """What the case's folder holds. Raises CaseError for a link in it, InputError where it names a private key."""
    every = plain_files(folder)
    carried = {path for series in case.series for path in paths_of(series, folder)}
    carried |= {folder / series.asns for series in case.series if series.asns and within(series.asns)}
    carried |= {path for pattern in case.measurements if within(pattern) for path in folder.glob(pattern)}
    named = [p for p in every if (p in carried or _is_fixed(p.relative_to(folder))) and is_text(str(p))]
    for path in named:
        refuse_private_key(path)
    others = sorted(set(every) - set(named))
    return Contents(named, others, [path for path in others if path in carried])


def is_text(name: str) -> bool:
    """Whether a file name is UTF-8, so that JSON and pages can hold it. Others come from old disks and odd archives."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_fixed(name: Path) -> bool:
    return len(name.parts) == 1 and (name.name in FIXED or bool(_WORDS.fullmatch(name.name)))
