"""The guard at the door: security headers on every answer, and a limit on how often one visitor may ask.

A visitor is known by a keyed hash of the address, with a key that is made at start and never written. After a minute
without a question nothing of a visitor is left.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = {
    "content-security-policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "browsing-topics=()",
}
CACHED, NEVER = "public, max-age=60", "no-store"
"""What a cache may keep: an answer that is one. A refusal is for one visitor and one moment."""
FRAMED = re.compile(r"(?:/[A-Za-z0-9_-]+)+/embed/(?!\.)[A-Za-z0-9._-]+\.html")
"""Pages in such a folder may stand in a frame of any other page; no other page may."""
MOST_VISITORS = 10_000
FORGET_AFTER_S = 60.0


class Guard:
    """ASGI middleware. `per_second` questions on average, `burst` at once; more are answered 429 with `Retry-After`."""

    def __init__(
        self, app: App, *, per_second: float = 20, burst: int = 100, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._rate, self._burst, self._clock = app, per_second, burst, clock
        self._key = secrets.token_bytes(32)
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message.get("headers", [])}
                headers = _framed() if FRAMED.fullmatch(scope.get("path", "")) else HEADERS
                headers = headers | {"cache-control": CACHED if message["status"] in (200, 304, 308) else NEVER}
                more = [(k.encode(), v.encode()) for k, v in headers.items() if k.encode() not in own]
                message["headers"] = [*message.get("headers", []), *more]
            elif head_only:
                message = {**message, "body": b""}
            await send(message)

        head_only = scope["method"] == "HEAD"
        wait = self._wait(scope)
        if scope["method"] not in ("GET", "HEAD"):
            await _refuse(guarded, 405, "this server only answers GET and HEAD", [(b"allow", b"GET, HEAD")])
        elif wait > 0:
            seconds = str(int(wait) + 1).encode()
            await _refuse(guarded, 429, "too many questions at once: try again later", [(b"retry-after", seconds)])
        else:
            # Every GET has its HEAD (RFC 9110, section 9.3.2), also where a route names GET alone.
            await self._app({**scope, "method": "GET"} if head_only else scope, receive, guarded)

    def _wait(self, scope: Scope) -> float:
        """Seconds until this visitor may ask again; 0 if now."""
        now = self._clock()
        client = scope.get("client")
        who = hashlib.blake2b(str(client[0] if client else "").encode(), key=self._key, digest_size=16).digest()
        while self._left and now - next(iter(self._left.values()))[1] > FORGET_AFTER_S:
            self._left.popitem(last=False)
        left, then = self._left.pop(who, (float(self._burst), now))
        left = min(float(self._burst), left + (now - then) * self._rate)
        allowed = left >= 1
        self._left[who] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_VISITORS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate


def _framed() -> dict[str, str]:
    """The headers of a page that may stand in a frame: it still runs nothing and loads nothing from elsewhere."""
    policy = HEADERS["content-security-policy"].replace("frame-ancestors 'none'", "frame-ancestors *")
    return {**HEADERS, "content-security-policy": policy}


async def _refuse(send: Send, status: int, why: str, headers: list[tuple[bytes, bytes]]) -> None:
    body = f'{{"detail":"{why}"}}'.encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
