"""Networks: which of those that a case has measurements of can be a witness, on which day, and why not.

What a record says of its network is written by its sender. So a network speaks on a day only where both hold:

- Its AS number is the country's, by the table of AS numbers or because the case names it as an operator's, with a
  source. A number that the table does not know could be anything: the case can name it, or a newer table have it.
- It has a history there: measurements on three earlier days of the four weeks before, in three sessions. A forger must
  then begin days ahead. Where fewer than three networks of the country have one, a history is asked of nobody: a case
  may begin with the vote. So nobody silences others by making up a past for himself alone.

A record's day, for its network's past, is the later of when it began and when OONI's collector had it, as far as the id
tells: nobody can make up a past by uploading it today. What the records say does not matter for a past: whoever forges
one outcome forges another as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.case import Case
from lightkeeper.observe.decode import time_in_id
from lightkeeper.signals.floods import HISTORY_H
from lightkeeper.sources.as_numbers import AsNumbers, carried, is_special

Doubt = Literal["special", "elsewhere", "later", "unknown", "new"]
"""Why a network does not speak: as `Standing` has it; `new` where it has no history."""
HISTORY_DAYS = 3
"""Earlier days, and sessions, that make a history,"""
HISTORY_SPAN = timedelta(hours=HISTORY_H)
"""within so long before."""
LEAST_WITH_HISTORY = 3
"""Below this many networks of the country with a history, none is asked for one."""


class Networks:
    """The networks of a case's measurements, and what each is to the country on a day. Days are local."""

    def __init__(
        self,
        case: Case,
        measurements: Iterable[Measurement],
        verdicts: Iterable[Verdict],
        table: AsNumbers | None = None,
    ) -> None:
        self.table = table or carried()
        self._case = case
        self._named = {asn for operator in case.operators for asn in operator.asns}
        self._sessions = _sessions(case, measurements, verdicts)
        self._asked: dict[date, bool] = {}

    def doubt(self, asn: int | None, day: date) -> Doubt | None:
        """Why a network does not speak on a day; none where it does."""
        found = self.standing(asn, day)
        if found is not None or asn is None:
            return found or "special"
        return "new" if self._asks_for_history(day) and not self.has_history(asn, day) else None

    def standing(self, asn: int | None, day: date) -> Doubt | None:
        """Why a network is none of the country on a day; none where it is one."""
        if asn is None or is_special(asn):
            return "special"
        found = self.table.standing(asn, self._case.country, day)
        return None if found == "home" or asn in self._named else found

    def has_history(self, asn: int | None, day: date) -> bool:
        """Whether there were measurements on days enough before this one."""
        days = self._days_before(asn, day)
        sessions = {s for d in days for s in self._sessions[asn or 0][d]}
        return min(len(days), len(sessions)) >= HISTORY_DAYS

    def days_measured(self, asn: int | None, last: date) -> int:
        """Days with measurements, up to the last and in the four weeks before it: how much a network weighs."""
        return len(self._days_before(asn, last + timedelta(days=1)))

    def _days_before(self, asn: int | None, day: date) -> list[date]:
        return [d for d in self._sessions.get(asn or 0, ()) if day - HISTORY_SPAN <= d < day]

    def _asks_for_history(self, day: date) -> bool:
        if day not in self._asked:
            known = [n for n in self._sessions if self.standing(n, day) is None and self.has_history(n, day)]
            self._asked[day] = len(known) >= LEAST_WITH_HISTORY
        return self._asked[day]


def handed_in(row: Measurement, case: Case) -> date | None:
    """The local day on which a record was there: when it began, or when OONI's collector had it, if that is later.

    Only the time in a measurement's own id counts: OONI writes it. That in the id of a report can be made up.
    """
    if row.started_at is None:
        return None
    had = time_in_id(row.measurement_id)
    return (max(row.started_at, had) if had else row.started_at).astimezone(case.zone).date()


def _sessions(
    case: Case, measurements: Iterable[Measurement], verdicts: Iterable[Verdict]
) -> dict[int, dict[date, set[str]]]:
    """Sessions by network and day, of the country's measurements whose instrument is not in doubt."""
    valid = {v.measurement_id for v in verdicts if v.layer == "all" and v.validity == "valid"}
    found: defaultdict[int, defaultdict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in measurements:
        if row.probe_cc == case.country and row.probe_asn is not None and row.measurement_id in valid:
            day = handed_in(row, case)
            if day is not None:
                found[row.probe_asn][day].add(row.report_id or row.measurement_id)
    return {asn: dict(days) for asn, days in found.items()}
