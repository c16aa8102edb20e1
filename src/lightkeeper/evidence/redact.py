"""Redact: what of a whole bundle may be shown to anybody, and a list that binds the rest to it.

Left out are records of single probes, cells and networks with too few of them, and names of people. What stays is shown
to be of the whole bundle by salted commitments: who has no salt cannot find a name by trying names.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lightkeeper.evidence import verify
from lightkeeper.evidence.item import Item

LEAST = 5
"""Sessions below which a cell, or a network as a whole, is left out."""
NAME, RECORD, HASH = "[name withheld]", "[record withheld]", "[hash withheld]"
_OWN = (verify.BLINDING, verify.CUSTODY, verify.CRATE)
_WORD = re.compile(r"[A-Za-z0-9_.:+-]+")
_MARK = r"[\u2066-\u2069]|<[^<>]{0,80}>"
_BETWEEN = rf"(?:\s|&nbsp;|{_MARK}){{1,60}}"
_HTML = {"&#x27;": "&#39;", "&quot;": "&#34;"}
"""How pages escape a sign that Python's own library escapes otherwise."""
_IDS = ("measurement_id", "report_id")
WHY_PROBE = "It holds records of single probes: network and time could lead to a person."
WHY_NAME = "It holds the name of a person who is not shown."
WHY_OWN = "The twin has its own, or it is a secret of the whole bundle."
WHY_FEW = "It holds cells or networks with too few probes."


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of the whole bundle, in its order. `what` is kept, replaced or removed."""

    place: int
    what: str
    commitment: str | None = None
    path: str | None = None
    salt: str | None = None
    kind: str | None = None
    why: str | None = None


class Twin(msgspec.Struct, frozen=True):
    """What a redacted twin is made of: its payload, and the seal and commitments of the whole bundle as tag files."""

    items: list[Item]
    tags: dict[str, bytes]
    rows: list[Row]


def twin_of(folder: Path, names: Sequence[str], *, made_by: str) -> Twin:
    """The redacted twin of the sealed whole bundle in `folder`, without the people in `names`."""
    manifest = verify.read_manifest(str(folder), verify.MANIFEST)
    blinding = (folder / verify.BLINDING).read_text().strip()
    known = _custody_of(folder)
    redaction = _Redaction(folder, manifest, names)
    items, rows = [], []
    for place, (path, sha256) in enumerate(sorted(manifest.items()), start=1):
        salt = verify.salt_of(blinding, path)
        bound = verify.commitment(salt, sha256, path)
        data, why = redaction.outcome[path]
        open_path = path if redaction.may_be_named(path) else None
        entry = known.get(path, {})
        if data is None:
            kind = path.split("/")[1]
            rows.append(Row(place, "removed", commitment=bound, path=open_path, kind=kind, why=why))
            continue
        item = Item(
            path=path,
            origin=data,
            what=str(entry.get("what", "file")) + (", redacted" if why else ""),
            came_from=redaction.without_names(str(entry["from"])) if "from" in entry else None,
            source=entry.get("source"),
            retrieved_at=msgspec.convert(entry.get("retrieved_at"), datetime | None),
            licence=entry.get("licence"),
            made_by=made_by if why or "made_by" in entry else None,
            judged_by=entry.get("judged_by"),
        )
        items.append(item)
        kept = Row(place, "kept", path=path, salt=salt)
        rows.append(Row(place, "replaced", commitment=bound, path=path, why=why) if why else kept)
    seal = folder / verify.TAGMANIFEST
    items.append(_list_of(rows, hashlib.sha256(seal.read_bytes()).hexdigest(), len(names), made_by))
    tags = {"seal.txt": verify.SEAL, "seal.sig": verify.SIGNATURE}
    tags |= {name: name for name in (verify.TAGMANIFEST, verify.COMMITMENTS)}
    return Twin(items, {f"whole/{name}": (folder / at).read_bytes() for name, at in tags.items()}, rows)


def _list_of(rows: list[Row], whole: str, names: int, made_by: str) -> Item:
    content = {
        "format": "lightkeeper.removed/1",
        "whole_tagmanifest_sha256": whole,
        "least_sessions": LEAST,
        "names_withheld": names,
        "commitment": "SHA-256 of `lightkeeper commitment 1`, salt, SHA-256 of the file and path, each on its line",
        "files": rows,
    }
    text = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
    return Item(path=verify.REMOVED, origin=text, what="list of what was left out", made_by=made_by)


def _custody_of(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / verify.CUSTODY).read_bytes().splitlines()
    return {e["path"]: e for e in map(json.loads, lines) if "path" in e}


class _Redaction:
    """What becomes of each file: `outcome` has its bytes or origin, none where it is left out, and why it changed."""

    def __init__(self, folder: Path, manifest: Mapping[str, str], names: Sequence[str]) -> None:
        self._folder, self._manifest = folder, manifest
        self._names = _pattern(names)
        self._records, self._files, self._sessions = _probes(folder, manifest)
        self._secrets: set[str] = set()
        self._hashes: set[str] = set()
        self._file_names: set[str] = set()
        self.outcome: dict[str, tuple[Path | bytes | None, str | None]] = {}
        roots = [p for p in manifest if p.split("/")[1] in ("case", "raw", "inputs")]
        for path in roots:
            self._decide(path)
        self._file_names = {PurePosixPath(p).name for p in roots if self.outcome[p][0] is None}
        self._secrets |= self._records | {manifest[p] for p in roots if self.outcome[p][0] is None}
        # a hash over a file in which one name is unknown could be found by trying names
        self._hashes = {manifest[p] for p in roots if self.outcome[p][1] == WHY_NAME}
        self._hashes |= _built_from(folder) if self._names else set()
        for path in sorted(set(manifest) - set(roots)):
            self._decide(path)
        for path in roots:  # a list of raw files names their hashes
            self._decide(path)

    def may_be_named(self, path: str) -> bool:
        """Whether the path itself tells nothing: files of the case and raw files could have telling names."""
        return path.split("/")[1] not in ("case", "raw") and not (self._names and self._names.search(path))

    def without_names(self, text: str) -> str:
        """The text with each withheld name replaced."""
        return self._names.sub(NAME, text) if self._names else text

    def _decide(self, path: str) -> None:
        origin, sha256 = self._folder / path, self._manifest[path]
        if path in _OWN:
            self.outcome[path] = None, WHY_OWN
        elif sha256 in self._files:
            self.outcome[path] = None, WHY_PROBE
        elif self._names and self._names.search(path):
            self.outcome[path] = None, WHY_NAME
        elif path.startswith("data/rules/"):  # the program's own, the same for every case
            self.outcome[path] = origin, None
        elif path.endswith(".parquet"):
            self.outcome[path] = self._table(origin)
        else:
            self.outcome[path] = self._text(path, origin)

    def _text(self, path: str, origin: Path) -> tuple[Path | bytes | None, str | None]:
        try:
            text = origin.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return (None, f"{WHY_NAME} Or it cannot be searched for one.") if self._names else (origin, None)
        shown, why = text, []
        if path.endswith(".json"):
            before = json.loads(text)
            value, _ = self._value(before)
            if value != before:
                shown = (msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n").decode()
                why.append(WHY_PROBE)
        if self._has_secret(shown):
            return None, WHY_PROBE
        masked = _WORD.sub(lambda m: RECORD if m[0] in self._file_names else m[0], shown)
        why += [WHY_PROBE] if masked != shown and WHY_PROBE not in why else []
        plain = _WORD.sub(lambda m: HASH if m[0] in self._hashes else m[0], self.without_names(masked))
        why += [WHY_NAME] if plain != masked else []
        return (plain.encode(), " ".join(why)) if why else (origin, None)

    def _has_secret(self, text: str) -> bool:
        """By words, so that a million ids cost no more than ten; ids that are no single word are searched for."""
        odd = (secret for secret in self._secrets if not _WORD.fullmatch(secret))
        return not self._secrets.isdisjoint(_WORD.findall(text)) or any(secret in text for secret in odd)

    def _value(self, value: Any) -> tuple[Any, bool]:
        """A JSON value without records of single probes and files that are left out; and whether to keep it."""
        if isinstance(value, dict):
            keys = [*_IDS, *(k for k in value if k.endswith("sha256"))]
            if any(isinstance(value.get(k), str) and value[k] in self._secrets for k in keys):
                return None, False
            if isinstance(value.get("file"), str) and PurePosixPath(value["file"]).name in self._file_names:
                return None, False
            return {k: self._value(v)[0] for k, v in value.items()}, True
        if isinstance(value, list):
            return [v for v, keep in map(self._value, value) if keep], True
        if isinstance(value, str) and self._has_secret(value):
            return RECORD, True
        return value, True

    def _table(self, origin: Path) -> tuple[Path | bytes | None, str | None]:
        table = pq.read_table(origin, partitioning=None)
        if set(_IDS) & set(table.column_names):
            return None, WHY_PROBE
        kept, why = table, None
        if "sessions" in table.column_names:
            kept = table.filter(pa.array([self._enough(row) for row in table.to_pylist()], pa.bool_()))
            why = WHY_FEW if kept.num_rows < table.num_rows else None
        for name in (n for n in table.column_names if n.endswith("sha256")):
            hidden = pc.is_in(kept[name], value_set=pa.array(sorted(self._secrets | self._hashes), pa.string()))
            if pc.any(hidden).as_py():
                kept, why = kept.filter(pc.invert(hidden)), WHY_PROBE
        rows = kept.to_pylist()
        plain = [self._plain_row(row) for row in rows]
        if plain != rows:
            kept, why = pa.Table.from_pylist(plain, schema=kept.schema), WHY_NAME
        return (_parquet(kept), why) if why else (origin, None)

    def _enough(self, row: dict[str, Any]) -> bool:
        asn = row.get("probe_asn")
        network = row.get("scope") != "network" or self._sessions.get(asn, 0) >= LEAST
        return bool(network and row["sessions"] >= LEAST)

    def _plain_row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: self._plain(value) for name, value in row.items()}

    def _plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._plain(v) for v in value]
        if isinstance(value, str):
            return RECORD if value in self._secrets else HASH if value in self._hashes else self.without_names(value)
        return value


def _pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    """All ways in which the names stand in text, HTML, JSON and Markdown, in any letter case and with any white space.

    Between words there may be marks of direction and tags; a full stop at the end of a name may stand apart from it.
    """
    found = {_BETWEEN.join(map(_word, name.split())) for name in (n.strip(" \t\n.,;:") for n in names) if name}
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.IGNORECASE) if found else None


def _word(word: str) -> str:
    return "".join(map(_sign, word))


def _sign(sign: str) -> str:
    """One sign of a name, as itself and as each form escapes it."""
    escaped = html.escape(sign)
    forms = {sign, escaped, _HTML.get(escaped, escaped), json.dumps(sign)[1:-1]}
    either = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return rf"(?:{either})" if sign.isalnum() else rf"(?:{_MARK}){{0,3}}\\?(?:{either})(?:{_MARK}){{0,3}}"


def _probes(folder: Path, manifest: Iterable[str]) -> tuple[set[str], set[str], Counter[int | None]]:
    """Ids of records of single probes, SHA-256 of the raw files that hold them, and sessions by network."""
    records: set[str] = set()
    files: set[str] = set()
    sessions: set[tuple[int | None, str]] = set()
    for path in (p for p in manifest if p.endswith(".parquet")):
        names = pq.read_schema(folder / path).names
        wanted = [n for n in (*_IDS, "file_sha256", "probe_asn") if n in names]
        if not set(_IDS) & set(names):
            continue
        for row in pq.read_table(folder / path, columns=wanted, partitioning=None).to_pylist():
            ids = [row[n] for n in _IDS if row.get(n)]
            records.update(ids)
            files.update([row["file_sha256"]] if row.get("file_sha256") else [])
            if "probe_asn" in row and ids:
                sessions.add((row["probe_asn"], ids[-1]))
    return records, files | _measured(folder), Counter(asn for asn, _ in sessions)


def _measured(folder: Path) -> set[str]:
    """SHA-256 of the raw files that the case names as measurements, also where no record of them could be read."""
    found = [p for p in (folder / "data/case").iterdir() if p.is_dir()] if (folder / "data/case").is_dir() else []
    files = set()
    for case in found:
        patterns = tomllib.loads((case / "case.toml").read_text(encoding="utf-8")).get("measurements", [])
        named = {p for pattern in patterns for p in case.glob(pattern) if p.is_file()}
        files |= {verify.digest(str(folder), p.relative_to(folder).as_posix()) for p in named}
    rows = json.loads((folder / "data/raw/files.json").read_bytes())
    return files | {row["sha256"] for row in rows if row["source"] == "ooni"}


def _built_from(folder: Path) -> set[str]:
    found = json.loads((folder / "data/pages/ledger.json").read_bytes()).get("built_from")
    return {found} if isinstance(found, str) and len(found) == 64 else set()


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()
