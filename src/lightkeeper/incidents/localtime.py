"""Local time: what the clocks of a country show at a moment; several times, where it has several zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from lightkeeper.sources.country_days import zones

ON_THE_HALF_HOUR_S = 30 * 60


def clocks(country: str, moment: datetime) -> list[datetime]:
    """The moment in each zone of the country that differs; empty where the tz database has no zone for it.

    Which zone a network is in is not known, so what follows from a clock holds only if it holds on all of them.
    """
    by_offset = {}
    for zone in zones(country):
        local = moment.astimezone(zone)
        by_offset[local.utcoffset()] = local
    return list(by_offset.values())


def is_round(country: str, moment: datetime) -> bool | None:
    """Whether all clocks of the country show an hour or half hour; none where they disagree or are not known."""
    return _agreed({(c.minute * 60 + c.second) % ON_THE_HALF_HOUR_S == 0 for c in clocks(country, moment)})


def is_between(country: str, moment: datetime, first_hour: int, last_hour: int) -> bool | None:
    """Whether all clocks show an hour from `first_hour` to before `last_hour`; none where they disagree."""
    return _agreed({first_hour <= c.hour < last_hour for c in clocks(country, moment)})


def local_days(country: str, moment: datetime, zone: ZoneInfo | None = None) -> tuple[date, date]:
    """The first and the last local day that the country's clocks show; with a zone, the day there."""
    shown = [moment.astimezone(zone)] if zone else clocks(country, moment) or [moment.astimezone(UTC)]
    days = sorted(c.date() for c in shown)
    return days[0], days[-1]


def _agreed(answers: set[bool]) -> bool | None:
    return answers.pop() if len(answers) == 1 else None
