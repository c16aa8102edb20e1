"""Time stamp servers: one question, one answer, over the guarded connection (RFC 3161, section 3.4)."""

from __future__ import annotations

import time

import httpx

from lightkeeper.errors import SourceUnavailable
from lightkeeper.settings import Settings
from lightkeeper.sources.encoding import ASKED_FOR, body_of
from lightkeeper.sources.transport import Deadline, GuardedTransport
from lightkeeper.sources.web import USER_AGENT, refusal

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MAX_BYTES = 1 << 20
DEADLINE_S = 60.0
"""For the whole of it."""


def ask(url: str, query: bytes, settings: Settings) -> bytes:
    """The server's reply to a query. Plain HTTP is allowed: the reply is signed, and the query holds a hash only.

    Private addresses are refused, redirects are not followed. Raises SourceUnavailable.
    """
    remedy = (
        "Check the address of the time stamp server and the connection; without it the bundle says that it has none"
    )
    deadline = Deadline()
    deadline.at = time.monotonic() + DEADLINE_S
    client = httpx.Client(
        transport=GuardedTransport(settings.allow_hosts, deadline=deadline),
        timeout=settings.http_timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT, "Content-Type": QUERY, "Accept": REPLY, "Accept-Encoding": ASKED_FOR},
    )
    try:
        with client, client.stream("POST", url, content=query) as response:
            body = b""
            for part in body_of(response):
                body += part
                if len(body) > MAX_BYTES:
                    raise SourceUnavailable(f"the reply is longer than {MAX_BYTES:,} bytes", remedy=remedy, where=url)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SourceUnavailable(f"no answer: {type(error).__name__}", remedy=remedy, where=url) from error
    if response.status_code != 200:
        raise SourceUnavailable(refusal(response.status_code, body)[0], remedy=remedy, where=url)
    return body
