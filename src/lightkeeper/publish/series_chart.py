"""The chart of one series: its values, what was expected, its gaps, the events in it, the window and the marked day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import altair as alt

from lightkeeper.model import Signal
from lightkeeper.publish.axes import Scale, axis_layers, ms
from lightkeeper.publish.charts import INK, VOTE, Row, layered, pixels, plot, render
from lightkeeper.publish.drawn import Drawn, Point, Stretch, describe, drawn
from lightkeeper.publish.text import one_line

LINE, BAND, GAP, EVENT, WINDOW = "#0b5cad", "#a9c9ea", "#dcdfe3", "#e8963c", "#4a5560"
"""Blue, pale blue, grey, orange and slate: told apart with any colour vision, and by lightness in print."""
EVENT_INK = "#7a3b00"
LABELLED_PX = 92
"""A gap at least this wide says in it why it is one."""
STRIP_PX = 4.0
"""A narrower gap is a mark in the strip at the foot: a full-height bar of a pixel would say little."""
NAME_PX = 125
"""Half of the longest name of a marked day: nearer to a side than this it stands beside its line, and is not cut."""
NOT_FROM_ZERO = 0.6
"""Where all that is drawn lies above this share of its top, the axis does not begin at zero."""


class Size(NamedTuple):
    """Width and height of the plot, in pixels."""

    width: int
    height: int


WIDE, NARROW = Size(690, 220), Size(292, 190)


class Shade(NamedTuple):
    """An event to shade. It was certainly under way from `sure_from` to `sure_to`, and maybe from `begin` to `end`."""

    label: str
    begin: datetime
    sure_from: datetime
    sure_to: datetime | None
    end: datetime | None


class Frame(NamedTuple):
    """What stands in every chart of a case: the zone of its clock, the watch window, and the marked day."""

    zone: ZoneInfo
    window: tuple[datetime, datetime]
    vote: tuple[datetime, datetime]
    vote_label: str


def series_chart(
    rows: Sequence[Signal], frame: Frame, *, title: str, shades: Sequence[Shade] = (), size: Size = WIDE
) -> str:
    """The SVG of one series. Takes its dense steps in order of time."""
    shown = drawn(rows, size.width)
    scale = Scale(rows[0].step_at, rows[-1].step_at + timedelta(seconds=rows[-1].step_s), size.width, frame.zone)
    values = values_of(shown, rows[0], size.height)
    layers = [
        *axis_layers(scale),
        *event_layers(shades, scale),
        *gap_layers(shown.gaps, scale, size.height),
        *band_layers(shown.band, scale, values),
        *value_layers(shown, scale, values),
        *window_layers(frame, scale),
        *_event_names(shades, scale),
    ]
    return render(layered(layers, width=size.width, height=size.height), title, describe(rows, title))


class Values(NamedTuple):
    """The axis of the values."""

    unit: str | None
    scale: alt.Scale
    axis: alt.Axis

    def y(self, name: str = "value") -> alt.Y:
        """Values of the column `name`."""
        return alt.Y(f"{name}:Q", title=self.unit, scale=self.scale, axis=self.axis)


def values_of(shown: Drawn, row: Signal, height: int, *, unit: bool = True) -> Values:
    """The axis: from zero, unless all lies far above it; a share from 0 to 100 %. A wild band does not stretch it."""
    share = row.n is not None and "share" in row.metric
    low, high = reach(shown)
    scale = alt.Scale(domain=[0, 1] if share else [low, high], nice=False if share else 4)
    ticks = 5 if height > 100 else 2
    axis = alt.Axis(format="%" if share else "~s", tickCount=ticks, titlePadding=6, titleLimit=height)
    return Values(one_line(row.unit, 60) if unit else None, scale, axis)


def reach(shown: Drawn) -> tuple[float, float]:
    """From where to where the axis of the values goes: all values, and what was usually expected."""
    inside = [p.value for p in shown.points]
    if shown.band:
        tenth = len(shown.band) // 10
        inside += [sorted(s.low for s in shown.band)[tenth], sorted(s.high for s in shown.band)[-1 - tenth]]
    low, high = min(inside, default=0.0), max(inside, default=1.0)
    room = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return (low - room if low > NOT_FROM_ZERO * high > 0 else min(low, 0.0)), high + room


def band_layers(band: Sequence[Stretch], scale: Scale, values: Values) -> list[Any]:
    """What was expected, as an area for each unbroken stretch."""
    if not band:
        return []
    rows: list[Row] = [{"at": ms(s.begin), "low": s.low, "high": s.high, "part": s.part} for s in band]
    ends = {s.part: s for s in band}
    rows += [{"at": ms(s.end), "low": s.low, "high": s.high, "part": s.part} for s in ends.values()]
    area = plot(rows).mark_area(color=BAND, opacity=0.7, clip=True)
    return [area.encode(x=scale.x(), y=values.y("low"), y2=alt.Y2("high:Q"), detail=alt.Detail("part:N"))]


def value_layers(shown: Drawn, scale: Scale, values: Values) -> list[Any]:
    """A line for a level, broken where there is no value; points for a share, the larger the more it is a share of."""
    if any(p.n is not None for p in shown.points):
        area = alt.Size("n:Q", scale=alt.Scale(domain=[1, 30], range=[14, 90], clamp=True), legend=None)
        marks = plot(_points(shown.points)).mark_point(color=LINE, filled=True, opacity=0.75)
        return [marks.encode(x=scale.x(), y=values.y(), size=area)]
    line = plot(_points(shown.points)).mark_line(color=LINE, strokeWidth=1.5, clip=True)
    layers = [line.encode(x=scale.x(), y=values.y(), detail=alt.Detail("part:N"))]
    if shown.alone:
        dots = plot(_points(shown.alone)).mark_point(color=LINE, filled=True, size=14, opacity=1, clip=True)
        layers.append(dots.encode(x=scale.x(), y=values.y()))
    return layers


def gap_layers(gaps: Sequence[Stretch], scale: Scale, height: int) -> list[Any]:
    """Wide gaps as grey bars with their reason, narrow ones as marks at the foot."""
    wide: list[Row] = []
    strip: dict[int, Row] = {}
    for gap in gaps:
        first, last = scale.px(max(gap.begin, scale.begin)), scale.px(min(gap.end, scale.end))
        if last - first >= STRIP_PX:
            label = gap.reason if last - first >= LABELLED_PX else ""
            wide.append({"at": ms(gap.begin), "to": ms(gap.end), "label": label, "middle": ms(_middle(gap))})
        else:
            begin = scale.begin + int(first) / scale.width * (scale.end - scale.begin)
            strip[int(first)] = {"at": ms(begin), "to": ms(begin + (scale.end - scale.begin) / scale.width)}
    layers = []
    if wide:
        layers.append(plot(wide).mark_rect(color=GAP, clip=True).encode(x=scale.x(), x2=alt.X2("to:T")))
    told = [row for row in wide if row["label"]]
    if told:
        text = plot(told).mark_text(color=INK, fontSize=11, baseline="bottom", dy=-3)
        layers.append(text.encode(x=scale.x("middle"), y=pixels("y", height - 8), text=alt.Text("label:N")))
    if strip:
        foot = {"y": pixels("y", height - 6), "y2": pixels("y2", height)}
        layers.append(
            plot(list(strip.values())).mark_rect(color="#7b848d").encode(x=scale.x(), x2=alt.X2("to:T"), **foot)
        )
    return layers


def event_layers(shades: Sequence[Shade], scale: Scale) -> list[Any]:
    """Events: the whole bracket pale, and strong where it was certainly under way."""
    pale, strong = [], []
    for shade in shades:
        end = shade.end or scale.end
        if shade.begin >= scale.end or end <= scale.begin:
            continue
        pale.append({"at": ms(max(shade.begin, scale.begin)), "to": ms(min(end, scale.end))})
        sure_to = shade.sure_to or (scale.end if shade.end is None else shade.sure_from)
        if sure_to > shade.sure_from and shade.sure_from < scale.end and sure_to > scale.begin:
            strong.append({"at": ms(max(shade.sure_from, scale.begin)), "to": ms(min(sure_to, scale.end))})
    marks = ((pale, 0.28), (strong, 0.32))
    return [
        plot(rows).mark_rect(color=EVENT, opacity=opacity, clip=True).encode(x=scale.x(), x2=alt.X2("to:T"))
        for rows, opacity in marks
        if rows
    ]


def window_layers(frame: Frame, scale: Scale, *, names: bool = True) -> list[Any]:
    """The watch window as a bar along the top, and the marked day as a dashed line with its name."""
    layers = []
    first, last = max(frame.window[0], scale.begin), min(frame.window[1], scale.end)
    if first < last:
        bar = plot([{"at": ms(first), "to": ms(last)}]).mark_rect(color=WINDOW)
        layers.append(bar.encode(x=scale.x(), x2=alt.X2("to:T"), y=pixels("y", -7), y2=pixels("y2", -4)))
    begin, end = frame.vote
    if scale.begin <= begin < scale.end:
        day = plot([{"at": ms(begin), "to": ms(min(end, scale.end))}]).mark_rect(color=VOTE, opacity=0.13, clip=True)
        line = plot([{"at": ms(begin)}]).mark_rule(color=VOTE, strokeWidth=1.5, strokeDash=[5, 3])
        layers += [day.encode(x=scale.x(), x2=alt.X2("to:T")), line.encode(x=scale.x())]
        if names:
            layers.append(_vote_name(frame, scale))
    return layers


def _vote_name(frame: Frame, scale: Scale) -> Any:
    place = scale.px(frame.vote[0])
    align = "left" if place < NAME_PX else "right" if place > scale.width - NAME_PX else "center"
    text = plot([{"at": ms(frame.vote[0]), "label": one_line(frame.vote_label, 60)}])
    mark = text.mark_text(color=VOTE, align=align, baseline="bottom", dy=-11, fontSize=12, fontWeight="bold")
    return mark.encode(x=scale.x(), y=pixels("y", 0), text=alt.Text("label:N"))


def _event_names(shades: Sequence[Shade], scale: Scale) -> list[Any]:
    """The numbers of the events, in rows below each other where they would touch."""
    rows: list[Row] = []
    free: list[float] = []
    for shade in sorted(shades, key=lambda s: s.begin):
        if not shade.label or shade.begin >= scale.end or (shade.end or scale.end) <= scale.begin:
            continue
        place = max(scale.px(shade.begin), 0.0)
        line = next((n for n, taken in enumerate(free) if taken <= place), len(free))
        width = 7.5 * len(shade.label) + 6
        free[line : line + 1] = [place + width]
        rows.append({"at": ms(max(shade.begin, scale.begin)), "label": shade.label, "y": 12 + 13 * (line % 4)})
    layers = []
    for y in sorted({row["y"] for row in rows}):
        text = plot([row for row in rows if row["y"] == y])
        mark = text.mark_text(color=EVENT_INK, align="left", dx=2, fontSize=11, fontWeight="bold")
        layers.append(mark.encode(x=scale.x(), y=pixels("y", y), text=alt.Text("label:N")))
    return layers


def _points(points: Sequence[Point]) -> list[Row]:
    return [{"at": ms(p.at), "value": p.value, "part": p.part} | ({} if p.n is None else {"n": p.n}) for p in points]


def _middle(gap: Stretch) -> datetime:
    return gap.begin + (gap.end - gap.begin) / 2
