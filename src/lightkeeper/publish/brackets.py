"""Brackets of time in words: begin and end as a reader sees them, in UTC or in the local time of the case."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lightkeeper.publish.tongue import Tongue


class Bracket(NamedTuple):
    """Two times between which something happened. None where nobody says."""

    earliest: datetime | None
    latest: datetime | None


def bracket_words(bracket: Bracket, zone: ZoneInfo | None = None, tongue: Tongue | None = None) -> str:
    """A bracket in words, in `zone` (UTC where there is none). A bracket of one local day is that day."""
    say = tongue or Tongue()
    first, last = (t.astimezone(zone or UTC) if t else None for t in bracket)
    moment = say.local if zone else say.utc
    if first is None and last is None:
        return say.word("not known")
    if first is None:
        return say.word("by %(moment)s", moment=moment(last)) if last else say.word("not known")
    if last is None:
        return say.word("not before %(moment)s", moment=moment(first))
    if first == last:
        return say.word("at %(moment)s", moment=moment(first))
    if first.date() == last.date():
        begin, end = (say.clock_time(t, zone is None) for t in (first, last))
        day = say.day(first) if zone else say.utc_day(first)
        return say.word("on %(day)s, between %(first)s and %(last)s", day=day, first=begin, last=end)
    if zone and _is_midnight(first) and _is_midnight(last):
        final = last.date() - timedelta(days=1)
        if final == first.date():
            return say.word("on %(day)s", day=say.day(first))
        return say.word("between %(first)s and %(last)s", first=say.day(first), last=say.day(final))
    return say.word("between %(first)s and %(last)s", first=moment(first), last=moment(last))


def span_words(
    start: Bracket,
    end: Bracket,
    ongoing: bool,
    zone: ZoneInfo,
    tongue: Tongue | None = None,
    *,
    begin_known: bool = True,
) -> str:
    """Begin and end in a few words, in local days: `18 Jun 2021 to 20 Jun 2021`.

    Where nobody says when it began, `start` is a time at which it was so.
    """
    say = tongue or Tongue()
    first = _local_day(start.earliest or start.latest, zone)
    latest = _last_local_day(start.latest or start.earliest, zone)
    final = _last_local_day(end.latest or end.earliest, zone)
    sure = first is None or latest is None or latest <= first
    begun = say.day(first)
    if not begin_known:
        return say.word("so on %(day)s, begin not known", day=begun)
    if not sure:
        begun = say.word("begun between %(first)s and %(last)s", first=begun, last=say.day(latest))
    if ongoing:
        return say.word("%(begun)s, going on when recorded", begun=begun)
    if final is None:
        return say.word("%(begun)s, end not known", begun=begun)
    if not sure:
        return say.word("%(begun)s, ended by %(last)s", begun=begun, last=say.day(final))
    if first is None or final <= first:
        return begun
    return say.word("%(first)s to %(last)s", first=begun, last=say.day(final))


def _local_day(value: datetime | None, zone: ZoneInfo) -> date | None:
    return value.astimezone(zone).date() if value else None


def _last_local_day(value: datetime | None, zone: ZoneInfo) -> date | None:
    """The last local day that is not wholly after a time: midnight belongs to the day before it."""
    if value is None:
        return None
    local = value.astimezone(zone)
    return local.date() - timedelta(days=1) if _is_midnight(local) else local.date()


def _is_midnight(value: datetime) -> bool:
    return value.timetz().replace(tzinfo=None) == time()
