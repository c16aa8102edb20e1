"""Fetch many small replies of one source into the archive: one after the other, and on from where it was broken off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import httpx
import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import ArchiveDamaged, InputError, SourceUnavailable
from lightkeeper.model.file import File
from lightkeeper.settings import Settings
from lightkeeper.sources.web import LONGEST_WAIT_S, Reply, Web

SETTLED = timedelta(days=1)
"""A reply fetched this long after its time had ended is taken as final: sources still correct their last hours."""
GIVE_UP_AFTER = 5
"""Requests in a row without an answer: then the source or the line is down, and the rest is left for another run."""
HEAD_BYTES = 1 << 12
REQUESTS_MAX = 20_000
"""More requests than this are a slip in the dates, not a plan that a public source should have to bear."""
MAX_BYTES = 64 << 20
DEADLINE_S = 300.0

_ANSWERED = re.compile(r"the source answered 4(?!0[13]|08|2[59])\d\d")
"""The source is there, and refuses this one request. 401, 403, 408, 425 and 429 will befall the next one too."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One GET: what is asked of a source. `params` hold no secret: they become part of the URL on record."""

    url: str
    params: dict[str, str] = {}
    ends_at: datetime | None = None
    """End of the time that it asks for, UTC; none for what may change at any time, which is then always asked again."""

    @property
    def full_url(self) -> str:
        """The URL with its query, as the archive records it."""
        return str(httpx.URL(self.url, params=self.params or None))


class Failure(msgspec.Struct, frozen=True):
    """A request that got no reply which can be used, why, and what to do."""

    url: str
    error: str
    remedy: str
    retry_after_s: float | None = None
    """The wait that the source asked for, if it did."""


class FetchSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a plan. Requests, files and failures come in the order of the plan."""

    requests: list[Request]
    """The requests that the archive now has a reply to, one for each of `files`."""
    files: list[File]
    fetched: int
    skipped: int
    """Replies that the archive had before."""
    failed: list[Failure]


OnProgress = Callable[[Request, int, int], None]
"""Gets a request that is done, how many are done, and how many there are."""
Check = Callable[[bytes], str | None]
"""Gets the bytes of a reply; says what is wrong with it, if it is an error or no whole reply."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is asked, and what its replies are: what the sources differ in. All else is `fetch`."""

    source: str
    licence: str
    pause_s: float = 1.0
    """Least time between two requests."""
    check: Check | None = None
    """Gets the whole reply; of one that goes straight to the disk, its first HEAD_BYTES."""
    max_bytes: int = MAX_BYTES
    deadline_s: float | None = None
    """The time that one request may take with its tries; none is DEADLINE_S."""
    large: bool = False
    """Whether replies go to the disk as they come, and are never held in memory."""


def fetch(
    terms: Terms,
    requests: Sequence[Request],
    archive: Archive,
    settings: Settings,
    on_progress: OnProgress | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> FetchSummary:
    """Bring the replies into the archive. Run it again to go on after a failure or Ctrl-C.

    A request whose time was over by SETTLED when the archive got its reply is not sent again. One that fails, or whose
    reply the check refuses, is a Failure and the others go on, until GIVE_UP_AFTER had no answer one after the other,
    or the source asks for a longer wait than one run should have. `headers` (a token) go with each request and are kept
    and told nowhere. Raises InputError for a plan that is too long, LightkeeperError if the archive cannot be read or
    written.
    """
    plan = list({request.full_url: request for request in requests}.values())
    if len(plan) > REQUESTS_MAX:
        raise InputError(f"{len(plan):,} requests are too many", remedy="Ask for a shorter time or fewer places")
    run = _Run(terms, archive, dict(headers or {}))
    with Web(settings, source=terms.source, archive=archive, licence=terms.licence, pause_s=terms.pause_s) as web:
        run.all(plan, web, on_progress)
    return FetchSummary(
        requests=[request for request, _ in run.got],
        files=[file for _, file in run.got],
        fetched=run.fetched,
        skipped=len(run.got) - run.fetched,
        failed=run.failed,
    )


class _Run:
    """One run over a plan: what came, what failed, and whether the source still answers."""

    def __init__(self, terms: Terms, archive: Archive, headers: dict[str, str]) -> None:
        self._terms = terms
        self._archive = archive
        self._headers = headers
        self._in_a_row = 0
        self._told_to_wait: float | None = None
        self.got: list[tuple[Request, File]] = []
        self.failed: list[Failure] = []
        self.fetched = 0

    def all(self, plan: Sequence[Request], web: Web, on_progress: OnProgress | None) -> None:
        """Ask for all that is not there yet, in order."""
        had = _latest(self._archive, self._terms.source) if any(map(_may_be_final, plan)) else {}
        for done, request in enumerate(plan, 1):
            old = had.get(request.full_url)
            if old and _is_final(request, old) and self._is_whole(old):
                self.got.append((request, old))
            elif self._told_to_wait is not None:
                wait = self._told_to_wait
                what = f"not tried: the source asks to wait {wait:,.0f} seconds"
                self.failed.append(self._failure(request, what, "Run it again after that time", wait))
            elif self._in_a_row >= GIVE_UP_AFTER:
                what = "not tried: the source has stopped answering"
                self.failed.append(self._failure(request, what, "Run it again later"))
            else:
                self._take(request, self._ask(request, web))
            if on_progress:
                on_progress(request, done, len(plan))

    def _take(self, request: Request, outcome: File | Failure) -> None:
        if isinstance(outcome, File):
            self.got.append((request, outcome))
            self.fetched, self._in_a_row = self.fetched + 1, 0
            return
        self.failed.append(outcome)
        self._in_a_row = 0 if _ANSWERED.match(outcome.error) else self._in_a_row + 1
        if outcome.retry_after_s is not None and outcome.retry_after_s > LONGEST_WAIT_S:
            self._told_to_wait = outcome.retry_after_s

    def _ask(self, request: Request, web: Web) -> File | Failure:
        terms = self._terms
        deadline = DEADLINE_S if terms.deadline_s is None else terms.deadline_s
        get = web.keep if terms.large else web.get
        try:
            reply = get(
                request.url,
                params=request.params or None,
                headers=self._headers,
                max_bytes=terms.max_bytes,
                deadline_s=deadline,
            )
        except SourceUnavailable as error:
            return self._failure(request, error.what, error.remedy, error.retry_after_s)
        wrong = self._wrong(reply)
        if wrong:
            remedy = "Run it again later; if it stays so, the source has changed: please report it"
            return self._failure(request, wrong, remedy)
        file = reply if isinstance(reply, File) else reply.file
        assert file is not None, "the client was made with an archive"
        return file

    def _wrong(self, reply: File | Reply) -> str | None:
        if self._terms.check is None:
            return None
        return self._terms.check(reply.body if isinstance(reply, Reply) else _head(self._archive, reply))

    def _is_whole(self, file: File) -> bool:
        """Whether the archived reply can still be used; bytes that were damaged on the disk are asked for again."""
        check = self._terms.check
        if self._terms.large:
            return self._archive.holds(file.sha256) and not (check and check(_head(self._archive, file)))
        try:
            data = self._archive.read(file.sha256)
        except ArchiveDamaged:
            return False
        return not (check and check(data))

    def _failure(self, request: Request, error: str, remedy: str, retry_after_s: float | None = None) -> Failure:
        for value in self._headers.values():
            error = error.replace(value.rpartition(" ")[2], "…")
        return Failure(request.full_url, error, remedy, retry_after_s)


def _head(archive: Archive, file: File) -> bytes:
    with archive.path_of(file.sha256).open("rb") as stored:
        return stored.read(HEAD_BYTES)


def windows(since: date, until: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """The time from `since` to `until` (days, UTC, the last not included) in pieces of at most `days` days.

    Pieces are cut at fixed days, whatever `since` is. So another run over a longer time asks for the same pieces, and
    finds them in the archive. Raises InputError where the time ends before it begins.
    """
    if until <= since:
        raise InputError(
            f"{since} to {until} is no time at all", remedy="`until` is the day after the last one: give a later day"
        )
    at = since
    while at < until:
        cut = date.fromordinal((at.toordinal() // days + 1) * days)
        end = min(cut, until)
        yield _midnight(at), _midnight(end)
        at = end


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _latest(archive: Archive, source: str) -> dict[str, File]:
    """The newest reply of a source to each URL."""
    found: dict[str, File] = {}
    for file in archive.files():
        if file.source == source and (file.url not in found or file.retrieved_at > found[file.url].retrieved_at):
            found[file.url] = file
    return found


def _may_be_final(request: Request) -> bool:
    """Whether the archive can have a reply to it that is final. A watch mostly asks for what cannot be."""
    return request.ends_at is not None and datetime.now(UTC) >= request.ends_at + SETTLED


def _is_final(request: Request, file: File) -> bool:
    return request.ends_at is not None and file.retrieved_at >= request.ends_at + SETTLED
