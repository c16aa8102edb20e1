"""A small HTTP server for tests: it replays the answers that a test lays out, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request: path, query, headers (names in lower case), method and body."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class Answer:
    """One answer. `cut` sends only so many bytes of those announced; `chunks` sends pieces, each with a pause."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause_s: float = 0.0


Play = Callable[[Asked], Answer]


class Replay(ThreadingHTTPServer):
    """Answers each request by `play`; `asked` lists what came."""

    daemon_threads = True

    def __init__(self, play: Play) -> None:
        self.play = play
        self.asked: list[Asked] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def host(self) -> str:
        """`host:port`, as the setting `allow_hosts` wants it."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}"


class _Handler(BaseHTTPRequestHandler):
    server: Replay

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_PUT(self) -> None:
        self._do("PUT")

    def _do(self, method: str) -> None:
        parts = urlsplit(self.path)
        headers = {k.lower(): v for k, v in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers, method, body)
        self.server.asked.append(asked)
        answer = self.server.play(asked)
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        body = answer.body if answer.cut is None else answer.body[: answer.cut]
        try:
            if answer.pause_s:
                for at in range(0, len(body), max(len(body) // 5, 1)):
                    self.wfile.write(body[at : at + max(len(body) // 5, 1)])
                    self.wfile.flush()
                    threading.Event().wait(answer.pause_s)
            else:
                self.wfile.write(body)
        except OSError:
            pass
        if answer.cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def replaying(play: Play) -> Iterator[Replay]:
    """Run the server for the time of a test."""
    server = Replay(play)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
