"""Servers for tests of notices: mail by aiosmtpd, and Telegram, Matrix, Mastodon and webhooks in documented shapes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from lightkeeper.model.channel import Channel
from lightkeeper.settings import Settings
from sources.server import Answer, Asked, Replay, replaying

TOKENS = {
    "LK_TELEGRAM": "123456789:PlantedTelegramSecret_abcdefghijklm",
    "LK_MATRIX": "syt_planted_matrix_secret",
    "LK_MASTODON": "planted-mastodon-secret",
    "LK_KEY": "whsec_" + "cGxhbnRlZC1zaWduaW5nLXNlY3JldC0wMTIzNDU2Nzg5",
    "LK_PASSWORD": "planted mail secret",
}
"""Planted secrets, which must show nowhere."""


class Post:
    """A server that takes messages and remembers them. `broken` answers in place of it."""

    def __init__(self) -> None:
        self.taken: list[Asked] = []
        self.broken: Callable[[Asked], Answer | None] = lambda _asked: None

    def play(self, asked: Asked) -> Answer:
        broken = self.broken(asked)
        if broken is not None:
            return broken
        if asked.path.endswith("/account/whoami"):
            return _json({"user_id": "@lk:example.org", "device_id": "A"})
        if "/join" in asked.path:
            return _json({"room_id": "!abc:example.org"})
        if asked.path.endswith("/joined_rooms"):
            return _json({"joined_rooms": ["!abc:example.org"]})
        self.taken.append(asked)
        if asked.path.endswith("/sendMessage"):
            return _json({"ok": True, "result": {"message_id": len(self.taken)}})
        if "/send/m.room.message" in asked.path:
            return _json({"event_id": f"$e{len(self.taken)}"})
        if asked.path == "/api/v1/statuses":
            return _json({"id": str(len(self.taken)), "content": "…"})
        return Answer(b"", 204)


class Mailbox:
    """Takes mail as it comes over the line."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuse: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.mails.append(envelope.content)
        return "250 OK"


@contextmanager
def posting() -> Iterator[tuple[Post, Replay]]:
    """An HTTP server that takes messages, for the time of a test."""
    post = Post()
    with replaying(post.play) as server:
        yield post, server


@contextmanager
def mailing() -> Iterator[tuple[Mailbox, int]]:
    """A mail server on a free port."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def channel(kind: str, port: int, name: str = "", **more: Any) -> Channel:
    """A channel that leads to a server on this machine."""
    here: dict[str, dict[str, Any]] = {
        "email": {"host": "127.0.0.1", "port": port, "security": "none", "sender": "lk@example.org",
                  "to": "desk@example.org"},
        "telegram": {"chat": "-100123", "token_env": "LK_TELEGRAM"},
        "matrix": {"host": "127.0.0.1", "port": port, "security": "none", "room": "!abc:example.org",
                   "token_env": "LK_MATRIX"},
        "mastodon": {"host": "127.0.0.1", "port": port, "security": "none", "token_env": "LK_MASTODON"},
        "webhook": {"url": f"http://127.0.0.1:{port}/hook", "secret_env": "LK_KEY"},
    }  # fmt: skip
    return Channel.model_validate({"name": name or f"a-{kind}", "kind": kind, **here[kind], **more})


def settings_for(port: int, data: Any = "data", **more: Any) -> Settings:
    """Settings that allow this machine, and lead Telegram to it."""
    host = f"127.0.0.1:{port}"
    return Settings(
        data_dir=data, allow_hosts=[host], telegram_url=f"http://{host}", http_timeout_s=3.0, radar_token=None, **more
    )


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value).encode())
