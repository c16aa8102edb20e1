"""The transport of httpx whose every connection passes the guard, and whose every step keeps to one deadline.

Time limits of a step hold nobody who sends a byte a second. So each look-up, connect, handshake, read and write asks
how much is left of the whole request. It is made of httpcore's public parts; nothing of httpx is reached into.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from lightkeeper.sources.guard import public_addresses

MOST_ADDRESSES = 4
"""Addresses of one name that are tried."""
NEVER = float("inf")
_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
)
"""httpcore's errors as httpx has them, the narrower first; what is left of a kind is the worse for us to know less."""


class Deadline:
    """The moment by which a request must be over. `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.at = NEVER

    def left(self, limit_s: float | None, late: type[Exception]) -> float | None:
        """Seconds that the next step may take: `limit_s`, or less. Raises `late` where the moment has passed."""
        if self.at == NEVER:
            return limit_s
        left = self.at - self._clock()
        if left <= 0:
            raise late("the whole request takes too long")
        return left if limit_s is None else min(left, limit_s)


class GuardedTransport(httpx.BaseTransport):
    """Connections to public addresses only, and to the hosts that the settings allow by name (tests, mirrors).

    Proxies of the environment are not used: a proxy would look names up itself, past the guard.
    """

    def __init__(self, allowed: Iterable[str] = (), *, deadline: Deadline | None = None, connections: int = 16) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            keepalive_expiry=15.0,
            network_backend=_GuardedBackend(frozenset(allowed), deadline or Deadline()),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx.TransportError, and Refused for an address that must not be connected to."""
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("this transport sends bytes that are at hand")
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            got = self._pool.handle_request(asked)
        stream = got.stream
        return httpx.Response(got.status, headers=got.headers, stream=_Body(stream), extensions=dict(got.extensions))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The raw body of an answer."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as those that httpx raises."""
    try:
        yield
    except Exception as error:
        for theirs, ours in _ERRORS:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise


class _GuardedBackend(httpcore.NetworkBackend):
    """Where connections are made: the name is looked up once, and the connection goes to the address that was checked.

    So a name that answers otherwise a moment later (DNS rebinding) gains nothing. TLS still asks for the name.
    """

    def __init__(self, allowed: frozenset[str], deadline: Deadline) -> None:
        self._backend = httpcore.SyncBackend()
        self._allowed = allowed
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first public address of the host that answers. Raises Refused where it has none."""

        def connect(address: str) -> httpcore.NetworkStream:
            left = self._deadline.left(timeout, httpcore.ConnectTimeout)
            made = self._backend.connect_tcp(address, port, left, local_address, socket_options)
            return _TimedStream(made, self._deadline)

        if f"{host}:{port}" in self._allowed:
            return connect(host)
        try:
            public = public_addresses(host, port, timeout_s=self._deadline.left(timeout, httpcore.ConnectTimeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} cannot be looked up: {error}") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be looked up: {error}") from error
        problem: Exception | None = None
        for address in public[:MOST_ADDRESSES]:
            try:
                return connect(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError(host)

    def sleep(self, seconds: float) -> None:
        """Wait, as a pool that tries again does."""
        self._backend.sleep(seconds)


class _TimedStream(httpcore.NetworkStream):
    """A connection that asks before each step what is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
