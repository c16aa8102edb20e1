"""No client locks the others out: half-open requests, drips, many connections, against a server that listens."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from lightkeeper.publish.web import lines
from lightkeeper.publish.web.app import app_of


@contextlib.contextmanager
def listening(root: Path, *proxies: str) -> Iterator[int]:
    """The port of a server as `lightkeeper serve` runs it."""
    config = uvicorn.Config(
        app_of(root, per_second=1e6, burst=10**9), port=0, access_log=False, log_level="error", ws="none",
        http=lines.lines_for(proxies), proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies),
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


def opened(
    port: int, source: str, count: int, text: bytes = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
) -> list[socket.socket]:
    """Half-open requests of one client: their heads do not end."""
    made = []
    for _ in range(count):
        line = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(source, 0))
        with contextlib.suppress(OSError):
            line.sendall(text)
        made.append(line)
    return made


def is_closed(line: socket.socket, within_s: float) -> bool:
    line.settimeout(within_s)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_half_open_requests_of_one_client_keep_nobody_else_out(served: Path) -> None:
    with listening(served) as port:
        held = opened(port, "127.0.0.2", 400)
        for _ in range(20):
            assert httpx.get(f"http://127.0.0.1:{port}/style.css", timeout=5).status_code == 200
        open_still = sum(not is_closed(line, 0.01) for line in held)
        assert open_still == lines.MOST_OF_ONE
        for line in held:
            line.close()
        time.sleep(0.3)
        assert not is_closed(opened(port, "127.0.0.2", 1)[0], 0.2), "once they are gone, the client may come again"


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"], ids=["first", "second"])
def test_a_request_whose_head_drips_is_ended(served: Path, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    monkeypatch.setattr(lines, "HEAD_S", 0.5)
    with listening(served) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        if first:
            line.sendall(first)
            time.sleep(0.2)
            assert line.recv(1 << 20).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 200:
                line.sendall(bytes([byte]))
                time.sleep(0.05)
        assert time.monotonic() - begun < 5


def test_a_connection_does_not_last_for_ever(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_S", 0.5)
    with listening(served) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        assert is_closed(line, 5)


def test_a_named_proxy_speaks_for_its_visitors_and_others_do_not(served: Path) -> None:
    with listening(served, "127.0.0.3") as port:
        held = opened(port, "127.0.0.3", lines.MOST_OF_ONE + 20)
        assert not any(is_closed(line, 0.01) for line in held)
        for line in held:
            line.close()
