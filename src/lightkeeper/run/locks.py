"""Locks: who works on a country in a data folder. The system frees a lock with its process, so none goes stale.

A watch holds its country alone. Fetches by hand share it among themselves, and each holds its source alone: a part of a
table is read, joined with what came, and written anew, so two that write the same part would lose rows.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from lightkeeper.errors import InputError

FOLDER = "watch"
POLL_S = 2.0
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@contextlib.contextmanager
def watching(data: Path, country: str, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a country alone, to watch it. Raises InputError where another process watches it.

    A fetch by hand is waited for where `on_wait` is given, which then hears of it once. Else that is an error too.
    """
    path, told = _path(data, country), False
    with _opened(path) as lock:
        while not _take(lock, fcntl.LOCK_EX):
            fetch = _fetch_of(data, country) if _may_share(path) else None
            if fetch is None and not _may_share(path):
                raise _watched(country, path)
            what = f"{country} is being fetched by hand ({fetch or 'it has just ended'})"
            if on_wait is None:
                raise InputError(what, remedy="Wait until that is done, and run it again", where=str(path))
            if not told:
                on_wait(f"{what}: the watch begins when that is done")
                told = True
            time.sleep(POLL_S)
        _sign(lock)
        yield


@contextlib.contextmanager
def fetching(data: Path, country: str, source: str) -> Iterator[None]:
    """Hold one source of a country, to fetch it by hand. Raises InputError where a watch or another fetch does."""
    path = _path(data, country)
    own = path.with_suffix(f".fetch-{_NO_NAME.sub('-', source)[:60]}.lock")
    with _opened(path) as shared, _opened(own) as lock:
        if not _take(shared, fcntl.LOCK_SH):
            raise InputError(
                f"{country} is watched by process {_signature(path)}, which fetches into the same folder",
                remedy="Let it fetch, or stop it first, or name another folder with --data",
                where=str(path),
            )
        if not _take(lock, fcntl.LOCK_EX):
            raise InputError(
                f"{source} of {country} is being fetched already, by process {_signature(own)}",
                remedy="Wait until that is done: it goes on from there",
                where=str(own),
            )
        _sign(lock)
        yield


@contextlib.contextmanager
def sending(data: Path, country: str) -> Iterator[None]:
    """Hold the sending of notices about a country. Raises InputError where another process sends."""
    path = _path(data, country).with_suffix(".notices.lock")
    with _opened(path) as lock:
        if not _take(lock, fcntl.LOCK_EX):
            raise InputError(
                f"Notices about {country} are being sent already, by process {_signature(path)}",
                remedy="Wait until that is done, and run it again; nothing is sent twice",
                where=str(path),
            )
        _sign(lock)
        yield


def is_watched(data: Path, country: str) -> bool:
    """Whether some process watches the country now."""
    path = _path(data, country)
    return path.exists() and not _may_share(path)


def _watched(country: str, path: Path) -> InputError:
    return InputError(
        f"{country} is watched already, by process {_signature(path)}",
        remedy=f"Stop that one first, or look at it with `lightkeeper watch --cc {country} --status`",
        where=str(path),
    )


def _fetch_of(data: Path, country: str) -> str | None:
    """A fetch by hand that goes on: `ioda, by process 123`."""
    for path in sorted((data / FOLDER).glob(f"{country}.fetch-*.lock")):
        with _opened(path) as lock:
            if not _take(lock, fcntl.LOCK_EX, patient=False):
                source = path.name.removeprefix(f"{country}.fetch-").removesuffix(".lock")
                return f"{source}, by process {_signature(path)}"
    return None


def _may_share(path: Path) -> bool:
    with _opened(path) as lock:
        return _take(lock, fcntl.LOCK_SH)


def _take(lock: IO[bytes], how: int, *, patient: bool = True) -> bool:
    """Take a lock. Somebody may only have looked whether it is held: so a patient one tries twice."""
    for pause in (0.2, 0.0) if patient else (0.0,):
        try:
            fcntl.flock(lock.fileno(), how | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return True
    return False


def _sign(lock: IO[bytes]) -> None:
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n".encode())
    lock.flush()


def _signature(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes()[:20].decode("ascii", "replace").strip() or "unknown"
    return "unknown"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as lock:
        yield lock


def _path(data: Path, country: str) -> Path:
    return data / FOLDER / f"{country}.lock"
