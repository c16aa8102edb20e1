"""Get: one request to a public source, guarded, capped, tried again where that can help, and kept in the archive.

A POST to a place that a person named, such as a webhook, passes the same guard."""

from __future__ import annotations

import email.utils
import logging
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from lightkeeper import __version__
from lightkeeper.archive import Archive
from lightkeeper.errors import SourceUnavailable
from lightkeeper.model.file import File
from lightkeeper.settings import Settings
from lightkeeper.sources.encoding import ASKED_FOR, body_of
from lightkeeper.sources.guard import Refused
from lightkeeper.sources.transport import Deadline, GuardedTransport

logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it tells each whole URL, and a URL may be a secret
T = TypeVar("T")
TRIES = 5
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others later (RFC 9110, RFC 6585)."""
LONGEST_WAIT_S = 120.0
"""A server that asks for a longer pause is left for another run."""
MAX_REDIRECTS = 5
MAX_BYTES = 256 << 20
"""A reply longer than this is refused, unless the caller knows that more is due."""
SAID_MAX = 1 << 12
"""Bytes of the answer to a POST that are read."""
_SECONDS = re.compile(r"[0-9]{1,9}")
USER_AGENT = f"lightkeeper/{__version__} (network measurement; public data)"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a source answered: the bytes, and where and when they came from."""

    url: str
    body: bytes
    media_type: str
    retrieved_at: datetime
    file: File | None = None
    """The row of the archive, where the reply was kept. Its time is that of this reply, also where the archive had
    the same bytes before: a source that says the same again has spoken again."""


class Posted(NamedTuple):
    """The answer to a POST: its status, the begin of what it says, and the wait that it asks for."""

    status: int
    said: bytes
    retry_after_s: float | None


class NotSent(SourceUnavailable):
    """Nothing was sent: the connection could not be made, or may not be."""


class _Refusal(NamedTuple):
    """An answer other than 200."""

    status: int
    body: bytes
    retry_after_s: float | None


class Web:
    """The one way to public sources over HTTPS. Use as a context manager; not shared between threads.

    `pause_s` is the least time between two requests, as a source's terms ask. `sleep` and `clock` are for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        source: str,
        archive: Archive | None = None,
        licence: str | None = None,
        pause_s: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.source = source
        self._archive = archive
        self._licence = licence
        self._pause_s = pause_s
        self._sleep = sleep
        self._clock = clock
        self._last = -1e9
        self._deadline = Deadline(clock)
        self._client = httpx.Client(
            transport=GuardedTransport(settings.allow_hosts, deadline=self._deadline),
            timeout=settings.http_timeout_s,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ASKED_FOR},
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        deadline_s: float = 600.0,
    ) -> Reply:
        """The reply to a GET. It is kept in the archive where one was given; the URL on record holds no secret header.

        `max_bytes` caps the unpacked body, `deadline_s` the whole request with its tries. Raises SourceUnavailable,
        with what to do, for any answer but 200, a reply that is too long, a broken line, or an address refused.
        """
        wanted = httpx.URL(url, params=dict(params) if params else None)

        def take(response: httpx.Response) -> Reply:
            body = b"".join(self._parts(response, max_bytes))
            now = datetime.now(UTC)
            row = self._keep(self._archive, [body], wanted, response, now) if self._archive is not None else None
            return Reply(url=str(wanted), body=body, media_type=_media(response), retrieved_at=now, file=row)

        return self._tried(wanted, headers, deadline_s, take)

    def keep(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        deadline_s: float = 600.0,
    ) -> File:
        """Bring a reply of any length into the archive as it comes, without holding it in memory. Otherwise as `get`.

        A reply that breaks off, or grows beyond `max_bytes`, leaves nothing behind.
        """
        archive = self._archive
        if archive is None:
            raise ValueError("this client keeps no replies: make it with `archive=`")
        wanted = httpx.URL(url, params=dict(params) if params else None)

        def take(response: httpx.Response) -> File:
            return self._keep(archive, self._parts(response, max_bytes), wanted, response, datetime.now(UTC))

        return self._tried(wanted, headers, deadline_s, take)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, deadline_s: float = 30.0) -> Posted:
        """The answer to one POST, whatever its status. It is not tried again, and no redirect is followed.

        Raises NotSent where surely nothing reached the other side, and SourceUnavailable where that is not known.
        Both name the host only, since a path may be a secret. `deadline_s` is for all of it.
        """
        where, remedy = "", "Check the address and the connection"
        try:
            wanted = httpx.URL(url)
            where = wanted.host
            if wanted.scheme != "https" and f"{wanted.host}:{wanted.port or 80}" not in self.settings.allow_hosts:
                raise NotSent("only HTTPS is used", remedy="Check the address in the settings", where=where)
            self._be_polite()
            self._deadline.at = self._clock() + deadline_s
            with self._client.stream("POST", wanted, content=body, headers=dict(headers)) as response:
                said = _said(response)
                return Posted(response.status_code, said, retry_after(response.headers.get("retry-after")))
        except Refused as error:
            raise NotSent(error.what, remedy=error.remedy, where=where) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotSent(f"no connection: {type(error).__name__}", remedy=remedy, where=where) from error
        except httpx.TransportError as error:
            raise SourceUnavailable(f"no answer: {type(error).__name__}", remedy=remedy, where=where) from error

    def _tried(
        self,
        wanted: httpx.URL,
        headers: Mapping[str, str] | None,
        deadline_s: float,
        take: Callable[[httpx.Response], T],
    ) -> T:
        """What `take` makes of an answer 200. Other answers are asked for again, where that can help."""
        self._deadline.at = end = self._clock() + deadline_s
        for attempt in range(1, TRIES + 1):
            self._be_polite()
            wait: float | None
            try:
                answer = self._follow(wanted, dict(headers or {}), take)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                problem = f"no answer: {type(error).__name__}: {str(error)[:200]}".rstrip(": ")
                remedy, wait = "Check the connection and run it again; it goes on from here", None
            else:
                if not isinstance(answer, _Refusal):
                    return answer
                problem, remedy = refusal(answer.status, answer.body)
                wait = answer.retry_after_s
                if answer.status not in RETRIED:
                    raise SourceUnavailable(problem, remedy=remedy, where=_shown(wanted))
            pause = wait if wait is not None else min(2.0**attempt, 30.0) * random.uniform(0.5, 1.0)  # noqa: S311
            if attempt == TRIES or pause > LONGEST_WAIT_S or self._clock() + pause > end:
                raise SourceUnavailable(problem, remedy=remedy, where=_shown(wanted), retry_after_s=wait)
            self._sleep(pause)
        raise AssertionError("unreachable")

    def _follow(self, url: httpx.URL, headers: dict[str, str], take: Callable[[httpx.Response], T]) -> T | _Refusal:
        """Follow redirects by hand: secrets stay with the first host, and plain HTTP is not followed from HTTPS."""
        first = url.host
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme != "https" and f"{url.host}:{url.port or 80}" not in self.settings.allow_hosts:
                raise SourceUnavailable(
                    "only HTTPS is followed", remedy="Check the address in the settings", where=_shown(url)
                )
            sent = headers if url.host == first else {k: v for k, v in headers.items() if k.lower() != "authorization"}
            with self._client.stream("GET", url, headers=sent) as response:
                if response.is_redirect:
                    url = _where_to(response, url)
                    continue
                if response.status_code == 200:
                    return take(response)
                return _Refusal(response.status_code, _said(response), retry_after(response.headers.get("retry-after")))
        raise SourceUnavailable("too many redirects", remedy="Check the address in the settings", where=_shown(url))

    def _parts(self, response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
        """The unpacked body as it comes, up to `max_bytes`. What is cut off, packed or not, is an error of the line."""
        size = 0
        for part in body_of(response):
            size += len(part)
            if size > max_bytes:
                raise SourceUnavailable(
                    f"the reply is longer than {max_bytes:,} bytes",
                    remedy="Ask for a shorter time",
                    where=_shown(response.url),
                )
            yield part

    def _keep(
        self, archive: Archive, parts: Iterable[bytes], url: httpx.URL, response: httpx.Response, now: datetime
    ) -> File:
        row = archive.add_stream(
            parts,
            source=self.source,
            url=str(url),
            licence=self._licence,
            media_type=_media(response),
            retrieved_at=now,
        )
        return msgspec.structs.replace(row, retrieved_at=now)

    def _be_polite(self) -> None:
        pause = self._last + self._pause_s - self._clock()
        if pause > 0:
            self._sleep(pause)
        self._last = self._clock()


def _media(response: httpx.Response) -> str:
    media: str = response.headers.get("content-type", "application/octet-stream")
    return media.split(";")[0].strip().lower()[:100]


def _said(response: httpx.Response) -> bytes:
    """The begin of what an answer says, up to SAID_MAX bytes; the status tells enough where it does not come."""
    said = b""
    try:
        for part in body_of(response):
            said += part
            if len(said) >= SAID_MAX:
                break
    except httpx.TransportError:
        pass
    return said[:SAID_MAX]


def _where_to(response: httpx.Response, url: httpx.URL) -> httpx.URL:
    """Where a redirect leads (RFC 9110, section 10.2.2). Raises SourceUnavailable where it does not say."""
    location = response.headers.get("location")
    if not location:
        raise SourceUnavailable(
            f"the source answered {response.status_code}, a redirect, and does not say where to",
            remedy="Run it again later; if it stays so, check the address in the settings",
            where=_shown(url),
        )
    return url.join(location)


def refusal(status: int, body: bytes) -> tuple[str, str]:
    """What an answer other than 200 means, and what to do."""
    said = " ".join(body[:300].decode("utf-8", "replace").split())
    said = "".join(c for c in said if c.isprintable())[:160]
    what = f"the source answered {status}" + (f" ({said})" if said and not said.startswith("<") else "")
    if status in (401, 403):
        return what, "Set a valid token for this source (see `lightkeeper fetch --help`), or check that you may use it"
    if status == 429:
        return what, "The source asks for fewer requests: wait, and run it again; it goes on from here"
    if status >= 500:
        return what, "The source has a fault of its own: run it again later; it goes on from here"
    return what, "Check the country, the times and the name that you asked for"


def retry_after(text: str | None) -> float | None:
    """Seconds to wait, by a Retry-After header (RFC 9110, section 10.2.3); none where there is none to understand."""
    if not text:
        return None
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def decode_json(reply: Reply, wanted: type[T]) -> T:
    """The JSON of a reply, checked against a msgspec type. Raises SourceUnavailable, since the source sent another."""
    try:
        return msgspec.json.decode(reply.body, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceUnavailable(
            f"the reply is not what the source's documentation says: {str(error)[:200]}",
            remedy="Run it again; if it stays so, the source has changed: please report it",
            where=_shown(httpx.URL(reply.url)),
        ) from error


def _shown(url: httpx.URL) -> str:
    """The URL without its query, for messages: a query may hold a secret."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
