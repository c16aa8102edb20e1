"""The crate: RO-Crate 1.1 metadata of a bundle's payload, as JSON-LD. The same payload gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from lightkeeper.evidence.item import Written

if TYPE_CHECKING:
    from lightkeeper.evidence.bag import About

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://schema.org/sha256"}]
PROFILE = "https://w3id.org/ro/crate/1.1"
NAME = "ro-crate-metadata.json"
LEDGER = "data/pages/ledger.json"


def crate(about: About, written: Sequence[Written]) -> bytes:
    """The metadata file. Its folder is `data/`; the custody log is named in it without its hash, since it comes after.

    `datePublished`, which the specification demands, is the day on which the last raw file was retrieved: the day of
    sealing is in the seal, so that the same build gives the same crate.
    """
    entries = sorted(written, key=lambda w: w.path)
    licences = sorted({w.item.licence for w in entries if w.item.licence})
    number = {text: f"#licence-{n}" for n, text in enumerate(licences, start=1)}
    last = max((w.item.retrieved_at for w in entries if w.item.retrieved_at), default=datetime(1970, 1, 1, tzinfo=UTC))
    made = [_id(w.path) for w in entries if w.item.made_by]
    given = [_id(w.path) for w in entries if not w.item.made_by]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": f"A sealed bundle of evidence ({about.kind}) for the case {about.case_id}.",
        "identifier": about.case_id,
        "datePublished": last.date().isoformat(),
        "license": [{"@id": number[text]} for text in licences] or "not stated",
        "publisher": {"@id": "#sealer"},
        "hasPart": [{"@id": id} for id in sorted([*made, *given, "custody.jsonl"])],
        "mainEntity": [{"@id": _id(w.path)} for w in entries if w.path == LEDGER],
        "mentions": {"@id": "#build"},
    }
    descriptor = {"@id": NAME, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": PROFILE}}
    program = {
        "@id": "#lightkeeper",
        "@type": "SoftwareApplication",
        "name": "Lightkeeper",
        "softwareVersion": about.version,
        "identifier": about.ruleset,
    }
    build = {
        "@id": "#build",
        "@type": "CreateAction",
        "name": "From raw files to ledger and pages",
        "instrument": {"@id": "#lightkeeper"},
        "object": [{"@id": id} for id in given],
        "result": [{"@id": id} for id in made],
    }
    graph: list[dict[str, Any]] = [descriptor, root, program, build]
    graph.append({"@id": "#sealer", "@type": "Organization", "name": about.by})
    graph += [{"@id": id, "@type": "CreativeWork", "name": text} for text, id in number.items()]
    graph += [_file(w, number) for w in entries]
    graph.append(
        {"@id": "custody.jsonl", "@type": "File", "name": "custody log", "encodingFormat": "application/jsonl"}
    )
    text = msgspec.json.encode({"@context": CONTEXT, "@graph": graph})
    return msgspec.json.format(text, indent=1) + b"\n"


def _file(w: Written, number: dict[str, str]) -> dict[str, Any]:
    item = w.item
    made: dict[str, Any] = {
        "@id": _id(w.path),
        "@type": "File",
        "name": item.what,
        "contentSize": str(w.bytes),
        "encodingFormat": _media_type(w.path),
        "sha256": w.sha256,
    }
    if item.licence:
        made["license"] = {"@id": number[item.licence]}
    if item.came_from and item.came_from.startswith(("http://", "https://")):
        made["url"] = item.came_from
    return made


def _id(path: str) -> str:
    return quote(path.removeprefix("data/"))


_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
}
"""By the ending. The machine's own table would make other bytes on another machine."""


def _media_type(path: str) -> str:
    return _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
