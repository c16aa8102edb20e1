"""Charts as SVG files: one series with its expected band, its gaps, the disruption and the day of the vote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, NamedTuple

import altair as alt
import vl_convert

from lightkeeper.model import Signal
from lightkeeper.publish.text import one_line

VL_VERSION = "6.4"
WIDTH = 760
INK, LINE, BAND, GAP, SPAN, VOTE = "#1f2933", "#0b5cad", "#b9d3ee", "#e3e6ea", "#f4c9a8", "#8a1c4a"
MOST_POINTS = 2000

Row = dict[str, Any]


class Span(NamedTuple):
    """A stretch of time to mark in a chart. An end that is not known is none."""

    begin: datetime
    end: datetime | None
    label: str


def plot(rows: list[Row]) -> Any:
    """A chart of these rows, which stand in the chart itself."""
    return alt.Chart(alt.InlineData(values=rows))


def render(chart: Any, title: str, desc: str) -> str:
    """An Altair chart as SVG text, with a title and a description for those who cannot see it.

    No address on the network is ever asked. The same chart gives the same bytes.
    """
    spec = chart.properties(background="white", padding=10, usermeta={}).configure(**_config()).to_dict()
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VL_VERSION, allowed_base_urls=[])
    words = f'<title id="t">{escape(one_line(title))}</title><desc id="d">{escape(one_line(desc, 1500))}</desc>'
    svg = re.sub(r"<svg([^>]*)>", rf'<svg\1 role="img" aria-labelledby="t d">{_literal(words)}', svg, count=1)
    return _renumbered(svg) + "\n"


def series_chart(
    rows: Sequence[Signal], *, title: str, spans: Sequence[Span] = (), vote: Span | None = None
) -> tuple[str, str]:
    """The SVG of one series, and a sentence that says how its points were made.

    Takes the steps in order of time. A step without a value is a gap, shaded; a longer stretch than
    `MOST_POINTS` steps shows the lowest value of each bunch, since a disruption is a low.
    """
    steps, note = _thinned(sorted(rows, key=lambda row: row.step_at))
    unit = one_line(steps[0].unit, 60)
    begin, end = steps[0].step_at, steps[-1].step_at + timedelta(seconds=steps[-1].step_s)
    x = alt.Scale(type="utc", domain=[_ms(begin), _ms(end)], nice=False)
    here = [_rect(s, begin, end) for s in spans if s.begin < end and (s.end or end) > begin]
    layers = [_rects(here, x, SPAN, 0.55), _rects(_gaps(steps), x, GAP, 1.0)]
    values, band = _values(steps), _band(steps)
    y = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=True, nice=True))
    if band:
        layers.append(
            plot(band)
            .mark_area(color=BAND, opacity=0.75, clip=True)
            .encode(x=_x(x), y=alt.Y("low:Q", title=unit), y2="high:Q", detail="part:N")
        )
    layers.append(plot(values).mark_line(color=LINE, strokeWidth=1.8).encode(x=_x(x), y=y, detail="part:N"))
    alone = [v for v in values if v["alone"]]
    if alone:
        layers.append(plot(alone).mark_point(color=LINE, filled=True, size=22).encode(x=_x(x), y=y))
    layers += _labels(here, x, "#7a3b00", 12)
    if vote and begin <= vote.begin < end:
        layers += vote_marks(vote, x)
    chart = alt.layer(*[layer for layer in layers if layer is not None]).properties(width=WIDTH, height=240)
    return render(chart, title, describe(steps, title)), note


def describe(steps: Sequence[Signal], title: str) -> str:
    """The chart in words: from when to when, lowest and highest value, how many steps have none."""
    seen = [(s.value, s.step_at) for s in steps if s.value is not None]
    if not seen:
        return f"{title}. No step has a value."
    low, high = min(seen), max(seen)
    text = f"{title}, {steps[0].step_at:%Y-%m-%d} to {steps[-1].step_at:%Y-%m-%d}, UTC. "
    text += f"Lowest {low[0]:,.6g} at {low[1]:%Y-%m-%d %H:%M}, highest {high[0]:,.6g} at {high[1]:%Y-%m-%d %H:%M}. "
    gaps = len(steps) - len(seen)
    return text + (f"{gaps} of {len(steps)} steps have no value." if gaps else "Every step has a value.")


def vote_marks(vote: Span, x: alt.Scale) -> list[Any]:
    """The day of the vote: a dashed line at its begin, with its name on top."""
    data = [{"at": _ms(vote.begin), "label": one_line(vote.label, 60)}]
    line = plot(data).mark_rule(color=VOTE, strokeWidth=1.5, strokeDash=[5, 3])
    text = plot(data).mark_text(color=VOTE, align="left", baseline="top", dx=4, dy=-16, fontSize=12, fontWeight="bold")
    return [line.encode(x=_x(x, "at")), text.encode(x=_x(x, "at"), y=alt.value(0), text="label:N")]


def _config() -> Row:
    font = "Liberation Sans, Arial, Helvetica, sans-serif"
    axis = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK, "gridColor": "#eceff2"}
    legend = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK}
    return {"font": font, "axis": axis, "legend": legend, "view": {"stroke": "#c5ccd3"}}


def _x(scale: alt.Scale, name: str = "at") -> alt.X:
    return alt.X(f"{name}:T", scale=scale, axis=alt.Axis(title="Time (UTC)", labelOverlap=True, tickCount=8))


def _ms(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)


def _rect(span: Span, begin: datetime, end: datetime) -> Row:
    first, last = max(span.begin, begin), min(span.end or end, end)
    label = one_line(span.label, 60) + ("" if span.end else " (end not known)")
    return {"at": _ms(first), "to": _ms(last), "label": label}


def _rects(rows: list[Row], x: alt.Scale, color: str, opacity: float) -> Any:
    if not rows:
        return None
    chart = plot(rows).mark_rect(color=color, opacity=opacity, clip=True)
    return chart.encode(x=_x(x), x2="to:T")


def _labels(rows: list[Row], x: alt.Scale, color: str, dy: int) -> list[Any]:
    if not rows:
        return []
    mark = plot(rows).mark_text(color=color, align="left", dx=4, dy=dy, fontSize=12)
    return [mark.encode(x=_x(x), y=alt.value(0), text="label:N")]


def _thinned(steps: list[Signal]) -> tuple[list[Signal], str]:
    if len(steps) <= MOST_POINTS:
        return steps, ""
    size = -(-len(steps) // MOST_POINTS)
    bunches = [steps[i : i + size] for i in range(0, len(steps), size)]
    kept = [min((s for s in b if s.value is not None), key=lambda s: s.value or 0.0, default=b[0]) for b in bunches]
    return kept, f"Each point is the lowest of {size} steps, so that short falls stay visible."


def _parts(steps: Sequence[Signal], has: Any) -> list[tuple[int, Signal]]:
    """Each step that has what is asked for, with the number of the unbroken stretch that it stands in."""
    part, found, last = 0, [], False
    for step in steps:
        if has(step):
            part += not last
            found.append((part, step))
        last = bool(has(step))
    return found


def _values(steps: Sequence[Signal]) -> list[Row]:
    parts = _parts(steps, lambda s: s.value is not None)
    sizes: dict[int, int] = {}
    for part, _ in parts:
        sizes[part] = sizes.get(part, 0) + 1
    return [{"at": _ms(s.step_at), "value": s.value, "part": p, "alone": sizes[p] == 1} for p, s in parts]


def _band(steps: Sequence[Signal]) -> list[Row]:
    parts = _parts(steps, lambda s: s.expected_low is not None and s.expected_high is not None)
    return [{"at": _ms(s.step_at), "low": s.expected_low, "high": s.expected_high, "part": p} for p, s in parts]


def _gaps(steps: Sequence[Signal]) -> list[Row]:
    parts = _parts(steps, lambda s: s.value is None)
    found: dict[int, Row] = {}
    for part, step in parts:
        end = _ms(step.step_at + timedelta(seconds=step.step_s))
        row = found.setdefault(part, {"at": _ms(step.step_at), "to": end, "label": "no data"})
        row["to"] = max(row["to"], end)
    return list(found.values())


def _renumbered(svg: str) -> str:
    """The drawing with its clip paths numbered from 1. The renderer counts on from one chart to the next."""
    order: dict[str, int] = {}

    def name(found: re.Match[str]) -> str:
        return f"{found[1]}clip{order.setdefault(found[2], len(order) + 1)}"

    return re.sub(r'(clip-path="url\(#|<clipPath id=")clip(\d+)', name, svg)


def _literal(text: str) -> str:
    """Text as the replacement of a pattern, where a backslash would mean something."""
    return text.replace("\\", r"\\")
