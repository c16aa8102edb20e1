"""The watch board: all cases by their days, those that are watched at this moment first, and one page a country."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from lightkeeper.publish.casesfile import CaseRow, Watched
from lightkeeper.publish.tongue import Tongue, n_

UNREADABLE, WATCHED, AHEAD, OVER = n_("Cannot be read"), n_("Watched now"), n_("To come"), n_("Over")


class Place(NamedTuple):
    """A case on the board. `when` says how far its day is; it is empty on a page that is not made at each visit."""

    row: CaseRow
    when: str = ""


class Shelf(NamedTuple):
    """Cases that stand together. A page that is not made at each visit has one shelf for all days, without a name."""

    name: str
    places: Sequence[Place]


def shelves(rows: Iterable[CaseRow], tongue: Tongue, now: datetime | None) -> list[Shelf]:
    """The cases in the order of a reader who watches: unreadable ones, those watched, those to come, those over.

    Without `now` nothing is said that would be wrong tomorrow: the latest day stands first. A day is over when it is
    over on the clocks of the country.
    """
    rows = list(rows)
    found: dict[str, list[Place]] = {UNREADABLE: [Place(r) for r in rows if r.watched is None]}
    for row in sorted(rows, key=lambda r: (r.watched.day.toordinal() if r.watched else 0, r.folder)):
        if row.watched is not None:
            name, when = _when(row.watched, tongue, now) if now else ("", "")
            found.setdefault(name, []).append(Place(row, when))
    order = [UNREADABLE, WATCHED, AHEAD, OVER, ""]
    for latest_first in (OVER, ""):
        found.get(latest_first, []).reverse()
    return [Shelf(tongue.word(name) if name else "", found[name]) for name in order if found.get(name)]


def _when(watched: Watched, tongue: Tongue, now: datetime) -> tuple[str, str]:
    today, away = watched.today(now), watched.days_to(now)
    shelf = AHEAD if today < watched.first else OVER if today > watched.last else WATCHED
    if away == 0:
        return shelf, tongue.word("Today")
    days = tongue.counted(abs(away), "day")
    return shelf, tongue.word("In %(days)s", days=days) if away > 0 else tongue.word("%(days)s ago", days=days)
