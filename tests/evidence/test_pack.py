"""Bundles as one file, and files that only look like one."""

from __future__ import annotations

import contextlib
import io
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.bundles import KEY, bundle
from lightkeeper.errors import ArchiveDamaged, InputError, LightkeeperError
from lightkeeper.evidence import verify
from lightkeeper.evidence.pack import pack, unpack


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_the_same_bundle_packs_to_the_same_bytes_and_comes_back_whole(tmp_path: Path, kind: str) -> None:
    bundle(tmp_path / "one" / "b")
    bundle(tmp_path / "other" / "b")
    (tmp_path / "other" / "b" / "README.txt").touch()
    first, second = pack(tmp_path / "one" / "b", kind), pack(tmp_path / "other" / "b", kind)
    assert first.read_bytes() == second.read_bytes()
    (tmp_path / "in").mkdir()
    assert verify.check(str(unpack(first, tmp_path / "in")), KEY.fingerprint).problems == []


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as packed:
        for info, data in members:
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return path


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def tar_of(name: str, kind: bytes, leads_to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, leads_to
    return info


HOSTILE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "a name that leads out": ("leads out", lambda p: zipped(p, ("b/../../x", b""))),
    "an absolute name": ("absolute", lambda p: zipped(p, ("/etc/x", b""))),
    "a drive": ("absolute", lambda p: zipped(p, ("C:/x", b""))),
    "a backslash": ("absolute", lambda p: zipped(p, ("b\\..\\x", b""))),
    "a link": ("link or a device", lambda p: zipped(p, (of_kind("b/x", stat.S_IFLNK), b"/etc/passwd"))),
    "a device": ("link or a device", lambda p: zipped(p, (of_kind("b/x", stat.S_IFCHR), b""))),
    "a name that stands twice": ("stands twice", lambda p: zipped(p, ("b/x", b"1"), ("b/x", b"2"))),
    "names that collide": ("letter case", lambda p: zipped(p, ("b/x", b"1"), ("b/X", b"2"))),
    "a file that is a folder": ("at once", lambda p: zipped(p, ("b/x", b"1"), ("b/x/y", b"2"))),
    "a bomb": ("bomb", lambda p: zipped(p, ("b/x", bytes(64 << 20)))),
    "two folders": ("exactly one folder", lambda p: zipped(p, ("b/x", b"1"), ("c/x", b"2"))),
    "no folder": ("not in a folder", lambda p: zipped(p, ("x", b"1"))),
    "a name of Windows": ("Windows", lambda p: zipped(p, ("b/aux.txt", b""))),
    "a link in a tar": ("link or a device", lambda p: tarred(p, (tar_of("b/x", tarfile.SYMTYPE, "/etc"), b""))),
    "a hard link": ("link or a device", lambda p: tarred(p, (tar_of("b/x", tarfile.LNKTYPE, "/etc/passwd"), b""))),
    "a device in a tar": ("link or a device", lambda p: tarred(p, (tar_of("b/x", tarfile.CHRTYPE), b""))),
    "a pipe in a tar": ("link or a device", lambda p: tarred(p, (tar_of("b/x", tarfile.FIFOTYPE), b""))),
    "out of a tar": ("leads out", lambda p: tarred(p, (tar_of("../x", tarfile.REGTYPE), b"x"))),
    "twice in a tar": (
        "stands twice",
        lambda p: tarred(p, (tar_of("b/x", tarfile.REGTYPE), b"1"), (tar_of("b/x", tarfile.REGTYPE), b"2")),
    ),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_package_is_refused_and_nothing_lands_outside(tmp_path: Path, name: str) -> None:
    why, made = HOSTILE[name]
    packed = made(tmp_path / "evil")
    room = tmp_path / "deep" / "room"
    room.mkdir(parents=True)
    with pytest.raises(ArchiveDamaged, match=why):
        unpack(packed, room)
    outside = [p for p in tmp_path.rglob("*") if not p.is_relative_to(room) and p.is_file()]
    assert outside == [packed]
    assert not [p for p in room.rglob("*") if p.is_symlink()]


def test_more_bytes_than_allowed_are_refused_before_they_are_written(tmp_path: Path) -> None:
    packed = zipped(tmp_path / "b.zip", ("b/x", random.Random(1).randbytes(100_000)))
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveDamaged, match="more than a bundle may"):
        unpack(packed, tmp_path / "in", most_bytes=50_000)
    assert not (tmp_path / "in" / "b").exists()


def test_more_files_than_a_bundle_may_hold_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightkeeper.evidence.pack.MOST_FILES", 3)
    packed = zipped(tmp_path / "b.zip", *((f"b/{n}", b"") for n in range(4)))
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveDamaged, match="more than a bundle may"):
        unpack(packed, tmp_path / "in")


def test_what_is_no_package_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello")
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="neither a zip nor a tar"):
        unpack(tmp_path / "x", tmp_path / "in")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_damaged_package_never_ends_in_another_exception(tmp_path: Path, kind: str) -> None:
    bundle(tmp_path / "b")
    whole = pack(tmp_path / "b", kind).read_bytes()
    dice = random.Random(3)
    for number in range(60):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        (tmp_path / "damaged").write_bytes(data[: dice.randrange(len(data))] if number % 3 == 0 else data)
        room = tmp_path / f"in{number}"
        room.mkdir()
        with contextlib.suppress(LightkeeperError):  # what is damaged in a way that does not matter may be whole
            verify.check(str(unpack(tmp_path / "damaged", room)), KEY.fingerprint)
