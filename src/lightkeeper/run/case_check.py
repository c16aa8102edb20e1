"""Check: what the series of a case hold, before it is built; and bring those that have a source to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import msgspec

from lightkeeper.errors import LightkeeperError
from lightkeeper.model import Signal
from lightkeeper.model.case import Case, CaseRecorded, CaseSeries
from lightkeeper.run.case_recorded import PARTS, not_fetched, read_recorded
from lightkeeper.run.case_recorded import span_of as span_of_recorded
from lightkeeper.run.case_series import WARM_UP, is_wanted, read_carried, read_lake, span_of
from lightkeeper.run.fetching import SOURCES, Fetched, fetch_by_hand, wanted_of
from lightkeeper.run.judging import Aside
from lightkeeper.settings import Settings
from lightkeeper.store.lake import Lake

FETCHED = {"ioda": "ioda", "radar": "radar", "ripestat": "ripestat", "tor": "tor", "ooni_counts": "ooni-counts"}
"""Reader to the source of `lightkeeper fetch` that brings its rows."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is there of one `[[series]]`."""

    title: str
    reader: str
    series: list[str]
    steps: int
    """Charted ones."""
    without_value: int
    first: date | None
    last: date | None
    warm_up_days: int
    """Days before the charted ones, from which the expected values are learnt."""
    set_aside: int
    remedy: str | None
    """What to do where there is nothing."""


class HeldRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """What is there of one `[[recorded]]`."""

    title: str
    reader: str
    events: int
    remedy: str | None
    """What to do where nothing was fetched."""


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one `[[series]]` that was to be fetched: `said` where nothing came, with the remedy."""

    title: str
    fetched: Fetched | None
    said: str | None


def held_by(folder: Path, case: Case, lake: Lake, aside: list[Aside]) -> list[Held]:
    """What the case carries, and the user brought, of each of its series. Raises CaseError for an unreadable file."""
    return [_held(folder, case, wanted, lake, aside) for wanted in case.series]


def held_recorded(case: Case, lake: Lake) -> list[HeldRecorded]:
    """What the user fetched of the outages that others recorded."""
    lacking = not_fetched(case, lake)
    return [
        HeldRecorded(
            title=wanted.title,
            reader=wanted.reader,
            events=len(read_recorded(case, wanted, lake)),
            remedy=f"Bring it: {wanted.how_to_import}" if wanted in lacking else None,
        )
        for wanted in case.recorded
    ]


def fetch_series(
    case: Case, settings: Settings, *, on_series: Callable[[CaseSeries], None] = lambda _: None
) -> list[Brought]:
    """Ask the sources for the series that the case names, for its operators too. A failure of one stops no other."""
    found = []
    for wanted in case.series:
        if wanted.how_to_import is None:
            continue
        on_series(wanted)
        name = FETCHED.get(wanted.reader)
        if name is None:
            found.append(Brought(title=wanted.title, fetched=None, said=f"Bring it by hand: {wanted.how_to_import}"))
            continue
        begin, end = (at.date() for at in span_of(case, wanted))
        found.append(_bring(wanted.title, name, case, (wanted.entity, begin - WARM_UP, end), settings))
    return found


def fetch_recorded(
    case: Case, settings: Settings, *, on_recorded: Callable[[CaseRecorded], None] = lambda _: None
) -> list[Brought]:
    """Ask the sources for the recorded outages that the case names, for its operators too, each source once."""
    asked: dict[str, Brought] = {}
    found = []
    for wanted in case.recorded:
        name = PARTS[wanted.reader]
        begin, end = (at.date() for at in span_of_recorded(case, wanted))
        key = f"{name} {begin} {end}"
        if key not in asked:
            on_recorded(wanted)
            asked[key] = _bring(wanted.title, name, case, (case.country, begin, end), settings)
        found.append(msgspec.structs.replace(asked[key], title=wanted.title))
    return found


def _bring(
    title: str, name: str, case: Case, asked: tuple[str, date, date], settings: Settings,
) -> Brought:  # fmt: skip
    """Ask one source for a country and a time, and for the operators of the case where it knows networks."""
    own = [f"AS{n}" for o in case.operators for n in o.asns] if "asn" in SOURCES[name].places else []
    try:
        return Brought(title=title, fetched=fetch_by_hand(name, wanted_of(*asked, [], own), settings), said=None)
    except LightkeeperError as error:
        return Brought(title=title, fetched=None, said=str(error))


def _held(folder: Path, case: Case, wanted: CaseSeries, lake: Lake, aside: list[Aside]) -> Held:
    begin, end = span_of(case, wanted)
    before = len(aside)
    rows = read_carried(folder, case, wanted, aside) if wanted.path else read_lake(lake, wanted, begin - WARM_UP, end)
    mine = [row for row in rows if begin - WARM_UP <= row.step_at < end and is_wanted(wanted, row)]
    charted = [row for row in mine if row.step_at >= begin]
    days = sorted({row.step_at.astimezone(case.zone).date() for row in charted})
    return Held(
        title=wanted.title,
        reader=wanted.reader,
        series=sorted({row.series for row in charted}),
        steps=len(charted),
        without_value=sum(row.value is None for row in charted),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        warm_up_days=_warm_up(mine, begin),
        set_aside=len(aside) - before,
        remedy=None if charted else _remedy(wanted, rows),
    )


def _warm_up(rows: list[Signal], begin: datetime) -> int:
    return len({row.step_at.date() for row in rows if row.step_at < begin and row.value is not None})


def _remedy(wanted: CaseSeries, rows: list[Signal]) -> str:
    if wanted.reader == "ooni_cells":
        return "It is made of the case's measurements when the case is built: `lightkeeper case gather` brings them"
    if rows:
        names = ", ".join(sorted({row.series for row in rows})[:5])
        days = f"{min(r.step_at for r in rows):%Y-%m-%d} to {max(r.step_at for r in rows):%Y-%m-%d}"
        return f"Its rows are of {days}: mend `from_day`, `to_day`, `entity` or `only`. It has {names}"
    return f"Bring it: {wanted.how_to_import}" if wanted.how_to_import else "The file holds no row: bring a fuller one"
