"""Verify: what was given, a sealed bundle, a built case or an archive, checked as that kind of thing can be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.evidence import keys, timestamp, verify
from lightkeeper.evidence.manifest import MANIFEST, verify_manifest
from lightkeeper.evidence.pack import MOST_BYTES, unpack


class Checked(msgspec.Struct, frozen=True):
    """What a check found. `kind` is bundle, case or archive; a problem is a file and a reason."""

    kind: str
    problems: list[tuple[str, str]]
    said: list[str]
    """What a person must know besides, one sentence each."""
    seal: dict[str, str] = {}


def check(
    given: Path, *, key: str | None = None, tsa_root: Path | None = None, most_bytes: int = MOST_BYTES
) -> Checked:
    """Check what lies at `given`. `key` is a fingerprint or the file of a public key, `tsa_root` a PEM file.

    Raises InputError for what is none of them, and for a key that is none; ArchiveDamaged for a packed bundle that is
    not safe to unpack.
    """
    fingerprint = verify.named_key(key) if key else None
    if key and fingerprint is None:
        remedy = "Give the 64 hexadecimal digits of the fingerprint, or the file of the public key"
        raise InputError(f"`{verify.shown(key)[:80]}` names no key", remedy=remedy)
    if given.is_file() or (given / "bagit.txt").exists() or (given / "seal").exists():
        with opened_bundle(given, most_bytes=most_bytes) as folder:
            return _bundle(folder, fingerprint, tsa_root)
    if (given / "objects").is_dir():
        damage = [(str(d.path), d.reason) for d in Archive(given).verify()]
        return Checked("archive", damage, [f"{sum(1 for _ in Archive(given).files())} files in the archive."])
    if given.is_dir() and not (given / MANIFEST).exists():
        remedy = "Name a sealed bundle (folder, zip or tar), a built case such as out/iran-2021-election, or an archive"
        raise InputError("this is neither a bundle nor a built case nor an archive", remedy=remedy, where=str(given))
    problems = [(p.path, p.what) for p in verify_manifest(given)]
    return Checked("case", problems, ["Who built it cannot be seen from it: a sealed bundle is signed."])


@contextmanager
def opened_bundle(given: Path, *, most_bytes: int = MOST_BYTES) -> Iterator[Path]:
    """The folder of a bundle; a zip or tar is unpacked into a folder that is gone afterwards."""
    if given.is_dir():
        yield given
        return
    if not given.is_file():
        raise InputError("there is no such bundle", remedy="Name its folder, zip or tar", where=str(given))
    with tempfile.TemporaryDirectory(prefix="lightkeeper-bundle-") as made:
        yield unpack(given, Path(made), most_bytes=most_bytes)


def _bundle(folder: Path, fingerprint: str | None, tsa_root: Path | None) -> Checked:
    report = verify.check(str(folder), fingerprint)
    problems, said = list(report.problems), []
    if report.seal:
        text, signature = (verify.read(str(folder), path) for path in (verify.SEAL, verify.SIGNATURE))
        if not keys.holds(bytes.fromhex(report.seal["public-key"]), text, signature):
            problems.append((verify.SIGNATURE, "the signature does not fit, as OpenSSL sees it"))
        said.append(_about_stamp(folder, report.seal, tsa_root, problems))
    said += [r for r in report.remarks if "time stamp" not in r]
    if report.seal and fingerprint:
        said.append(f"Signed by the key that you named, {report.seal['fingerprint']}.")
    elif report.seal:
        unknown = f"Signed by an unknown key {report.seal['fingerprint']}: compare it with what the publisher states."
        said.append(unknown)
    return Checked("bundle", sorted(set(problems)), said, dict(report.seal))


def _about_stamp(folder: Path, seal: dict[str, str], root: Path | None, problems: list[tuple[str, str]]) -> str:
    """What the time stamp says, in a sentence; what is wrong with it is added to the problems."""
    if not seal["time-stamp"].startswith("sha256 "):
        if root:
            problems.append((verify.SEAL, "there is no time stamp to check against the root that you named"))
        return f"There is no time stamp ({seal['time-stamp']}). The time of sealing is the signer's word."
    try:
        roots = timestamp.roots_of(root.read_bytes()) if root else []
    except OSError as error:
        raise InputError(
            f"the root cannot be read: {error.strerror}", remedy="Check its name", where=str(root)
        ) from error
    try:
        reply, data = (verify.read(str(folder), path) for path in (verify.TIME_STAMP, verify.TAGMANIFEST))
        stamp = timestamp.read_stamp(reply, data, roots)
    except (ValueError, verify.Refused) as error:
        problems.append((verify.TIME_STAMP, str(error)))
        return "The time stamp does not hold."
    checked = "under the root that you named" if stamp.checked else "whose authority was not checked: see --tsa-root"
    return f"It existed at {stamp.at:%Y-%m-%d %H:%M:%S} UTC, says the time stamp by {stamp.by}, {checked}."
