"""Sending: one parcel to one channel, once, guarded and within a time; and the same shown without sending."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from lightkeeper.errors import InputError, LightkeeperError, SourceUnavailable
from lightkeeper.model import Told
from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices import webhook
from lightkeeper.publish.notices.message import Message
from lightkeeper.publish.notices.outcome import FAILED, IN_DOUBT, SENT, Outcome
from lightkeeper.publish.text import one_line
from lightkeeper.settings import Settings
from lightkeeper.sources.guard import Refused, public_addresses
from lightkeeper.sources.notice_files import HIDDEN, hidden
from lightkeeper.sources.web import NotSent, Web

DEADLINE_S = 90.0
"""The longest that one try may take. What is not done by then is in doubt."""


class Parcel(NamedTuple):
    """What is sent: the name of the message, what it is for and about, and what people read."""

    notice: str
    purpose: str
    country: str
    entries: Sequence[Told]
    message: Message
    at: datetime
    """When the newest of the entries was told; of a heartbeat, when it was due."""


def send(
    parcel: Parcel,
    channel: Channel,
    secrets: Mapping[str, str],
    settings: Settings,
    now: datetime,
    *,
    deadline_s: float = DEADLINE_S,
) -> Outcome:
    """Send a parcel once. Raises nothing: whatever goes wrong is an outcome, and holds no secret."""
    found: list[Outcome] = []

    def run() -> None:
        found.append(_tried(parcel, channel, secrets, settings, now))

    worker = threading.Thread(target=run, name=f"notice-{channel.name}", daemon=True)
    worker.start()
    worker.join(deadline_s)
    return found[0] if found else Outcome(IN_DOUBT, f"it was not done within {deadline_s:,.0f} s")


def checked(channel: Channel, secrets: Mapping[str, str], settings: Settings) -> None:
    """Check what can be checked without sending. Raises InputError, or SourceUnavailable for an address refused."""
    if channel.kind == "webhook":
        webhook.key_of(secrets[channel.secret_env or ""], channel.secret_env or "")
        address = _url(channel, secrets)
        if urlsplit(address).scheme not in ("https", "http") or not urlsplit(address).hostname:
            raise InputError(f"Channel `{channel.name}` has no usable address", remedy="Give an https:// URL")
        return
    host, port, private = _server(channel, settings)
    if f"{host}:{port}" in settings.allow_hosts:
        return
    if not private:
        raise InputError(
            f"Channel `{channel.name}` would send over a line that anyone can read",
            remedy=f"Use TLS, or name `{host}:{port}` in the setting `allow_hosts`",
        )
    try:
        public_addresses(host, port)
    except (OSError, UnicodeError) as error:
        remedy = "Check the name and the connection"
        raise NotSent("its name cannot be looked up", remedy=remedy, where=host) from error


def shown(parcel: Parcel, channel: Channel, secrets: Mapping[str, str], now: datetime) -> str:
    """Exactly what would be sent, without what only opens the door: passwords, tokens and a secret URL."""
    if channel.kind != "webhook":
        return (
            f"Subject: {parcel.message.subject}\n\n{parcel.message.text}"
            if channel.kind == "email"
            else parcel.message.whole
        )
    request = _request(parcel, channel, secrets, now)
    where = HIDDEN if channel.url_env else channel.url
    lines = [f"POST {where}", *(f"{name}: {value}" for name, value in request.headers.items())]
    return "\n".join([*lines, "", request.body.decode()])


def _tried(parcel: Parcel, channel: Channel, secrets: Mapping[str, str], settings: Settings, now: datetime) -> Outcome:
    try:
        checked(channel, secrets, settings)
        if channel.kind == "webhook":
            return _posted(_request(parcel, channel, secrets, now), channel, secrets, settings)
        from lightkeeper.publish.notices import apprising  # slow to import, and needed by few

        return apprising.send(channel, secrets, parcel.message, settings)
    except (NotSent, Refused, InputError) as error:
        return Outcome(FAILED, _reason(error, secrets))
    except SourceUnavailable as error:
        # A webhook has the same id on each try, so that the receiver can tell: it is tried again.
        return Outcome(FAILED if channel.kind == "webhook" else IN_DOUBT, _reason(error, secrets))
    except Exception as error:  # one channel must not stop the others
        return Outcome(IN_DOUBT, hidden(f"unexpected {type(error).__name__}", secrets))


def _reason(error: LightkeeperError, secrets: Mapping[str, str]) -> str:
    return hidden(one_line(str(error), 600), secrets)[:300]


def _request(parcel: Parcel, channel: Channel, secrets: Mapping[str, str], now: datetime) -> webhook.Signed:
    variable = channel.secret_env or ""
    body = webhook.body_of(parcel.purpose, parcel.entries, parcel.country, parcel.message, channel.language, parcel.at)
    return webhook.signed(parcel.notice, body, webhook.key_of(secrets[variable], variable), now)


def _posted(request: webhook.Signed, channel: Channel, secrets: Mapping[str, str], settings: Settings) -> Outcome:
    with Web(settings, source="webhook") as web:
        answer = web.post(_url(channel, secrets), request.body, request.headers)
    if 200 <= answer.status < 300:
        return Outcome(SENT)
    return Outcome(FAILED, f"the receiver answered {answer.status}", answer.retry_after_s)


def _url(channel: Channel, secrets: Mapping[str, str]) -> str:
    return channel.url or secrets[channel.url_env or ""]


def _server(channel: Channel, settings: Settings) -> tuple[str, int, bool]:
    """Host and port that a channel leads to, and whether the line is private."""
    if channel.kind == "telegram":
        parts = urlsplit(settings.telegram_url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.scheme == "https"
    usual = {"starttls": 587, "tls": 465, "none": 25} if channel.kind == "email" else {"none": 80}
    return channel.host or "", channel.port or usual.get(channel.security, 443), channel.security != "none"
