"""Lines: what one client may hold open. A request whose head does not come, an answer that nobody takes in, and more
connections than a browser makes are ended, so that no one client locks the others out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""Seconds in which the head of a request must have come, from its first byte or from the connection on."""
LONGEST_S = 300.0
"""Seconds that a connection may last."""
MOST_OF_ONE = 30
"""Connections of one address. A browser makes six; an office behind one address makes several times that."""


def lines_for(proxies: Collection[str]) -> type[H11Protocol]:
    """A protocol for uvicorn that holds to these limits. A named proxy speaks for many clients, and has none."""
    held: Counter[str] = Counter()

    class Line(H11Protocol):
        _head: asyncio.TimerHandle | None = None
        _end: asyncio.TimerHandle | None = None
        _who: str | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            who = str(self.client[0]) if self.client else ""
            if who not in proxies:
                self._who = who
                held[who] += 1
                if held[who] > MOST_OF_ONE:
                    transport.abort()
                    return
            self._end = self.loop.call_later(LONGEST_S, transport.close)
            self._head = self.loop.call_later(HEAD_S, transport.abort)

        def data_received(self, data: bytes) -> None:
            before: Any = self.cycle
            if self._head is None and (before is None or before.response_complete):
                self._head = self.loop.call_later(HEAD_S, self.transport.abort)
            super().data_received(data)
            if self.cycle is not before and self._head is not None:
                self._head.cancel()
                self._head = None

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._head, self._end):
                if timer is not None:
                    timer.cancel()
            if self._who is not None:
                held[self._who] -= 1
                if held[self._who] <= 0:
                    del held[self._who]
                self._who = None
            super().connection_lost(exc)

    return Line
