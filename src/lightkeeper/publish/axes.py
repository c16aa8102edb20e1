"""Axes of time: ticks at local midnights and hours, whatever the clock did in between, and the same in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import altair as alt

from lightkeeper.publish.charts import plot
from lightkeeper.publish.times import MONTHS

BOTH_UP_TO = timedelta(days=21)
"""Over longer times the two clocks differ by less than a stroke, and one axis is enough."""
TICK_PX = 58
HOURS = (1, 3, 6, 12)
DAYS = (1, 2, 4, 7, 14)
MONTHS_APART = (1, 2, 3, 6, 12)


class Scale(NamedTuple):
    """From when to when a chart goes, how wide it is, and the local zone."""

    begin: datetime
    end: datetime
    width: int
    zone: ZoneInfo

    def px(self, at: datetime) -> float:
        """The place of a time, from the left."""
        return (at - self.begin) / (self.end - self.begin) * self.width

    @property
    def vega(self) -> alt.Scale:
        """The same as a scale of the chart."""
        return alt.Scale(type="utc", domain=[ms(self.begin), ms(self.end)], nice=False)

    def x(self, name: str = "at") -> alt.X:
        """Times of the column `name`. The axes are layers of their own: see `axis_layers`."""
        return alt.X(f"{name}:T", scale=self.vega, axis=None)

    @property
    def has_utc(self) -> bool:
        """Whether the chart is short enough that UTC needs an axis of its own."""
        return self.end - self.begin <= BOTH_UP_TO

    @property
    def title(self) -> str:
        """Which clock the local axis goes by; with its distance from UTC, where that stays the same."""
        first, last = (at.astimezone(self.zone).strftime("%z") for at in (self.begin, self.end))
        return f"Local time ({self.zone.key}{f', UTC{first[:3]}:{first[3:]}' if first == last else ''})"


def axis_layers(scale: Scale, *, title: bool = True) -> list[Any]:
    """The local axis, and below it that of UTC in a short chart. Their chart takes `resolve_axis(x="independent")`."""
    axes = [_axis(scale, scale.zone, scale.title if title else None, 0)]
    axes += [_axis(scale, UTC, "UTC", 40)] if scale.has_utc and title else []
    nothing = plot([{"at": ms(scale.begin)}]).mark_rule(opacity=0)
    return [nothing.encode(x=alt.X("at:T", scale=scale.vega, axis=axis)) for axis in axes]


def ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return int(at.astimezone(UTC).timestamp() * 1000)


def ticks(begin: datetime, end: datetime, zone: tzinfo, most: int) -> dict[datetime, str]:
    """Times between `begin` and `end` to label in a zone, at most `most`, with their labels: `8 Jan`, `18:00`."""
    first = begin.astimezone(zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in HOURS:
        found = _clock(midnight, begin, end, hours)
        if len(found) <= most:
            return {at: f"{at:%H:%M}" if at.hour else _day(at) for at in found}
    for days in DAYS:
        found = _days(midnight, begin, end, days)
        if len(found) <= most:
            return {at: _day(at) for at in found}
    for months in MONTHS_APART:
        found = _months(midnight, begin, end, months)
        if len(found) <= most:
            return {at: f"{MONTHS[at.month - 1]} {at.year}" for at in found}
    return {at: str(at.year) for at in _months(midnight, begin, end, 60)}


def _axis(scale: Scale, zone: tzinfo, title: str | None, offset: int) -> alt.Axis:
    found = ticks(scale.begin, scale.end, zone, max(scale.width // TICK_PX, 2))
    names = {ms(at): label for at, label in found.items()}
    text = "{" + ", ".join(f"'{at}': '{label}'" for at, label in names.items()) + "}[time(datum.value)]"
    return alt.Axis(
        title=title, values=list(names), labelExpr=text, orient="bottom", offset=offset, labelOverlap=True,
        titlePadding=4, domain=bool(offset), grid=not offset, tickSize=4,
    )  # fmt: skip


def _clock(midnight: datetime, begin: datetime, end: datetime, hours: int) -> list[datetime]:
    found: list[datetime] = []
    for n in count():
        at = midnight + timedelta(days=n // (24 // hours), hours=n % (24 // hours) * hours)
        if at >= end or len(found) > 40:
            return found
        if at >= begin:
            found.append(at)
    return found


def _days(midnight: datetime, begin: datetime, end: datetime, days: int) -> list[datetime]:
    made = (midnight + timedelta(days=n) for n in range(0, (end - begin).days + 2 * days, days))
    return [at for at in made if begin <= at < end]


def _months(midnight: datetime, begin: datetime, end: datetime, months: int) -> list[datetime]:
    found: list[datetime] = []
    number = midnight.year * 12 + (midnight.month - 1) // months * months
    while (at := midnight.replace(year=number // 12, month=number % 12 + 1, day=1)) < end:
        if at >= begin:
            found.append(at)
        number += months
    return found


def _day(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]}"
