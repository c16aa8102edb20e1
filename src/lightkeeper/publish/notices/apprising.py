"""Apprising: a message by e-mail, Telegram, Matrix or Mastodon, through the library Apprise.

Apprise says only whether it worked, and tells the rest to its log. That log is read here, kept from all other places,
and cleared of secrets; from it follows whether the other side surely did not take the message.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.exception import AppriseException
from apprise.plugins.email import NotifyEmail
from apprise.plugins.mastodon import NotifyMastodon
from apprise.plugins.matrix import NotifyMatrix
from apprise.plugins.telegram import NotifyTelegram

from lightkeeper.errors import InputError
from lightkeeper.model.channel import Channel
from lightkeeper.publish.notices.message import Message
from lightkeeper.publish.notices.outcome import FAILED, IN_DOUBT, SENT, Outcome
from lightkeeper.publish.text import one_line
from lightkeeper.settings import Settings
from lightkeeper.sources.notice_files import hidden

PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""The usual ports of mail."""
REASON_MAX = 300
_EMAIL: Any = NotifyEmail
_TELEGRAM: Any = NotifyTelegram
_MATRIX: Any = NotifyMatrix
_MASTODON: Any = NotifyMastodon
_LOGGER = logging.getLogger("apprise")
_ONE_AT_A_TIME = threading.Lock()
_REFUSED = re.compile(
    r"(?:error|code)=[345]\d\d\b|was refused|\(5\d\d, |\(4\d\d, |NewConnectionError|NameResolutionError|ConnectTimeout|"
    r"Connection refused|No route to host|Network is unreachable|Name or service not known|"
    r"CERTIFICATE_VERIFY_FAILED|SSLError|not supported by server|No address associated"
)
"""What Apprise's log says where the other side surely did not take the message. All else leaves a doubt."""
_DOUBT = re.compile(r"[Rr]ead timed out|RemoteDisconnected|Connection aborted|Connection reset|unexpectedly closed")
_TELLING = re.compile(r"Socket Exception|Failed to|SMTP recipient|Connection error|Matrix Response: code=[345]")
"""What of that log tells a person why. The rest says what was tried."""


def send(channel: Channel, secrets: Mapping[str, str], message: Message, settings: Settings) -> Outcome:
    """Send one message once. Raises InputError where Apprise does not accept the channel as it is set up."""
    with _ONE_AT_A_TIME, _listening() as said:
        try:
            plugin = _plugin(channel, secrets, settings)
        except (AppriseException, TypeError, ValueError) as error:
            what = hidden(one_line(str(error), REASON_MAX), secrets)
            raise InputError(f"Channel `{channel.name}` cannot be used: {what}", remedy="Check its fields") from None
        title, body = message if channel.kind == "email" else ("", message.whole)
        sender = Apprise(plugin, asset=_asset())  # it escapes the text for services that read markup
        done = sender.notify(body=body, title=title, notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT)
    if done:
        return Outcome(SENT)
    told = "; ".join(said)
    sure = _REFUSED.search(told) is not None and _DOUBT.search(told) is None
    why = one_line("; ".join(text for text in said if _TELLING.match(text)) or told, 2000)
    return Outcome(FAILED if sure else IN_DOUBT, hidden(why, secrets)[:REASON_MAX])


def _plugin(channel: Channel, secrets: Mapping[str, str], settings: Settings) -> Any:
    common: dict[str, Any] = {
        "asset": _asset(),
        "format": NotifyFormat.TEXT,
        "overflow": "truncate",
        "cto": min(settings.http_timeout_s, 30.0),
        "rto": min(settings.http_timeout_s, 30.0),
    }
    token = secrets.get(channel.token_env or "")
    if channel.kind == "email":
        login = {"user": channel.user, "password": secrets[channel.password_env]} if channel.password_env else {}
        port = channel.port or PORTS[channel.security]
        mode = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}[channel.security]
        sender = f"Lightkeeper <{channel.sender}>"
        return _EMAIL(
            smtp_host=channel.host, host=channel.host, port=port, secure_mode=mode, from_addr=sender,
            targets=[channel.to], headers={"Auto-Submitted": "auto-generated"}, **login, **common,
        )  # fmt: skip
    if channel.kind == "telegram":
        made = _TELEGRAM(bot_token=token, targets=[channel.chat], detect_owner=False, **common)
        made.notify_url = f"{settings.telegram_url.rstrip('/')}/bot"
        return made
    server = {"host": channel.host, "port": channel.port, "secure": channel.security != "none"}
    if channel.kind == "matrix":
        return _MATRIX(
            password=token, targets=[channel.room], discovery=False, e2ee=False, msgtype="text", **server, **common
        )
    return _MASTODON(
        token=token, visibility=channel.visibility, language=channel.language, cache=False, **server, **common
    )


def _asset() -> AppriseAsset:
    return AppriseAsset(secure_logging=True, http_redirects=False, app_id="Lightkeeper", app_desc="", app_url="")


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what Apprise tells to its log, and let nobody else hear it: at these levels it tells payloads too."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if "ayload" not in text and "Response Details" not in text:
                said.append(text)

    ear, before = Ear(), (_LOGGER.level, _LOGGER.propagate, _LOGGER.handlers[:])
    below, level = logging.getLogger("urllib3"), logging.getLogger("urllib3").level
    _LOGGER.handlers, _LOGGER.propagate = [ear], False
    _LOGGER.setLevel(logging.DEBUG)
    below.setLevel(logging.WARNING)  # it tells each URL, and one of Telegram's holds the token
    try:
        yield said
    finally:
        below.setLevel(level)
        _LOGGER.setLevel(before[0])
        _LOGGER.propagate, _LOGGER.handlers = before[1:]
