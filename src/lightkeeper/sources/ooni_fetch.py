"""Fetch files of OONI's bucket into the archive: in parallel, checked, and on from where it was broken off."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import obstore

from lightkeeper.archive import Archive
from lightkeeper.model.file import File
from lightkeeper.settings import Settings
from lightkeeper.sources.ooni_remote import LICENCE, NETWORK_ERRORS, SOURCE, Remote, open_store, reason

ATTEMPTS = 2
"""Tries of a file that came with other bytes than listed. Errors of the network are retried by the store itself."""

GIVE_UP_AFTER = 24
"""Files in a row that the network failed: then the line is down, and the rest is left for another run."""

CHUNK_BYTES = 1 << 20

OnProgress = Callable[[Remote, int], None]
"""Gets a file and how many of its bytes are here. Never called twice at once."""


class Failure(msgspec.Struct, frozen=True):
    """A file that is not in the archive, why, and what to do."""

    key: str
    error: str
    remedy: str


class FetchSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a plan. Files and failures come in the order of the plan."""

    files: list[File]
    """All files of the plan that the archive now has."""
    fetched: int
    skipped: int
    """Files that the archive had before."""
    bytes: int
    """Bytes fetched."""
    failed: list[Failure]


class _Differs(Exception):
    """The bytes that came are not those that the bucket lists."""


class _Stopped(Exception):
    """The run was broken off."""


def fetch(
    remotes: Sequence[Remote],
    archive: Archive,
    settings: Settings,
    *,
    on_progress: OnProgress | None = None,
) -> FetchSummary:
    """Bring the files into the archive. Run it again to go on after a failure or Ctrl-C.

    A file that the archive has, of the same URL, size and, where the bucket tells it, MD5, is not fetched again. Bytes
    enter the archive only when all are there and are right. A file that cannot be had is a Failure and the others go
    on. Raises LightkeeperError if the archive cannot be written to, or cannot be read.
    """
    run = _Run(archive, settings, on_progress)
    with ThreadPoolExecutor(settings.fetch_parallel) as pool:
        futures = [pool.submit(run.one, remote) for remote in remotes]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            run.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    got = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]
    fetched = [file for file, is_new in got if is_new]
    return FetchSummary(
        files=[file for file, _ in got],
        fetched=len(fetched),
        skipped=len(got) - len(fetched),
        bytes=sum(file.bytes for file in fetched),
        failed=[outcome for outcome in outcomes if isinstance(outcome, Failure)],
    )


class _Run:
    """What the workers share."""

    def __init__(self, archive: Archive, settings: Settings, on_progress: OnProgress | None) -> None:
        self.stop = threading.Event()
        self._archive = archive
        self._settings = settings
        self._store = open_store(settings)
        self._had = _by_url(archive)
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._in_a_row = 0

    def one(self, remote: Remote) -> tuple[File, bool] | Failure:
        """The file and whether it is new, or why it could not be had."""
        had = self._archived(remote)
        if had:
            self._tell(remote, remote.bytes)
            return had, False
        if self._in_a_row >= GIVE_UP_AFTER:
            return Failure(remote.key, "not tried: the source has stopped answering", "Run it again later; it goes on")
        try:
            file = self._download(remote)
        except FileNotFoundError:
            return Failure(remote.key, "the file is no longer in the bucket", "Plan again: the list has changed")
        except _Differs as problem:
            return Failure(remote.key, str(problem), "Run it again; if it stays so, tell OONI that the file is damaged")
        except NETWORK_ERRORS as problem:
            with self._lock:
                self._in_a_row += 1
            return Failure(remote.key, reason(problem), "Check the connection and run it again; it goes on from here")
        with self._lock:
            self._in_a_row = 0
        return file, True

    def _download(self, remote: Remote) -> File:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._archive.add_stream(
                    self._checked(remote),
                    source=SOURCE,
                    url=remote.url(self._settings),
                    licence=LICENCE,
                )
            except _Differs:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _checked(self, remote: Remote) -> Iterator[bytes]:
        """The bytes as they come. Raises _Differs at the end if they are not those listed: the archive drops them."""
        md5, size = hashlib.md5(usedforsecurity=False), 0
        for chunk in obstore.get(self._store, remote.key).stream(min_chunk_size=CHUNK_BYTES):
            if self.stop.is_set():
                raise _Stopped
            data = bytes(chunk)
            md5.update(data)
            size += len(data)
            if size > remote.bytes:
                break
            yield data
            self._tell(remote, size)
        if size != remote.bytes:
            raise _Differs(f"{size:,} bytes came where {remote.bytes:,} are listed")
        if remote.md5 and md5.hexdigest() != remote.md5:
            raise _Differs(f"the bytes have MD5 {md5.hexdigest()} where {remote.md5} is listed")

    def _archived(self, remote: Remote) -> File | None:
        """The file if the archive has it whole."""
        for file in self._had.get(remote.url(self._settings), ()):
            if file.bytes == remote.bytes and self._is_whole(file, remote):
                return file
        return None

    def _is_whole(self, file: File, remote: Remote) -> bool:
        try:
            with self._archive.path_of(file.sha256).open("rb") as stored:
                if remote.md5:
                    return hashlib.file_digest(stored, _md5).hexdigest() == remote.md5
                return stored.seek(0, 2) == remote.bytes
        except OSError:
            return False

    def _tell(self, remote: Remote, size: int) -> None:
        if self._on_progress:
            with self._lock:
                self._on_progress(remote, size)


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)


def _by_url(archive: Archive) -> Mapping[str, list[File]]:
    found: dict[str, list[File]] = {}
    for file in archive.files():
        if file.source == SOURCE:
            found.setdefault(file.url, []).append(file)
    return found
