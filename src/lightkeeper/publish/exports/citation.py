"""Citations of a case and of each document that it rests on: BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

import msgspec

from lightkeeper.model import Document
from lightkeeper.publish.exports.record import Record
from lightkeeper.publish.text import one_line, safe_url

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


class Work(NamedTuple):
    """One thing to cite."""

    key: str
    title: str
    author: str
    issued: date | None
    url: str | None
    read: date | None
    dataset: bool


def works(record: Record) -> list[Work]:
    """The case first, then its documents by id."""
    case = record.case
    own = Work(
        f"lightkeeper-{case.id}", case.title, f"Lightkeeper {record.version}", record.known_on(), None, None, True
    )
    return [own, *map(_work, sorted(record.documents, key=lambda d: d.document_id))]


def bibtex(record: Record) -> str:
    """BibTeX entries. Whatever TeX would read as a command is escaped; an address is put where nothing is run."""
    return "\n".join(_bibtex(w) for w in works(record))


def ris(record: Record) -> str:
    """RIS records, one tag a line."""
    return "".join(_ris(w) for w in works(record))


def csl_json(record: Record) -> str:
    """CSL-JSON, as citation managers read it."""
    data = [_csl(w) for w in works(record)]
    return msgspec.json.format(msgspec.json.encode(data), indent=1).decode() + "\n"


def _work(d: Document) -> Work:
    title, publisher = one_line(d.title), one_line(d.publisher)
    return Work(_key(d.document_id), title, publisher, d.published_on, safe_url(d.url), d.read_on, False)


def _bibtex(work: Work) -> str:
    fields = {
        "title": f"{{{_tex(work.title)}}}",
        "author": f"{{{_tex(work.author)}}}",
        "year": str(work.issued.year) if work.issued else "",
        "month": str(work.issued.month) if work.issued else "",
        "url": re.sub(r"[{}\\]", "", work.url or ""),
        "urldate": work.read.isoformat() if work.read else "",
    }
    kind = "dataset" if work.dataset else "misc"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{work.key},", *lines, "}", ""])


def _ris(work: Work) -> str:
    issued = f"{work.issued:%Y/%m/%d}" if work.issued else ""
    tags = [
        ("TY", "DATA" if work.dataset else "GEN"),
        ("ID", work.key),
        ("TI", work.title),
        ("AU", work.author),
        ("DA", issued),
        ("UR", work.url or ""),
        ("Y2", f"{work.read:%Y/%m/%d}" if work.read else ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags if value) + "ER  - \r\n\r\n"


def _csl(work: Work) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": work.key,
        "type": "dataset" if work.dataset else "document",
        "title": work.title,
        "author": [{"literal": work.author}],
    }
    if work.issued:
        found["issued"] = {"date-parts": [[work.issued.year, work.issued.month, work.issued.day]]}
    if work.url:
        found["URL"] = work.url
    if work.read:
        found["accessed"] = {"date-parts": [[work.read.year, work.read.month, work.read.day]]}
    return found


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)


def _key(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9:._-]+", "-", name)[:80] or "document"
