"""The timeline of a case: the watch window day by day, and all the years that the record covers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import altair as alt

from lightkeeper.model import Incident
from lightkeeper.publish.charts import INK, VOTE, WIDTH, Row, pixels, plot, render
from lightkeeper.publish.text import counted, one_line
from lightkeeper.publish.words import INCIDENT_KINDS, RUNGS

COLOURS = ["#5f6b76", "#0b5cad", "#a34700", "#8f1230", "#6d3bb0", "#9aa3ac"]
SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"]
ROW_PX = 17


class Scene(NamedTuple):
    """What a timeline shows: from when to when, the window and the vote in it, and the zone of its clock."""

    begin: datetime
    end: datetime
    window: tuple[datetime, datetime]
    vote: tuple[datetime, datetime]
    vote_label: str
    zone: ZoneInfo


def window_timeline(numbered: Sequence[tuple[int, Incident]], scene: Scene) -> str:
    """The SVG of the watch window. Each incident has a bar and the number that it has in the list below.

    The strong part of a bar is when it was certainly under way, the pale part when it may have been. An incident that
    began before the window has an arrow in place of the sign of its rung.
    """
    rows = _packed(numbered, scene)
    wide = scene._replace(begin=scene.begin - _margin(scene), end=scene.end + _margin(scene))
    firsts = [{"row": name} for name in _order(rows) if name.endswith("·00")]
    layers = [
        _band(wide, (wide.begin, scene.begin), "#f1f3f5"),
        _band(wide, (scene.end, wide.end), "#f1f3f5"),
        _band(wide, scene.vote, "#f3d3e0"),
        plot(firsts).mark_rule(color="#c5ccd3").encode(y=_y(rows, band_position=0)),
        *_bars(rows, wide),
        *_vote_name(wide),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH - 150, height=alt.Step(ROW_PX))
    title = f"Incidents in the watch window, {scene.begin:%Y-%m-%d} to {scene.end:%Y-%m-%d}"
    return render(chart, title, _describe(numbered, scene))


def _bars(rows: list[Row], scene: Scene) -> list[Any]:
    bars, y, x, colour = plot(rows), _y(rows), _x(scene), _colour()
    core = alt.X("core_at:T", scale=_scale(scene))
    outer = alt.X("outer:T", scale=_scale(scene))
    sure = bars.transform_filter("datum.core_to > datum.core_at").mark_bar(clip=True)
    point = bars.transform_filter("!datum.earlier").mark_point(filled=True, opacity=1, size=62)
    number = bars.mark_text(align="right", dx=-6, fontSize=11, color=INK)
    earlier = bars.transform_filter("datum.earlier").mark_text(align="center", dx=2, fontSize=11, color=INK, text="←")
    going_on = bars.transform_filter("datum.open").mark_text(align="left", dx=5, fontSize=11, color=INK)
    return [
        bars.mark_bar(opacity=0.35, clip=True).encode(x=x, x2=alt.X2("outer:T"), y=y, color=colour),
        sure.encode(x=core, x2=alt.X2("core_to:T"), y=y, color=colour),
        point.encode(x=x, y=y, color=colour, shape=_shape()),
        number.encode(x=x, y=y, text=alt.Text("number:N")),
        earlier.encode(x=x, y=y),
        going_on.encode(x=outer, y=y, text=alt.Text("open:N")),
    ]


def years_timeline(incidents: Sequence[Incident], scene: Scene) -> str:
    """The SVG of all incidents on record: one lane a kind, one tick an incident, the watch window shaded."""
    rows: list[Row] = [
        {"at": _ms(i.onset_earliest, scene.zone), "row": _kind(i), "rung": i.rung}
        for i in sorted(incidents, key=lambda i: (i.onset_earliest, i.incident_id))
    ]
    present = {str(row["row"]) for row in rows}
    order = [k for k in [*INCIDENT_KINDS.values()] if k in present] + sorted(present - set(INCIDENT_KINDS.values()))
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=170, grid=True, ticks=False, domain=False))
    ticks = plot(rows).mark_tick(thickness=2, height=20, opacity=0.75)
    layers = [
        _band(scene, scene.window, "#dfe7ee"),
        ticks.encode(x=_x(scene), y=y, color=_colour()),
        *_vote_name(scene),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH - 150, height=alt.Step(30))
    title = f"All incidents on record, {scene.begin:%Y} to {scene.end:%Y}"
    before = sum(i.onset_earliest < scene.vote[0] for i in incidents)
    words = f"{counted(before, 'incident')} began before the day marked, {len(incidents) - before} on it or after."
    return render(chart, title, f"{words} The watch window is shaded.")


def _packed(numbered: Sequence[tuple[int, Incident]], scene: Scene) -> list[Row]:
    """One row a bar. In each lane (a kind) bars stand in as few rows as they can without touching."""
    room = _margin(scene)
    ends: dict[str, list[datetime]] = {}
    rows: list[Row] = []
    for number, incident in sorted(numbered, key=lambda pair: (pair[1].onset_earliest, pair[0])):
        begin = max(incident.onset_earliest, scene.begin)
        core = min(max(incident.onset_latest, scene.begin), scene.end)
        known = scene.end if incident.ongoing else incident.end_latest or incident.end_earliest
        outer = min(max(known or core, core), scene.end)
        lane = ends.setdefault(_kind(incident), [])
        place = next((k for k, end in enumerate(lane) if end <= begin), len(lane))
        lane[place : place + 1] = [outer + room]
        sure = core if incident.ongoing else min(incident.end_earliest or core, scene.end)
        rows.append(
            {
                "number": str(number),
                "row": f"{_kind(incident)}·{place:02d}",
                "rung": incident.rung,
                "open": "→" if incident.ongoing else "→ ?" if known is None else "",
                "earlier": incident.onset_latest < scene.begin,
                "at": _ms(begin, scene.zone),
                "core_at": _ms(core, scene.zone),
                "core_to": _ms(sure, scene.zone),
                "outer": _ms(outer, scene.zone),
            }
        )
    return rows


def _margin(scene: Scene) -> timedelta:
    """Room for a number or an arrow beside a bar."""
    return (scene.end - scene.begin) / 16


def _y(rows: Sequence[Row], band_position: float | None = None) -> alt.Y:
    scale, axis = alt.Scale(paddingInner=0.25), _lane_axis()
    if band_position is None:
        return alt.Y("row:N", sort=_order(rows), title=None, axis=axis, scale=scale)
    return alt.Y("row:N", sort=_order(rows), title=None, axis=axis, scale=scale, bandPosition=band_position)


def _order(rows: Sequence[Row]) -> list[str]:
    lanes = list(INCIDENT_KINDS.values())

    def place(name: str) -> tuple[int, str]:
        lane = name.rpartition("·")[0]
        return (lanes.index(lane) if lane in lanes else len(lanes), name)

    return sorted({row["row"] for row in rows}, key=place)


def _lane_axis() -> alt.Axis:
    first = "split(datum.label, '·')[1] == '00' ? split(datum.label, '·')[0] : ''"
    return alt.Axis(labelExpr=first, labelLimit=170, ticks=False, domain=False, labelOverlap=False)


def _scale(scene: Scene) -> alt.Scale:
    return alt.Scale(type="utc", domain=[_ms(scene.begin, scene.zone), _ms(scene.end, scene.zone)], nice=False)


def _x(scene: Scene, name: str = "at") -> alt.X:
    days: dict[str, Any] = {"format": "%-d %b"} if scene.end - scene.begin < timedelta(days=400) else {}
    axis = alt.Axis(title=f"Local time ({scene.zone.key})", labelOverlap=True, tickCount=10, **days)
    return alt.X(f"{name}:T", scale=_scale(scene), axis=axis)


def _colour() -> alt.Color:
    return alt.Color("rung:N", scale=alt.Scale(domain=list(RUNGS), range=COLOURS), legend=_legend())


def _shape() -> alt.Shape:
    return alt.Shape("rung:N", scale=alt.Scale(domain=list(RUNGS), range=SHAPES), legend=_legend())


def _legend() -> alt.Legend:
    title = "How well it is shown"
    return alt.Legend(title=title, orient="bottom", direction="horizontal", columns=6, symbolOpacity=1)


def _band(scene: Scene, stretch: tuple[datetime, datetime], colour: str) -> Any:
    rows = [{"at": _ms(stretch[0], scene.zone), "to": _ms(stretch[1], scene.zone)}]
    return plot(rows).mark_rect(color=colour, clip=True).encode(x=_x(scene), x2=alt.X2("to:T"))


def _vote_name(scene: Scene) -> list[Any]:
    rows = [{"at": _ms(scene.vote[0], scene.zone), "label": one_line(scene.vote_label, 60)}]
    data = plot(rows)
    line = data.mark_rule(color=VOTE, strokeDash=[5, 3], strokeWidth=1.5).encode(x=_x(scene))
    text = data.mark_text(color=VOTE, align="center", baseline="bottom", dy=-4, fontSize=12, fontWeight="bold")
    return [line, text.encode(x=_x(scene), y=pixels("y", 0), text=alt.Text("label:N"))]


def _kind(incident: Incident) -> str:
    return INCIDENT_KINDS.get(incident.kind, one_line(incident.kind, 30).replace("·", " "))


def _ms(at: datetime, zone: ZoneInfo) -> int:
    """Local clock time as if it were UTC, so that the axis shows local days whatever machine draws it."""
    return int(at.astimezone(zone).replace(tzinfo=UTC).timestamp() * 1000)


def _describe(numbered: Sequence[tuple[int, Incident]], scene: Scene) -> str:
    kinds: dict[str, int] = {}
    for _, incident in numbered:
        kinds[_kind(incident)] = kinds.get(_kind(incident), 0) + 1
    parts = "; ".join(f"{name}: {n}" for name, n in sorted(kinds.items())) or "none"
    after = sum(i.onset_earliest >= scene.vote[0] for _, i in numbered)
    days = (scene.end - scene.begin) // timedelta(days=1)
    return (
        f"{counted(len(numbered), 'incident')} in {days} days. {parts}. {after} began on the marked day or later. "
        f"The list below gives each with its times."
    )
