"""Publish: how a file or a folder appears whole or not at all, even after a kill or a power cut.

Everything is written under a name of its own, flushed to the disk, then moved into place by one rename in the same
file system. See rename(2) and fsync(2).
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from lightkeeper.errors import LightkeeperError, of_the_system

STALE_AFTER_S = 24 * 3600
"""A workspace untouched for so long belongs to a process that died."""

READ_ONLY = 0o444


@contextlib.contextmanager
def workspace(tmp: Path) -> Iterator[Path]:
    """A new empty folder under `tmp`, gone when the block ends. A kill leaves it for `sweep` to find."""
    with writing(tmp):
        made = tmp / secrets.token_hex(16)
        made.mkdir(parents=True)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(tmp: Path) -> None:
    """Remove what dead processes left under `tmp`. A workspace still being written is left alone."""
    oldest = time.time() - STALE_AFTER_S
    if not tmp.is_dir():
        return
    for left in tmp.iterdir():
        with contextlib.suppress(OSError):
            touched = max(entry.lstat().st_mtime for entry in (left, *left.rglob("*")))
            if touched < oldest:
                shutil.rmtree(left, ignore_errors=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a new read-only file and flush it to the disk. Not yet published: that is the caller's rename."""
    with path.open("xb") as out:
        out.write(data)
        flush(out.fileno())


def flush(fileno: int) -> None:
    """Make an open file read-only and wait until its bytes are on the disk."""
    os.fchmod(fileno, READ_ONLY)
    os.fsync(fileno)


def publish_folder(made: Path, final: Path) -> bool:
    """Move a folder into place. False if another writer was first: then nothing was changed."""
    sync_folder(made)
    new_parent = not final.parent.is_dir()
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(final)
    except OSError as problem:
        if problem.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    sync_folder(final.parent)
    if new_parent:
        sync_folder(final.parent.parent)
    return True


def publish_once(made: Path, final: Path) -> bool:
    """Move a file into place unless one is there already. False if it was: the first one is kept."""
    try:
        os.link(made, final)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links, such as a USB stick's
        if final.exists():
            return False
        made.replace(final)
    sync_folder(final.parent)
    return True


def replace_file(made: Path, final: Path) -> None:
    """Move a file into place over whatever is there."""
    made.replace(final)
    sync_folder(final.parent)


def put_file(final: Path, data: bytes, mode: int, *, once: bool = False) -> bool:
    """Write a file whole under a name of its own, with this mode whatever the mask, then move it into place.

    False if `once` and one is there: the first one is kept. Raises OSError, and then nothing is left behind.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    made = final.with_name(f".{final.name}.{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(made, flags, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if once:
            return publish_once(made, final)
        replace_file(made, final)
        return True
    finally:
        made.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk. Some file systems cannot: they are let off."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(where: Path) -> Iterator[None]:
    """Turn a failure to write into an error that says what to do. Raises LightkeeperError."""
    try:
        yield
    except OSError as problem:
        said = of_the_system(problem, str(where))
        what = f"The archive cannot be written to, and nothing half-written was kept: {said.what}"
        raise LightkeeperError(what, remedy=said.remedy, where=said.where) from problem
