"""The reference: the facts that observing and judging rest on beside the rules, named by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.observe import fingerprints, targets
from lightkeeper.observe.trust import trust_store_sha256
from lightkeeper.sources import as_numbers
from lightkeeper.sources.fingerprint import Fingerprint

IMPORTED = "imported/fingerprints.jsonl"
"""The fingerprints that a person imported, one JSON object a line."""
LIBRARIES = ("certifi", "publicsuffixlist")
"""Packages whose data take part: the list of trusted authorities and the list of public suffixes."""
_ROOMS = ("observe", "judge")
_FINGERPRINTS = f"observe/{fingerprints.BUILT_IN}"
_TARGETS = "observe/targets.tsv"
_CAN_CHANGE = frozenset({_FINGERPRINTS, IMPORTED, _TARGETS})


class Reference(msgspec.Struct, frozen=True):
    """Files of facts by their path, and the versions of the packages whose data take part."""

    files: dict[str, bytes]
    libraries: dict[str, str]

    @property
    def name(self) -> str:
        """`ref-` and the first 12 hexadecimal digits of a SHA-256 over all contents."""
        digest = hashlib.sha256()
        for path, data in sorted(self.files.items()):
            digest.update(f"{path} {hashlib.sha256(data).hexdigest()}\n".encode())
        for package, number in sorted(self.libraries.items()):
            digest.update(f"{package} {number}\n".encode())
        return f"ref-{digest.hexdigest()[:12]}"

    def known(self) -> list[Fingerprint]:
        """All fingerprints, those of Lightkeeper first. Raises InputError where they cannot be read."""
        try:
            own = fingerprints.parse(self.files[_FINGERPRINTS].decode())
            lines = self.files.get(IMPORTED, b"").splitlines()
            return own + [msgspec.json.decode(line, type=Fingerprint) for line in lines]
        except (KeyError, ValueError) as error:
            remedy = "Import the fingerprints again"
            raise InputError("its fingerprints cannot be read", remedy=remedy, where=self.name) from error


@lru_cache(maxsize=1)
def built_in() -> Reference:
    """The reference that this version carries: every table of facts in the rooms, and the packages as installed."""
    found = {
        f"{room}/{entry.name}": entry.read_bytes()
        for room in _ROOMS
        for entry in files("lightkeeper").joinpath(room).iterdir()
        if entry.name.endswith((".toml", ".tsv"))
    }
    libraries = {package: version(package) for package in LIBRARIES}
    carried = {"certifi's list, SHA-256": trust_store_sha256(), "AS numbers": as_numbers.carried().name}
    return Reference(found, {**libraries, **carried})


def with_imported(known: Iterable[Fingerprint]) -> Reference:
    """The built-in reference and these fingerprints after its own. The same one twice counts once."""
    lines = dict.fromkeys(msgspec.json.encode(fingerprint) for fingerprint in known)
    base = built_in()
    return Reference({**base.files, IMPORTED: b"".join(line + b"\n" for line in lines)}, base.libraries)


def current() -> Reference:
    """The reference in force in this process: the built-in one, unless another was chosen."""
    return _in_force or built_in()


def put_in_force(reference: Reference | None) -> None:
    """Use a reference in this process from now on; none is the built-in one.

    Raises InputError where this version cannot use it: another table of facts, or another version of a package.
    """
    global _in_force
    chosen = reference or built_in()
    _check(chosen)
    known = fingerprints.Fingerprints(chosen.known())
    try:
        targets.put_in_force(chosen.files[_TARGETS].decode())
    except (KeyError, ValueError) as error:
        remedy = "Use the version of Lightkeeper that made it"
        raise InputError("its list of targets cannot be read", remedy=remedy, where=chosen.name) from error
    fingerprints.put_in_force(known)
    _in_force = reference


@contextmanager
def in_force(reference: Reference | None) -> Iterator[None]:
    """Use a reference within the block."""
    before = _in_force
    put_in_force(reference)
    try:
        yield
    finally:
        put_in_force(before)


def _check(reference: Reference) -> None:
    own = built_in()
    for package, number in sorted(reference.libraries.items()):
        if own.libraries.get(package) != number:
            remedy = f"Install {package} {number} beside the version of Lightkeeper that made the reference"
            raise InputError(f"it was made with {package} {number}", remedy=remedy, where=reference.name)
    for path in sorted(reference.files.keys() | own.files.keys()):
        if path not in _CAN_CHANGE and reference.files.get(path) != own.files.get(path):
            remedy = "Use the version of Lightkeeper that made it: `lightkeeper reference list` names it"
            raise InputError(f"{path} is not that of this version", remedy=remedy, where=reference.name)


_in_force: Reference | None = None
