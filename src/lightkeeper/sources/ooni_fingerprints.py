"""OONI's fingerprints of blocking: its two CSV files, fingerprints_http.csv and fingerprints_dns.csv.

The columns are those of the README of github.com/ooni/blocking-fingerprints (CC BY-NC-SA 4.0, so that a person imports
the files; they are not carried here). Older copies (ooni/data, 2022) have no column `pattern_type`: their HTTP patterns
are regular expressions and their DNS patterns whole names or addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.sources.fingerprint import FALSE, KINDS, NETWORK, OTHER, Fingerprint, why_unusable
from lightkeeper.sources.rows import Row, Unreadable, clean, read_csv

LICENCE = "CC BY-NC-SA 4.0 (OONI, github.com/ooni/blocking-fingerprints)"
MAX_ROWS = 20_000
"""Fingerprints of one file. OONI has about 1,900 in both; a longer list is no such file."""
_NEEDED = ("name", "pattern", "location_found", "scope", "expected_countries", "confidence_no_fp")
_NAME = re.compile(r"[A-Za-z0-9_.@\-]{1,100}")
_LOCATION = re.compile(r"body|dns|header(\.[a-z0-9_\-]{1,64})?")
_COUNTRIES = re.compile(r"[\[\]'\", A-Za-z]*")
_UNKNOWN_COUNTRY = "ZZ"


def read(path: Path) -> Iterator[Fingerprint | Unreadable]:
    """Each row as a Fingerprint, in the order of the file; a row that cannot be used as Unreadable, with its line.

    Raises InputError for a file of another form, or of more than MAX_ROWS rows.
    """
    rows = read_csv(path)
    header = next(rows)
    assert isinstance(header, list)
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        remedy = "Give fingerprints_http.csv or fingerprints_dns.csv of OONI's blocking-fingerprints"
        raise InputError(f"the column `{missing[0]}` is missing", remedy=remedy, where=str(path))
    for count, row in enumerate(rows):
        if count == MAX_ROWS:
            raise InputError(f"more than {MAX_ROWS:,} rows", remedy="Give a file of fingerprints", where=str(path))
        if isinstance(row, Row):
            yield _fingerprint(row, f"{path}:{row.line}")


def _fingerprint(row: Row, where: str) -> Fingerprint | Unreadable:
    cells = {name: text.strip() for name, text in row.cells.items() if name != "pattern"}
    location = cells["location_found"].lower()
    kind = cells.get("pattern_type") or ("full" if location == "dns" else "regexp")
    confidence = cells["confidence_no_fp"] or "5"
    for fits, what, remedy in (
        (
            _NAME.fullmatch(cells["name"]),
            "the name has other characters than letters, digits and . _ - @",
            "Correct the name",
        ),
        (_LOCATION.fullmatch(location), "`location_found` is unknown", "Write body, dns, header or header.<name>"),
        (kind in KINDS, "`pattern_type` is unknown", f"Write one of {', '.join(KINDS)}"),
        (
            cells["scope"] in {*NETWORK, *OTHER, FALSE},
            "`scope` is unknown",
            f"Write one of {', '.join(sorted({*NETWORK, *OTHER, FALSE} - {''}))}, or leave it empty",
        ),
        (
            confidence.isascii() and confidence.isdigit() and int(confidence[:3]) <= 10,
            "`confidence_no_fp` is not 0 to 10",
            "Write a whole number",
        ),
    ):
        if not fits:
            return Unreadable(where, what, remedy)
    countries = _countries(cells["expected_countries"])
    if countries is None:
        return Unreadable(where, "`expected_countries` are not codes of countries", "Write them as AE,SA")
    pattern = row.cells["pattern"]
    made = Fingerprint(
        name=cells["name"],
        location=location,
        kind=kind,
        pattern=pattern.strip().rstrip(".").lower() if location == "dns" and kind != "regexp" else pattern,
        scope=cells["scope"],
        countries=countries,
        confidence=int(confidence),
        source=clean(cells.get("source", ""))[:300],
    )
    refused = why_unusable(made)
    remedy = "Write it in RE2's syntax: no look-around, no back-references (github.com/google/re2/wiki/Syntax)"
    return Unreadable(where, f"{made.name}: {refused}", remedy) if refused else made


def _countries(text: str) -> tuple[str, ...] | None:
    """`AE,SA`, or as older copies have it `['AE', 'SA']`; none for anything else. ZZ is no country, and left out."""
    if not _COUNTRIES.fullmatch(text):
        return None
    codes = [code for code in re.split(r"[^A-Za-z]+", text) if code]
    if any(len(code) != 2 for code in codes):
        return None
    return tuple(sorted({code.upper() for code in codes} - {_UNKNOWN_COUNTRY}))
