"""Fetch many small replies of one source into the archive: one after the other, and on from where it was broken off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import httpx
import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import ArchiveDamaged, InputError, SourceUnavailable
from lightkeeper.model.file import File
from lightkeeper.sources.web import Web

SETTLED = timedelta(days=1)
"""A reply fetched this long after its time had ended is taken as final: sources still correct their last hours."""
GIVE_UP_AFTER = 5
"""Requests in a row without an answer: then the source or the line is down, and the rest is left for another run."""
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
    source: str
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


def fetch(
    requests: Sequence[Request],
    web: Web,
    archive: Archive,
    on_progress: OnProgress | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    check: Check | None = None,
    max_bytes: int = MAX_BYTES,
) -> FetchSummary:
    """Bring the replies into the archive. Run it again to go on after a failure or Ctrl-C.

    `web` must keep its replies in `archive`. A request whose time was over by SETTLED when the archive got its reply
    is not sent again. One that fails, or whose reply `check` refuses, is a Failure and the others go on, until
    GIVE_UP_AFTER had no answer one after the other. `headers` (a token) go with each request and are kept nowhere.
    Raises InputError for a plan that is too long, LightkeeperError if the archive cannot be read or written.
    """
    plan = list({request.full_url: request for request in requests}.values())
    if len(plan) > REQUESTS_MAX:
        raise InputError(f"{len(plan):,} requests are too many", remedy="Ask for a shorter time or fewer places")
    had = _latest(archive, {request.source for request in plan})
    got: list[tuple[Request, File]] = []
    failed: list[Failure] = []
    fetched = in_a_row = 0
    for done, request in enumerate(plan, 1):
        old = had.get((request.source, request.full_url))
        if old and _is_final(request, old) and _is_whole(archive, old, check):
            got.append((request, old))
        elif in_a_row >= GIVE_UP_AFTER:
            failed.append(_failure(request, "not tried: the source has stopped answering", "Run it again later"))
        else:
            outcome = _ask(request, web, headers, check, max_bytes)
            if isinstance(outcome, File):
                got.append((request, outcome))
                fetched, in_a_row = fetched + 1, 0
            else:
                failed.append(outcome)
                in_a_row = 0 if _ANSWERED.match(outcome.error) else in_a_row + 1
        if on_progress:
            on_progress(request, done, len(plan))
    return FetchSummary(
        requests=[request for request, _ in got],
        files=[file for _, file in got],
        fetched=fetched,
        skipped=len(got) - fetched,
        failed=failed,
    )


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


def _latest(archive: Archive, sources: Iterable[str]) -> dict[tuple[str, str], File]:
    """The newest reply to each URL of these sources."""
    wanted, found = set(sources), dict[tuple[str, str], File]()
    for file in archive.files():
        key = (file.source, file.url)
        if file.source in wanted and (key not in found or file.retrieved_at > found[key].retrieved_at):
            found[key] = file
    return found


def _is_final(request: Request, file: File) -> bool:
    return request.ends_at is not None and file.retrieved_at >= request.ends_at + SETTLED


def _is_whole(archive: Archive, file: File, check: Check | None) -> bool:
    """Whether the archived reply can still be used; bytes that were damaged on the disk are asked for again."""
    try:
        data = archive.read(file.sha256)
    except ArchiveDamaged:
        return False
    return check is None or check(data) is None


def _ask(
    request: Request, web: Web, headers: Mapping[str, str] | None, check: Check | None, max_bytes: int
) -> File | Failure:
    try:
        reply = web.get(
            request.url, params=request.params or None, headers=headers, max_bytes=max_bytes, deadline_s=DEADLINE_S
        )
    except SourceUnavailable as error:
        return _failure(request, error.what, error.remedy)
    wrong = check(reply.body) if check else None
    if wrong:
        return _failure(request, wrong, "Run it again later; if it stays so, the source has changed: please report it")
    if reply.file is None:
        raise ValueError("`web` keeps no replies: make it with `archive=`")
    return reply.file


def _failure(request: Request, error: str, remedy: str) -> Failure:
    return Failure(request.full_url, error, remedy)
