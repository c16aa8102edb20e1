"""Which charts a case has: its timelines, its series, and the series around each incident."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lightkeeper.model import Event, Incident, Member, Signal
from lightkeeper.model.case import Case
from lightkeeper.model.signal import LINEAGES
from lightkeeper.publish.book import Book
from lightkeeper.publish.brackets import Bracket, bracket_words
from lightkeeper.publish.drawn import describe, drawn
from lightkeeper.publish.grouping import MANY, MOST_PANELS, Group, groups_of
from lightkeeper.publish.multiples import Panel, multiples_chart
from lightkeeper.publish.numbers import Numbers, by_place, by_time
from lightkeeper.publish.series_chart import NARROW, WIDE, Frame, Shade, reach, series_chart
from lightkeeper.publish.text import one_line, safe_name
from lightkeeper.publish.timeline import Scene, window_timeline, years_timeline
from lightkeeper.publish.times import day
from lightkeeper.publish.words import event_kind, flag_words, missing_words

DAY = timedelta(days=1)
MOST_CONTEXT = 2
MOST_TOLD = 6
"""Events that a caption tells of; the table of events has all."""
ACRONYMS = frozenset({"bgp", "ndt", "ooni", "mrt"})
DETECTED = "lightkeeper.detect"


class Figure(NamedTuple):
    """A chart with what stands beside it. `rows` are the steps behind it, `numbers` the table; none for a timeline."""

    name: str
    svg: str
    narrow: str | None
    title: str
    alt: str
    heading: str
    """What stands in bold below it."""
    caption: str
    rows: list[Signal]
    numbers: Numbers | None


def frame_of(case: Case) -> Frame:
    """What stands in every chart of a case."""
    begin, end, label = vote_span(case)
    return Frame(case.zone, case.window, (begin, end), label)


def vote_span(case: Case) -> tuple[datetime, datetime, str]:
    """The local day that the case is about, from midnight to midnight, with its name."""
    word = "Vote" if any(w in case.event.kind.casefold() for w in ("election", "vote", "referendum")) else "Marked day"
    begin, end = case.midnight(case.event.day), case.midnight(case.event.day + DAY)
    return begin, end, f"{word}, {day(case.event.day)}"


def numbered(incidents: Iterable[Incident]) -> list[tuple[int, Incident]]:
    """The incidents of the watch window in order of onset, numbered from 1, as timeline and list have them."""
    inside = (i for i in incidents if i.in_window)
    return list(enumerate(sorted(inside, key=lambda i: (i.onset_earliest, i.incident_id)), start=1))


def numbered_events(book: Book) -> list[tuple[str, Event]]:
    """The events that were found in series, in order of onset, with the names that they have in charts: E1, E2."""
    found = [e for e in book.events if e.source == DETECTED]
    return [(f"E{n}", e) for n, e in enumerate(sorted(found, key=lambda e: (e.onset_latest, e.event_id)), start=1)]


def timelines(book: Book) -> list[Figure]:
    """The watch window day by day, and all years on record. A timeline without incidents is not drawn."""
    case, window, (begin, end, label) = book.case, book.case.window, vote_span(book.case)
    found = []
    listed = numbered(book.incidents)
    if listed:
        svg = window_timeline(listed, Scene(*window, window, (begin, end), label, case.zone))
        title = f"The watch window: {case.event.watch_days_before} days before, {case.event.watch_days_after} after"
        alt = "Bars of incidents in the watch window, by kind, with the marked day. The list below has them all."
        found.append(Figure("timeline-window", svg, None, title, alt, title, "", [], None))
    if len(book.incidents) > len(listed):
        times = [i.onset_earliest for i in book.incidents]
        first, last = min([*times, window[0]]), max([*times, window[1]])
        room = (last - first) / 40 + DAY
        scene = Scene(first - room, last + room, window, (begin, end), label, case.zone)
        alt = "One tick for each incident on record, by kind, with the watch window shaded."
        svg = years_timeline(book.incidents, scene)
        title = "All incidents on record"
        found.append(Figure("timeline-years", svg, None, title, alt, title, "", [], None))
    return found


def case_series(book: Book) -> dict[int, list[Figure]]:
    """Number of a series of the case (from 1) to its charts, in the days that the case names."""
    found: dict[int, list[Figure]] = {}
    for number, (wanted, names) in enumerate(zip(book.case.series, book.series_names, strict=False), start=1):
        begin, end = book.case.midnight(wanted.from_day), book.case.midnight(wanted.to_day + DAY)
        shown = {name: [r for r in book.signals.get(name, ()) if begin <= r.step_at < end] for name in names}
        charts = _charts(book, shown, f"series-{number}", wanted.title)
        if charts:
            found[number] = charts
    return found


def incident_figures(book: Book, incident: Incident) -> list[Figure]:
    """The series that moved in an incident, and up to two of the whole country for context."""
    moved = {s for e in book.events if e.event_id in incident.events for s in e.members}
    named = [n for n in sorted(book.signals) if n in moved]
    wide = any(s.startswith("country") for s in incident.scopes) or incident.kind == "circumvention_drop"
    others = [n for n in sorted(book.signals) if wide and n not in moved and _of_country(book.signals[n], incident)]
    key = safe_name(incident.incident_id)
    found = _charts(book, {n: _around(book.signals[n], incident) for n in named}, key, None)
    span = Shade("incident", incident.onset_earliest, incident.onset_latest, incident.end_earliest, incident.end_latest)
    if span.end is None and not incident.ongoing:
        span = span._replace(sure_to=incident.onset_latest, end=incident.end_earliest or incident.onset_latest)
    for name in others[:MOST_CONTEXT]:
        for figure in _charts(book, {name: _around(book.signals[name], incident)}, key, None, span):
            seen = "Shown for context: no change that belongs to this incident was found in it."
            found.append(figure._replace(caption=f"{figure.caption} {seen}".strip()))
    return found


def _charts(
    book: Book, shown: dict[str, list[Signal]], key: str, title: str | None, span: Shade | None = None
) -> list[Figure]:
    """Charts of some series: one each, or small multiples of those that count the same in many places."""
    found = []
    for group in groups_of({name: rows for name, rows in shown.items() if rows}, book.case):
        if len(group.names) > MANY:
            found.append(_multiples(book, group, key, title))
        else:
            found += [_single(book, name, group.rows[name], key, title, span) for name in group.names]
    return found


def _single(book: Book, name: str, rows: list[Signal], key: str, title: str | None, span: Shade | None) -> Figure:
    alone = title is not None and sum(len(n) for n in book.series_names if name in n) == 1
    named = title or book.title_of(name) or name
    told, heading = _titled(named, rows, alone=alone), _heading(rows, named, alone=alone)
    marks = _marks(book, name, rows)
    shades = [*_shades(marks), *([span] if span else [])]
    wide, narrow = (
        series_chart(rows, frame_of(book.case), title=told, shades=shades, size=size) for size in (WIDE, NARROW)
    )
    caption = " ".join([*_caption(rows), *_of_marks(marks)])
    numbers = by_time(rows, book.case.zone)
    words = describe(rows, told)
    return Figure(f"{key}-{safe_name(name)}", wide, narrow, told, words, heading, caption, rows, numbers)


def _multiples(book: Book, group: Group, key: str, title: str | None) -> Figure:
    marks = {name: _marks(book, name, group.rows[name]) for name in group.names}
    deepest = {name: max((m.severity or 0.0 for _, _, m in marks[name]), default=0.0) for name in group.names}
    chosen = sorted(sorted(group.names, key=lambda n: (-deepest[n], group.labels[n]))[:MOST_PANELS])
    panels = [Panel(group.labels[n], group.rows[n], _shades(marks[n])) for n in chosen]
    panels.sort(key=lambda p: p.label)
    rows = [row for name in group.names for row in group.rows[name]]
    named = title or book.title_of(group.names[0]) or group.metric
    told, heading = _titled(named, rows, alone=False), _heading(rows, named, alone=False)
    frame = frame_of(book.case)
    wide, narrow = (multiples_chart(panels, frame, title=told, narrow=small) for small in (False, True))
    left = len(group.names) - len(chosen)
    parts = [f"{len(group.names)} series side by side; each has an axis of values of its own, from the same day on."]
    parts += [f"Shown are the {len(chosen)} that changed most; the table and the file have all."] if left else []
    parts += [told_of for told_of in _caption(rows) if told_of.startswith("Steps without")]
    alt = f"{told}. {len(panels)} small charts, one for each place or network. The table has the lowest value of each."
    numbers = by_place([(group.labels[n], group.rows[n]) for n in group.names], book.case.zone)
    name = f"{key}-{safe_name(group.metric)}-many"
    return Figure(name, wide, narrow, told, alt, heading, " ".join(parts), rows, numbers)


def _marks(book: Book, name: str, rows: Sequence[Signal]) -> list[tuple[str, Event, Member]]:
    """The events in a series that touch the steps shown, each with the series' own onset and end."""
    begin, end = rows[0].step_at, rows[-1].step_at + timedelta(seconds=rows[-1].step_s)
    own = {m.event_id: m for m in book.members if m.series == name and m.role == "moved"}
    found = []
    for number, event in numbered_events(book):
        member = own.get(event.event_id)
        if member is None or member.onset_earliest is None or member.onset_earliest >= end:
            continue
        if member.end_latest is None or member.end_latest > begin:
            found.append((number, event, member))
    return found


def _shades(marks: Sequence[tuple[str, Event, Member]]) -> list[Shade]:
    return [
        Shade(number, m.onset_earliest, m.onset_latest, m.end_earliest, m.end_latest)
        for number, _, m in marks
        if m.onset_earliest and m.onset_latest
    ]


def _of_marks(marks: Sequence[tuple[str, Event, Member]]) -> list[str]:
    told = []
    for number, event, m in marks[:MOST_TOLD]:
        begun = bracket_words(Bracket(m.onset_earliest, m.onset_latest))
        unknown = "not known" if "re_based" in m.flags else "not by the end of the data"
        ended = bracket_words(Bracket(m.end_earliest, m.end_latest)) if m.end_latest else unknown
        told.append(f"{number}: {event_kind(event.kind).lower()}, begun {begun} UTC, recovered: {ended}.")
    return told + ([f"{len(marks) - MOST_TOLD} more events are in the table."] if len(marks) > MOST_TOLD else [])


def _caption(rows: Sequence[Signal]) -> list[str]:
    """What a reader must know of this chart beside what `chart_signs` in the templates says of all."""
    shown = drawn(rows, WIDE.width)
    share = any(r.n is not None for r in rows)
    parts = []
    if share and shown.bunch > 1:
        parts.append(f"A point is the share of {shown.bunch} steps together.")
    elif shown.bunch > 1:
        parts.append(f"Of each {shown.bunch} steps the lowest and the highest are drawn.")
    missing = Counter(missing_words(r.missing) for r in rows if r.value is None)
    if missing:
        told = ", ".join(f"{name}: {n}" for name, n in sorted(missing.items()))
        parts.append(f"Steps without a value, of {len(rows):,}: {told}.")
    for flag, n in sorted(Counter(r.flag for r in rows if r.flag).items()):
        parts.append(f"In {n:,} of {len(rows):,} steps {flag_words(flag)}.")
    if reach(shown)[0] > 0 and not share:
        parts.append("The axis of values does not begin at zero.")
    return parts


def _titled(title: str, rows: Sequence[Signal], *, alone: bool) -> str:
    """A title with what is counted, in words: `IODA of Iran: bgp`. Where the case's title is of one series, its own."""
    metric = rows[0].metric.replace("_", " ")
    return one_line(title if alone or metric.casefold() in title.casefold() else f"{title}: {metric}", 140)


def _heading(rows: Sequence[Signal], title: str, *, alone: bool) -> str:
    """What stands in bold below a chart: the title, or what is counted, and which kind of witness that is."""
    first, *others = rows[0].metric.split("_")
    named = " ".join([first.upper() if first in ACRONYMS else first.capitalize(), *others])
    return title if alone else f"{named} ({LINEAGES.get(rows[0].lineage, rows[0].lineage)})"


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
