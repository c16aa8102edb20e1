"""The manifest of a built case folder: the SHA-256 of each file, in the format of `sha256sum`.

A stranger checks it without this program: `sha256sum --check manifest-sha256.txt`. Name and form are those of a BagIt
manifest (RFC 8493), with paths relative to the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from lightkeeper.archive.entries import entries, files_in
from lightkeeper.errors import InputError

MANIFEST = "manifest-sha256.txt"
_LINE = re.compile(r"(\\?)([0-9a-f]{64})  (.+)")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


class Problem(NamedTuple):
    """One file that is not as the manifest says. `what` is changed, missing, added or not_a_file."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def write_manifest(folder: Path) -> Path:
    """Write `manifest-sha256.txt` of all files under `folder`, sorted by path, and return its path.

    Raises InputError for a folder that does not exist, and for a link in it: what it leads to could change unseen.
    """
    _need(folder)
    made = sorted((_name(folder, path), path) for path in files_in(folder) if path != folder / MANIFEST)
    lines = [_line(_sha256(path), name) for name, path in made]
    number, temporary = tempfile.mkstemp(prefix=".manifest.", suffix=".tmp", dir=folder)
    with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(folder / MANIFEST)
    return folder / MANIFEST


def listed(folder: Path) -> list[str]:
    """The paths that the manifest of a folder names. Raises InputError where there is none, or a line is not one."""
    return list(_read(folder))


def verify_manifest(folder: Path) -> list[Problem]:
    """Files that are changed, missing or added since the manifest was written, sorted by path. None if all is well.

    Raises InputError where there is no manifest, or a line of it is not one.
    """
    listed = _read(folder)
    there = {_name(folder, path): path for path in _entries(folder) if path != folder / MANIFEST}
    problems = [Problem(name, "added") for name in there.keys() - listed.keys()]
    for name, digest in listed.items():
        path = there.get(name)
        if path is None:
            problems.append(Problem(name, "missing"))
        elif path.is_symlink() or not path.is_file():
            problems.append(Problem(name, "not_a_file"))
        elif _sha256(path) != digest:
            problems.append(Problem(name, "changed"))
    return sorted(problems)


def _read(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("There is no manifest to check", remedy="Build the case again", where=str(path)) from error
    listed: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        found = _LINE.fullmatch(line)
        if not found or _unescaped(found) in listed:
            raise InputError(
                "This is not a line of a manifest", remedy="Build the case again", where=f"{path}:{number}"
            )
        listed[_unescaped(found)] = found[2]
    return listed


def _entries(folder: Path) -> list[Path]:
    """All files and links under a folder, sorted by name. Links are not followed."""
    _need(folder)
    found = entries(folder)
    return sorted((p for p in found if p.is_symlink() or not p.is_dir()), key=lambda p: _name(folder, p))


def _need(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError("There is no such folder", remedy="Name the folder of a built case", where=str(folder))


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _line(digest: str, name: str) -> str:
    """A line as `sha256sum` writes it: with a backslash in front where the name has one, or a line break."""
    plain = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if plain != name else ""
    return f"{mark}{digest}  {plain}\n"


def _unescaped(found: re.Match[str]) -> str:
    if not found[1]:
        return found[3]
    return re.sub(r"\\[\\nr]", lambda m: _ESCAPES[m[0]], found[3])
