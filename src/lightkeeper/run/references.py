"""References in the data folder: one folder for each, under the hash of what it holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lightkeeper import __version__
from lightkeeper.archive import atomic
from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.observe.reference import Reference, built_in

FOLDER = "reference"
ABOUT = "reference.json"
NAME = re.compile(r"ref-[0-9a-f]{12}")
_PATH = re.compile(r"[a-z]+/[a-z][a-z0-9_.\-]*")


class Source(msgspec.Struct, frozen=True):
    """A file that a reference was made from."""

    file: str
    sha256: str
    licence: str
    fingerprints: int
    set_aside: int


class About(msgspec.Struct, frozen=True):
    """What is known of a reference, beside its contents."""

    name: str
    made_at: datetime
    made_by: str
    libraries: dict[str, str]
    files: dict[str, str]
    """SHA-256 of each file of the reference, by its path."""
    sources: list[Source] = []


def save(reference: Reference, sources: list[Source], data: Path) -> Path:
    """Keep a reference under `data/reference/<name>`, whole or not at all. One that is there is left as it is."""
    root = data / FOLDER
    final = root / reference.name
    if final.is_dir():
        return final
    about = About(
        name=reference.name,
        made_at=datetime.now(UTC).replace(microsecond=0),
        made_by=__version__,
        libraries=reference.libraries,
        files={path: hashlib.sha256(content).hexdigest() for path, content in sorted(reference.files.items())},
        sources=sources,
    )
    with atomic.writing(root), atomic.workspace(root / "tmp") as made:
        for path, content in reference.files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            atomic.write_file(made / path, content)
        atomic.write_file(made / ABOUT, msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
        atomic.publish_folder(made, final)
    return final


def load(name: str, data: Path) -> Reference | None:
    """The reference of this name, `ref-…`, checked; none is the built-in one.

    Raises InputError where there is none, ArchiveDamaged where it is not what its name says.
    """
    wanted = name if name.startswith("ref-") else f"ref-{name}"
    if not NAME.fullmatch(wanted):
        raise InputError(f"`{name[:80]}` names no reference", remedy="Name it as `lightkeeper reference list` does")
    if wanted == built_in().name:
        return None
    folder = data / FOLDER / wanted
    about = _about(folder)
    if about is None:
        remedy = "`lightkeeper reference list` names those that are here; import the same files again for another"
        raise InputError(f"there is no reference {wanted}", remedy=remedy, where=str(data / FOLDER))
    damaged = ArchiveDamaged("The reference is not what its name says", remedy="Import it again", where=str(folder))
    try:
        files = {path: (folder / path).read_bytes() for path in about.files if _PATH.fullmatch(path)}
    except OSError as error:
        raise damaged from error
    found = Reference(files, about.libraries)
    if found.name != wanted:
        raise damaged
    return found


def listing(data: Path) -> Iterator[About]:
    """What is known of each reference in the data folder, the oldest first."""
    folders = (data / FOLDER).glob("ref-*") if (data / FOLDER).is_dir() else ()
    yield from sorted(filter(None, map(_about, folders)), key=lambda about: (about.made_at, about.name))


def _about(folder: Path) -> About | None:
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return about if about.name == folder.name else None
