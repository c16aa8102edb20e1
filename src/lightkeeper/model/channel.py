"""A channel: who gets notices, of what, when and in which language. What `notices.toml` may hold, field by field."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator, model_validator

from lightkeeper.model.case import Part, Slug

EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,59}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")]
Mail = Annotated[str, StringConstraints(pattern=r"^[^\s@<>\"',;]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")]
Share = Annotated[float, Field(ge=0, le=1)]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

NEEDS: dict[str, tuple[str, ...]] = {
    "email": ("host", "sender", "to"),
    "telegram": ("chat", "token_env"),
    "matrix": ("host", "room", "token_env"),
    "mastodon": ("host", "token_env"),
    "webhook": ("secret_env",),
}
"""Fields that a channel of each kind cannot do without. A webhook has one of `url` and `url_env` too."""
OWN: dict[str, frozenset[str]] = {
    "email": frozenset({"host", "port", "security", "user", "password_env", "sender", "to"}),
    "telegram": frozenset({"chat", "token_env"}),
    "matrix": frozenset({"host", "port", "security", "room", "token_env"}),
    "mastodon": frozenset({"host", "port", "security", "token_env", "visibility"}),
    "webhook": frozenset({"url", "url_env", "secret_env"}),
}
"""Fields that are of one kind only, or of some."""
LONGEST = {"email": 20_000, "telegram": 4000, "matrix": 8000, "mastodon": 480, "webhook": 20_000}
"""Characters of subject and text that a channel of each kind takes. Mastodon's servers take 500, if not told more."""


class Channel(Part):
    """One channel: where it leads, whom it reaches, and what it wants to hear."""

    name: Slug = Field(description="A name of your own. The log knows the channel by it: do not change it")
    kind: Literal["email", "telegram", "matrix", "mastodon", "webhook"] = Field(description="How it is sent")
    language: Literal["en", "fa"] = Field(default="en", description="Language of its texts: en or fa")
    time_zone: str = Field(default="UTC", description="Zone of its readers, as Asia/Tehran; UTC stands beside it")
    countries: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = Field(
        default=[], description="Only these countries, as IR; without it all that are watched"
    )
    kinds: list[str] = Field(
        default=[], description="Only these kinds of events, as outage, blocking, slowdown, throttling, no_delivery"
    )
    scopes: list[str] = Field(
        default=[], description="Only these scopes, as national, regional, mobile, one_witness, source"
    )
    least_severity: Share = Field(
        default=0.0, description="Only changes at least this deep, 0 to 1; one of unknown depth passes"
    )
    when: Literal["now", "hourly", "daily"] = Field(default="now", description="At once, or gathered in a digest")
    daily_at: time = Field(default=time(8), description="When a daily digest or heartbeat is due, in its zone")
    quiet: str | None = Field(default=None, description="Hours in which nothing is sent, as 22:00-07:00, in its zone")
    quiet_unless: Share | None = Field(
        default=None, description="A change at least this deep is sent in quiet hours too; without it none is"
    )
    heartbeat: bool = Field(default=False, description="Say once a day, or an hour, also that nothing was told")
    host: Host | None = Field(default=None, description="Name of the server: SMTP, Matrix or Mastodon")
    port: int | None = Field(default=None, ge=1, le=65535, description="Its port, where it is not the usual one")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`none` only for a host in `allow_hosts`; Matrix and Mastodon are asked by HTTPS else",
    )
    user: str | None = Field(default=None, max_length=200, description="Name to log in with at the mail server")
    password_env: EnvName | None = Field(default=None, description="Variable of the environment with its password")
    sender: Mail | None = Field(default=None, description="Address that mail comes from")
    to: Mail | None = Field(default=None, description="Address that it goes to: one person's, or a mailing list's")
    chat: str | None = Field(
        default=None, pattern=r"^(-?[0-9]{1,32}|@[A-Za-z][A-Za-z0-9_]{3,40})$", description="Telegram's id of the chat"
    )
    room: str | None = Field(
        default=None, pattern=r"^[!#][^\s/,]{1,250}$", description="Matrix room, as !abc:example.org; not encrypted"
    )
    token_env: EnvName | None = Field(default=None, description="Variable of the environment with the access token")
    visibility: Literal["public", "unlisted", "private", "direct"] = Field(
        default="unlisted", description="Who sees a post on Mastodon"
    )
    url: str | None = Field(
        default=None, pattern=r"^https?://[^\s<>\"'@?#]{3,500}$", description="Where a webhook goes"
    )
    url_env: EnvName | None = Field(default=None, description="The same in the environment, where the URL is a secret")
    secret_env: EnvName | None = Field(
        default=None, description="Variable with the key that signs: whsec_ and base64 of 24 to 64 bytes"
    )

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`{value[:40]}` is not a time zone") from error
        return value

    @field_validator("quiet")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        if value is not None:
            hours_of(value)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Channel:
        lacking = [name for name in NEEDS[self.kind] if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"a channel of kind {self.kind} needs `{'` and `'.join(lacking)}`")
        if self.kind == "webhook" and (self.url is None) == (self.url_env is None):
            raise ValueError("a webhook needs one of `url` and `url_env`")
        if (self.user is None) != (self.password_env is None):
            raise ValueError("`user` and `password_env` go together")
        if self.user is not None and self.security == "none":
            raise ValueError("a password is not sent over a line that anyone can read: `security` must not be none")
        strange = (frozenset().union(*OWN.values()) - OWN[self.kind]) & self.model_fields_set
        if strange:
            raise ValueError(f"a channel of kind {self.kind} has no `{'`, `'.join(sorted(strange))}`")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its readers."""
        return ZoneInfo(self.time_zone)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the environment's variables that it needs."""
        return tuple(n for n in (self.password_env, self.token_env, self.url_env, self.secret_env) if n is not None)


class Channels(Part):
    """A file of channels: one `[[channel]]` for each."""

    channel: list[Channel] = Field(min_length=1, max_length=200, description="One table `[[channel]]` for each channel")

    @model_validator(mode="after")
    def _names(self) -> Channels:
        names = [one.name for one in self.channel]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two channels are called `{twice[0]}`: give each a name of its own")
        return self


def hours_of(text: str) -> tuple[time, time]:
    """Begin and end of `22:00-07:00`; it may run over midnight. Raises ValueError."""
    begin, _, end = text.partition("-")
    found = [_CLOCK.fullmatch(part.strip()) for part in (begin, end)]
    if found[0] is None or found[1] is None or found[0][0] == found[1][0]:
        raise ValueError("quiet hours are written as 22:00-07:00")
    first, last = (time(int(one[1]), int(one[2])) for one in found if one)
    return first, last


def in_hours(at: time, hours: tuple[time, time]) -> bool:
    """Whether a time of the day is within hours; the end is not."""
    begin, end = hours
    return begin <= at < end if begin < end else at >= begin or at < end
