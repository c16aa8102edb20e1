"""Charts as SVG files: drawn without the net, the same bytes each time, with words for those who cannot see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import altair as alt
import msgspec
import vl_convert
from altair.utils import schemapi

from lightkeeper.publish.text import one_line

VL_VERSION = "6.4"
WIDTH = 760
INK, VOTE = "#1f2933", "#8a1c4a"
_SIZE = re.compile(r'<svg\b[^>]*? width="([0-9.]+)" height="([0-9.]+)"')

Row = dict[str, Any]

alt.data_transformers.consolidate_datasets = False
schemapi.disable_debug_mode()
"""Altair holds each part of a chart against its schema, which takes longer than to draw it. The tests let it."""


def plot(rows: list[Row]) -> Any:
    """A chart of these rows, which stand in the chart itself: as JSON text, since Altair copies lists at every step."""
    values = msgspec.json.encode(rows).decode()
    return alt.Chart(alt.InlineData(values=values, format=alt.JsonDataFormat(type="json")))


_AT: dict[str, Any] = {"y": alt.YValue, "y2": alt.Y2Value}


def pixels(channel: str, value: float) -> Any:
    """A place in pixels from the top. `channel` is `y` or `y2`; told apart by us, since Altair is slow at guessing."""
    return _AT[channel](value)


def layered(layers: Sequence[Any], **more: Any) -> Row:
    """Altair charts over each other, each with an axis of time of its own, as a Vega-Lite specification.

    Put together by us: Altair copies all that is in a chart each time it is put into another.
    """
    made = [layer.to_dict(validate=False) for layer in layers]
    for one in made:
        del one["$schema"], one["config"]
    return {"layer": made, "resolve": {"axis": {"x": "independent"}}, **more}


def render(chart: Any, title: str, desc: str) -> str:
    """An Altair chart or a Vega-Lite specification as SVG text, with words for those who cannot see it.

    No address on the network is ever asked. The same chart gives the same bytes.
    """
    spec = chart if isinstance(chart, dict) else chart.to_dict(validate=False)
    spec |= {"background": "white", "padding": 10, "config": _config()}
    if schemapi.DEBUG_MODE:
        alt.Chart.from_dict(spec, validate=True)
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VL_VERSION, allowed_base_urls=[])
    words = f'<title id="t">{escape(one_line(title))}</title><desc id="d">{escape(one_line(desc, 1500))}</desc>'
    svg = re.sub(r"<svg([^>]*)>", rf'<svg\1 role="img" aria-labelledby="t d">{_literal(words)}', svg, count=1)
    return _rounded(_renumbered(svg)) + "\n"


def size_of(svg: str) -> tuple[int, int]:
    """Width and height of a drawing in whole pixels, as its first tag states them. ValueError where it states none."""
    found = _SIZE.match(svg)
    if found is None:
        raise ValueError(f"a drawing without a size: {svg[:80]!r}")
    return round(float(found[1])), round(float(found[2]))


def _config() -> Row:
    font = "Liberation Sans, Arial, Helvetica, sans-serif"
    axis = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK, "gridColor": "#eceff2"}
    legend = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK}
    return {"aria": False, "font": font, "axis": axis, "legend": legend, "view": {"stroke": "#c5ccd3"}}


def _renumbered(svg: str) -> str:
    """The drawing with its clip paths numbered from 1. The renderer counts on from one chart to the next."""
    order: dict[str, int] = {}

    def name(found: re.Match[str]) -> str:
        return f"{found[1]}clip{order.setdefault(found[2], len(order) + 1)}"

    return re.sub(r'(clip-path="url\(#|<clipPath id=")clip(\d+)', name, svg)


def _rounded(svg: str) -> str:
    """The drawing with the coordinates of its paths to a tenth of a pixel: what is finer nobody sees."""

    def path(found: re.Match[str]) -> str:
        return re.sub(r"(\d+\.\d)\d+", r"\1", found[0])

    return re.sub(r' (?:d|transform)="[^"]*"', path, svg)


def _literal(text: str) -> str:
    """Text as the replacement of a pattern, where a backslash would mean something."""
    return text.replace("\\", r"\\")
