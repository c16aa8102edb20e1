"""A server for tests that says what no honest one says: a script of bytes and pauses, over a bare socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Say = Callable[[], Iterator[bytes]]


@contextmanager
def saying(say: Say, *, pause_s: float = 0.0) -> Iterator[str]:
    """`host:port` of a server that reads a request's head and then sends what `say` yields, piece by piece."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1 << 16) or b"\r\n\r\n"
            for piece in say():
                if over.is_set():
                    return
                connection.sendall(piece)
                time.sleep(pause_s)

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        over.set()
