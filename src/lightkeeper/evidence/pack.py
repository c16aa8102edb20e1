"""Pack: a bundle as one .zip or .tar with the same bytes on every machine, and the way back, which trusts nothing.

Files are stored as they are: compressed bytes differ between versions of zlib.
"""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lightkeeper.archive.entries import files_in
from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.evidence import verify

MODE = 0o644
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold."""
MOST_BYTES = 16 << 30
MOST_FILES = 200_000
MOST_RATIO = 200
"""A file that unpacks to more than so many times its size is a bomb: what we pack is not compressed at all."""
CHUNK_BYTES = 1 << 20


def pack(folder: Path, kind: str) -> Path:
    """Write `folder` as `<folder>.zip` or `.tar` beside it, in place of what stood there; `kind` is zip or tar."""
    final = folder.with_name(f"{folder.name}.{kind}")
    named = [(f"{folder.name}/{p.relative_to(folder).as_posix()}", p) for p in files_in(folder)]
    made = final.with_name(f".{final.name}.part")
    try:
        (_write_zip if kind == "zip" else _write_tar)(made, named)
        made.replace(final)
    finally:
        made.unlink(missing_ok=True)
    return final


def _write_zip(made: Path, named: list[tuple[str, Path]]) -> None:
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for name, path in named:
            info = zipfile.ZipInfo(name, OLDEST)
            info.create_system, info.external_attr = 3, (stat.S_IFREG | MODE) << 16
            with path.open("rb") as file, packed.open(info, "w") as out:
                shutil.copyfileobj(file, out, CHUNK_BYTES)


def _write_tar(made: Path, named: list[tuple[str, Path]]) -> None:
    with tarfile.open(made, "w", format=tarfile.PAX_FORMAT) as packed:
        for name, path in named:
            info = tarfile.TarInfo(name)
            info.size, info.mode = path.stat().st_size, MODE
            with path.open("rb") as file:
                packed.addfile(info, file)


def unpack(packed: Path, into: Path, *, most_bytes: int = MOST_BYTES) -> Path:
    """Unpack a bundle into the empty folder `into` and return the bundle's folder.

    Only plain files under one folder are taken, each name once. Raises InputError for what is no zip or tar,
    ArchiveDamaged, with the member, for a name that leads out, a link, a device, a name that stands twice, an encrypted
    file, and more bytes than it says or than `most_bytes`.
    """
    budget = [most_bytes]
    try:
        if zipfile.is_zipfile(packed):
            _unpack_all(packed, into, _zip_members(packed), budget)
        elif tarfile.is_tarfile(packed):
            _unpack_all(packed, into, _tar_members(packed), budget)
        else:
            raise InputError("This is neither a zip nor a tar", remedy="Name a bundle", where=str(packed))
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(packed, "", f"it cannot be unpacked: {type(error).__name__}") from error
    except OSError as error:
        raise InputError(
            f"it cannot be unpacked: {error.strerror}", remedy="Check the file", where=str(packed)
        ) from error
    tops = sorted(into.iterdir())
    if len(tops) != 1:
        raise _damaged(packed, "", "it does not hold exactly one folder")
    return tops[0]


Member = tuple[str, int, IO[bytes] | None]
"""Name, size and bytes of a file; a folder has none. It is laid out too, so that an empty one is seen as added."""


def _unpack_all(packed: Path, into: Path, members: Iterator[Member], budget: list[int]) -> None:
    seen: dict[str, str] = {}
    for number, (name, size, file) in enumerate(members):
        why = verify.unsafe(name) or ("it is not in a folder" if "/" not in name and file is not None else "")
        if not why and seen.setdefault(verify.folded(name), name) != name:
            why = f"its name differs from {seen[verify.folded(name)]} only by letter case"
        target = into / name
        if not why and file is not None and target.exists():
            why = "it stands twice"
        if number >= MOST_FILES or size > budget[0]:
            why = why or "it holds more than a bundle may; see --most-bytes"
        if why:
            raise _damaged(packed, name, why)
        budget[0] -= size
        try:
            (target if file is None else target.parent).mkdir(parents=True, exist_ok=True)
            if file is not None:
                _copy(packed, name, file, target, size)
        except (FileExistsError, NotADirectoryError) as error:
            raise _damaged(packed, name, "it is a file and a folder at once") from error


def _copy(packed: Path, name: str, file: IO[bytes], target: Path, size: int) -> None:
    left = size
    with target.open("xb") as out:
        while chunk := file.read(CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                break
            out.write(chunk)
    if left != 0:
        raise _damaged(packed, name, "it does not have the size that it states")


def _zip_members(packed: Path) -> Iterator[Member]:
    with zipfile.ZipFile(packed) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir():
                yield info.orig_filename.rstrip("/"), 0, None
                continue
            if kind not in (0, stat.S_IFREG):
                raise _damaged(packed, info.filename, "it is a link or a device")
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _damaged(packed, info.filename, "it is encrypted, or packed in an unusual way")
            if info.file_size > MOST_RATIO * max(info.compress_size, 1024):
                raise _damaged(packed, info.filename, "it is a bomb: it would unpack to far more than it is")
            with opened.open(info) as file:
                yield info.orig_filename, info.file_size, file


def _tar_members(packed: Path) -> Iterator[Member]:
    with tarfile.open(packed, "r:") as opened:
        for info in opened:
            if info.isdir():
                yield info.name.rstrip("/"), 0, None
                continue
            file = opened.extractfile(info) if info.isreg() and not info.issparse() else None
            if file is None:
                raise _damaged(packed, info.name, "it is a link or a device")
            yield info.name, info.size, file


def _damaged(packed: Path, name: str, why: str) -> ArchiveDamaged:
    what = f"{verify.shown(name)}: {why}" if name else why
    remedy = "Nothing was taken from it. Ask for it again, or unpack it with care and verify the folder"
    return ArchiveDamaged(what, remedy=remedy, where=str(packed))
