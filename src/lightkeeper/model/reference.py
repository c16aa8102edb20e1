"""Reference facts: whose network an AS is, how many people use it, and which days were no ordinary days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

NetworkKind = Literal["mobile", "fixed", "transit", "hosting", "unknown"]
DayKind = Literal["election", "exam", "protest", "holiday"]

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
Asn = Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)]


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose network an AS is, in a time. `unknown` where no source tells the kind: never guessed."""

    asn: Asn
    operator: Text
    country: Country
    kind: NetworkKind
    source: Text
    kind_source: Text | None = None
    """Where the kind is stated, if not in `source`."""
    read_on: date
    from_day: date | None = None
    """First day for which this holds; none where the source does not say."""
    until_day: date | None = None
    """Last day for which this holds; none where it still does, or the source does not say."""
    note: Text | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the fact holds on a day."""
        return (self.from_day is None or self.from_day <= day) and (self.until_day is None or day <= self.until_day)


class Day(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day, or days, on which something went on in a country that changes how people use the internet."""

    country: Country
    kind: DayKind
    name: Text
    from_day: date
    until_day: date
    """The last local day, which belongs to it."""
    place: Text | None = None
    """Where, if not in the whole country."""
    source: Text
    read_on: date
    note: Text | None = None


class Ratification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state has done with a treaty, as a source states it on a day."""

    country: Country
    instrument: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{2,32}$")]
    """Id of the treaty in `ledger/instruments.toml`: iccpr, iccpr-op1, icescr."""
    status: Literal["party", "signatory", "none"]
    since: date | None = None
    """Day from which it is a party or signatory, where the source states it."""
    year_only: bool = False
    """The source states the year alone; `since` is then its last day."""
    source: Text
    checked_on: date
    """Day for which the source states it."""
    read_on: date
    note: Text | None = None


class NetworkUsers(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate of the people behind one AS in one country. An AS can stand in several."""

    asn: int
    country: str
    users: float
    samples: float
    name: str
