"""Small multiples: one small chart for each place or network, all over the same time, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from lightkeeper.model import Signal
from lightkeeper.publish.axes import Scale, axis_layers
from lightkeeper.publish.charts import INK, Row, layered, render
from lightkeeper.publish.drawn import describe, drawn
from lightkeeper.publish.series_chart import (
    Frame,
    Shade,
    Size,
    band_layers,
    event_layers,
    gap_layers,
    value_layers,
    values_of,
    window_layers,
)
from lightkeeper.publish.text import one_line

WIDE, NARROW = (3, Size(196, 62)), (1, Size(276, 62))
"""Charts in a row, and the plot of each."""
DETAIL = 0.6
"""Points a pixel, as a share of those of a single chart."""


class Panel(NamedTuple):
    """One small chart: what it is called, its dense steps in order of time, and the events in it."""

    label: str
    rows: Sequence[Signal]
    shades: Sequence[Shade]


def multiples_chart(panels: Sequence[Panel], frame: Frame, *, title: str, narrow: bool = False) -> str:
    """The SVG of some small charts in rows. All span the same time; each has an axis of values of its own."""
    columns, size = NARROW if narrow else WIDE
    begin = min(p.rows[0].step_at for p in panels)
    end = max(p.rows[-1].step_at + timedelta(seconds=p.rows[-1].step_s) for p in panels)
    scale = Scale(begin, end, size.width, frame.zone)
    made = [_panel(panel, scale, frame, size) for panel in panels]
    rows = [{"hconcat": made[i : i + columns], "spacing": 14} for i in range(0, len(made), columns)]
    return render({"vconcat": rows, "spacing": 10}, title, _words(panels, title))


def _panel(panel: Panel, scale: Scale, frame: Frame, size: Size) -> Row:
    shown = drawn(panel.rows, int(DETAIL * size.width))
    values = values_of(shown, panel.rows[0], size.height, unit=False)
    layers = [
        *axis_layers(scale, title=False),
        *event_layers(panel.shades, scale),
        *gap_layers(shown.gaps, scale, size.height),
        *band_layers(shown.band, scale, values),
        *value_layers(shown, scale, values),
        *window_layers(frame, scale, names=False),
    ]
    heading = {"text": one_line(panel.label, 40), "anchor": "start", "fontSize": 12, "color": INK, "offset": 7}
    return layered(layers, width=size.width, height=size.height, title=heading)


def _words(panels: Sequence[Panel], title: str) -> str:
    moved = [p.label for p in panels if p.shades]
    told = f"{title}. {len(panels)} small charts. Events in {len(moved)} of them: {', '.join(moved) or 'none'}. "
    return told + describe(panels[0].rows, panels[0].label)
