"""`notices.toml`: the channels that notices go to, and their secrets, which stand in the environment alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from lightkeeper.errors import InputError
from lightkeeper.model.channel import Channel, Channels
from lightkeeper.sources.case_toml import as_case_error, read_toml

HIDDEN = "[secret]"
_SHORT = 4
"""A secret of fewer characters would hide half of what is written; `secrets_of` refuses such."""
_TELEGRAM = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}")


def load_channels(path: Path) -> list[Channel]:
    """The channels of a file. Raises CaseError with `file:line`; no error shows the value of a field."""
    data, text = read_toml(path, "notices.toml", "Write one as docs/guide/notices.md describes, or name another file")
    try:
        return Channels.model_validate(data).channel
    except ValidationError as error:
        raise as_case_error(error, path, text, Channels) from None


def secrets_of(channel: Channel, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The secrets of a channel by the name of their variable. Raises InputError, which names the variable only."""
    found = {}
    for name in channel.secrets:
        value = environment.get(name, "").strip()
        if len(value) <= _SHORT or not value.isprintable():
            what = "is not set" if not value else "is too short, or not one line of text"
            raise InputError(
                f"The variable `{name}`, which channel `{channel.name}` needs, {what}",
                remedy="Set it in the environment of this process, never in the file",
            )
        found[name] = value
    if channel.kind == "telegram" and not _TELEGRAM.fullmatch(found[channel.token_env or ""]):
        raise InputError(
            f"The variable `{channel.token_env}` does not hold a token of Telegram's",
            remedy="Set it to what BotFather gave: digits, a colon, and letters",
        )
    return found


def hidden(text: str, secrets: Mapping[str, str]) -> str:
    """The text without the secrets, whatever wrote it. The parts of a secret around a colon or a slash go too."""
    parts = {p for value in secrets.values() for p in (value, *re.split(r"[:/_.?&=]", value)) if len(p) >= 8}
    parts |= set(secrets.values())
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return text
