"""Which charts a case has: its timelines, its series, and the series around each incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Incident, Signal
from lightkeeper.model.case import Case
from lightkeeper.publish.book import Book
from lightkeeper.publish.charts import Span, describe, series_chart
from lightkeeper.publish.text import one_line, safe_name
from lightkeeper.publish.timeline import Scene, window_timeline, years_timeline
from lightkeeper.publish.times import day

DAY = timedelta(days=1)
MOST_CONTEXT = 2


class Figure(NamedTuple):
    """A chart with what stands beside it. `rows` are the steps behind it; none for a timeline."""

    name: str
    svg: str
    title: str
    alt: str
    caption: str
    rows: list[Signal]


def vote_span(case: Case) -> Span:
    """The local day that the case is about, as a stretch of time with its name."""
    word = "Vote" if any(w in case.event.kind.casefold() for w in ("election", "vote", "referendum")) else "Marked day"
    begin = case.midnight(case.event.day)
    return Span(begin, case.midnight(case.event.day + DAY), f"{word}, {day(case.event.day)}")


def numbered(incidents: Iterable[Incident]) -> list[tuple[int, Incident]]:
    """The incidents of the watch window in order of onset, numbered from 1, as timeline and list have them."""
    inside = (i for i in incidents if i.in_window)
    return list(enumerate(sorted(inside, key=lambda i: (i.onset_earliest, i.incident_id)), start=1))


def timelines(book: Book) -> list[Figure]:
    """The watch window day by day, and all years on record. A timeline without incidents is not drawn."""
    case, vote, window = book.case, vote_span(book.case), book.case.window
    marked = (vote.begin, vote.end or vote.begin)
    found = []
    listed = numbered(book.incidents)
    if listed:
        svg = window_timeline(listed, Scene(*window, window, marked, vote.label, case.zone))
        title = f"The watch window: {case.event.watch_days_before} days before, {case.event.watch_days_after} after"
        alt = "Bars of incidents in the watch window, by kind, with the marked day. The list below has them all."
        found.append(Figure("timeline-window", svg, title, alt, "", []))
    if len(book.incidents) > len(listed):
        times = [i.onset_earliest for i in book.incidents]
        first, last = min([*times, window[0]]), max([*times, window[1]])
        room = (last - first) / 40 + DAY
        svg = years_timeline(book.incidents, Scene(first - room, last + room, window, marked, vote.label, case.zone))
        alt = "One tick for each incident on record, by kind, with the watch window shaded."
        found.append(Figure("timeline-years", svg, "All incidents on record", alt, "", []))
    return found


def case_series(book: Book) -> dict[str, list[Figure]]:
    """Topic of an ask to the charts of the series that bear on it, in the days that the case names."""
    found: dict[str, list[Figure]] = {}
    for number, (wanted, names) in enumerate(zip(book.case.series, book.series_names, strict=False), start=1):
        begin, end = book.case.midnight(wanted.from_day), book.case.midnight(wanted.to_day + DAY)
        for name in names:
            shown = [r for r in book.signals.get(name, ()) if begin <= r.step_at < end]
            if shown:
                key, title = f"series-{number}-{safe_name(name)}", _titled(wanted.title, shown)
                figure = _figure(key, shown, title, [], vote_span(book.case))
                found.setdefault(wanted.topic, []).append(figure)
    return found


def incident_figures(book: Book, incident: Incident) -> list[Figure]:
    """The series that moved in an incident, and up to two of the whole country for context."""
    moved = {s for e in book.events if e.event_id in incident.events for s in e.members}
    named = [n for n in sorted(book.signals) if n in moved]
    wide = any(s.startswith("country") for s in incident.scopes) or incident.kind == "circumvention_drop"
    others = [n for n in sorted(book.signals) if wide and n not in moved and _of_country(book.signals[n], incident)]
    found = []
    for name in [*named, *others[:MOST_CONTEXT]]:
        rows = _around(book.signals[name], incident)
        if not rows:
            continue
        seen = "" if name in moved else "Shown for context: no change that belongs to this incident was found in it."
        span = Span(incident.onset_earliest, incident.end_latest or incident.end_earliest, "Incident")
        key = f"{safe_name(incident.incident_id)}-{safe_name(name)}"
        figure = _figure(key, rows, _titled(book.title_of(name) or name, rows), [span], vote_span(book.case))
        found.append(figure._replace(caption=f"{figure.caption} {seen}".strip()))
    return found


def _figure(name: str, rows: list[Signal], title: str, spans: Sequence[Span], vote: Span) -> Figure:
    svg, note = series_chart(rows, title=title, spans=spans, vote=vote)
    parts = [note]
    if any(r.expected_low is not None for r in rows):
        parts.append("The pale band is what the steps before lead one to expect.")
    if any(r.value is None for r in rows):
        parts.append("Grey: no data. This is not zero and not fine.")
    return Figure(name, svg, title, describe(rows, title), " ".join(p for p in parts if p), rows)


def _titled(title: str, rows: Sequence[Signal]) -> str:
    metric = rows[0].metric.replace("_", " ")
    return one_line(title if metric.casefold() in title.casefold() else f"{title} ({metric})", 140)


def _of_country(rows: Sequence[Signal], incident: Incident) -> bool:
    """Country-wide, and with steps short enough to show something of the incident."""
    if not rows or rows[0].entity != incident.country:
        return False
    end = incident.end_latest or incident.end_earliest
    return end is None or end - incident.onset_earliest >= timedelta(seconds=rows[0].step_s)


def _around(rows: Sequence[Signal], incident: Incident) -> list[Signal]:
    """The steps from some time before an incident to some time after: days of hourly steps, weeks of daily ones."""
    if not rows:
        return []
    room = timedelta(days=30) if rows[0].step_s >= 43200 else 3 * DAY
    end = incident.end_latest or incident.end_earliest or incident.onset_latest
    first, last = incident.onset_earliest - room, max(end, incident.onset_latest) + room
    shown = sorted((r for r in rows if first <= r.step_at <= last), key=lambda r: r.step_at)
    touched = any(_overlaps(r, incident.onset_earliest, end) for r in shown)
    return shown if touched else []


def _overlaps(row: Signal, begin: datetime, end: datetime) -> bool:
    return row.step_at.astimezone(UTC) <= end and row.step_at + timedelta(seconds=row.step_s) > begin
