"""The bag: payload, lists and tag files of a bundle, as BagIt 1.0 has them (RFC 8493), without its seal.

Nothing in it depends on the time or on the order of arrival: the same items give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.evidence import custody, verify
from lightkeeper.evidence.crate import crate
from lightkeeper.evidence.item import Item, Written, write_item
from lightkeeper.evidence.keys import SealKey

FORMAT = "lightkeeper.bundle/1"
INFO = "bag-info.txt"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of itself."""

    case_id: str
    title: str
    kind: str
    """`whole` or `redacted`."""
    version: str
    ruleset: str
    by: str
    notes: list[str] = []
    """What a reader must know at once, one sentence each."""


class Bag(msgspec.Struct, frozen=True):
    """A bag as it was written: its folder, its payload, and the SHA-256 of the list that a seal signs."""

    folder: Path
    payload: list[Written]
    tagmanifest_sha256: str


def write_bag(
    folder: Path, about: About, items: Iterable[Item], key: SealKey, tags: Mapping[str, bytes] | None = None
) -> Bag:
    """Write the bag into an empty folder. `tags` are more files beside the payload, by path.

    A whole bundle gets a secret of the key, `data/blinding.txt`, and commitments to each file, so that a redacted twin
    can show what it comes from and nobody can find what was left out by trying. Raises InputError for a path that
    cannot be the same file on every system.
    """
    written = [write_item(item, folder) for item in _checked(items)]
    if about.kind == "whole":
        about_all = "".join(f"{w.sha256}  {w.path}\n" for w in written).encode()
        secret = Item(
            path=verify.BLINDING, origin=f"{key.blinding(about_all)}\n".encode(), what="secret of commitments"
        )
        written.append(write_item(secret, folder))
    made = [
        Item(path=verify.CRATE, origin=crate(about, written), what="RO-Crate metadata", made_by=about.version),
    ]
    written += [write_item(item, folder) for item in made]
    log = Item(path=verify.CUSTODY, origin=_custody(about, written, key), what="custody log")
    payload = sorted([*written, write_item(log, folder)], key=lambda w: w.path)
    manifest = _lines((w.path, w.sha256) for w in payload)
    others = {
        "bagit.txt": verify.DECLARATION,
        INFO: _info(about, payload),
        verify.MANIFEST: manifest,
        verify.PUBLIC_KEY: key.pem,
        "verify.py": files("lightkeeper.evidence").joinpath("verify.py").read_bytes(),
        "README.txt": _readme(about),
        **(tags or {}),
    }
    if about.kind == "whole":
        others[verify.COMMITMENTS] = _commitments(folder, payload)
    for path, data in others.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    tagmanifest = _lines(sorted((path, hashlib.sha256(data).hexdigest()) for path, data in others.items()))
    (folder / verify.TAGMANIFEST).write_bytes(tagmanifest)
    return Bag(folder, payload, hashlib.sha256(tagmanifest).hexdigest())


def _checked(items: Iterable[Item]) -> list[Item]:
    found = sorted(items, key=lambda item: item.path)
    seen: dict[str, str] = {}
    for item in found:
        why = verify.unsafe(item.path)
        if not why and seen.setdefault(verify.folded(item.path), item.path) != item.path:
            why = f"its name differs from {seen[verify.folded(item.path)]} only by letter case"
        if why:
            raise InputError(f"it cannot be sealed: {why}", remedy="Give the file another name", where=item.path)
    return found


def _lines(listed: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{sha256}  {path.replace('%', '%25')}\n" for path, sha256 in listed).encode()


def _info(about: About, payload: Sequence[Written]) -> bytes:
    rows = {
        "Source-Organization": about.by,
        "External-Identifier": about.case_id,
        "External-Description": about.title,
        "Bag-Software-Agent": f"lightkeeper {about.version}",
        "Payload-Oxum": f"{sum(w.bytes for w in payload)}.{len(payload)}",
        "Lightkeeper-Format": FORMAT,
        "Lightkeeper-Kind": about.kind,
        "Lightkeeper-Ruleset": about.ruleset,
    }
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in rows.items()).encode()


def _commitments(folder: Path, payload: Sequence[Written]) -> bytes:
    blinding = (folder / verify.BLINDING).read_text().strip()
    made = (verify.commitment(verify.salt_of(blinding, w.path), w.sha256, w.path) for w in payload)
    return "".join(f"{line}\n" for line in made).encode()


def _custody(about: About, written: Iterable[Written], key: SealKey) -> bytes:
    entries: list[dict[str, object]] = [{"event": "opened", "format": custody.FORMAT, "what": about.case_id}]
    for w in sorted(written, key=lambda w: w.path):
        item = w.item
        entries.append(
            {
                "event": "made" if item.made_by else "added",
                "path": w.path,
                "sha256": w.sha256,
                "bytes": w.bytes,
                "what": item.what,
                "source": item.source,
                "from": item.came_from,
                "retrieved_at": item.retrieved_at,
                "licence": item.licence,
                "made_by": f"lightkeeper {item.made_by}" if item.made_by else None,
                "judged_by": item.judged_by,
            }
        )
    sealed = {"event": "sealed", "who": about.by, "with": f"lightkeeper {about.version}", "key": key.fingerprint}
    entries.append({**sealed, "when": f"see signed-at in {verify.SEAL}"})
    return custody.chain(entries)


def _readme(about: About) -> bytes:
    notes = "".join(f"\nNote: {note}\n" for note in about.notes)
    return f"""{about.title}

A sealed bundle of evidence ({about.kind}), made by Lightkeeper {about.version} for {about.by}.
The answers are in data/pages/index.html and data/pages/ledger.json. What each file is and where it came from is in
{verify.CUSTODY}, and for machines in {verify.CRATE}.

To check that nothing was changed, with Python 3.8 or later and no network:

    python3 verify.py --key FINGERPRINT

FINGERPRINT is that of the key of the publisher. Take it from the publisher, not from this bundle. Take verify.py from
the publisher too if you do not trust who gave you the bundle. Without it: sha256sum --check {verify.MANIFEST}

A sound bundle shows that these files are those that the holder of the key sealed. It does not show that a measurement
is true, nor who ordered anything.
{notes}""".encode()
