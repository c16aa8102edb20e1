"""The command of detection: detect."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import SOME_SET_ASIDE, Json, day, err_console, out_console

if TYPE_CHECKING:
    from lightkeeper.run.detecting import Detected

app = typer.Typer()
TOLD_ASIDE = 20


@app.command()
def detect(
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files with the columns series,hour,value[,n]")],
    as_json: Json = False,
    locked_from: Annotated[
        str | None, typer.Option("--locked-from", help="Hold slow changes against the days before this one, YYYY-MM-DD")
    ] = None,
    country: Annotated[str, typer.Option(help="Country of series whose name has none, as two letters")] = "",
    lineage: Annotated[
        list[str] | None, typer.Option(help="SERIES-GLOB=LINEAGE, where the name does not tell; may be repeated")
    ] = None,
) -> None:
    """Detect changes in series: one event a line. Exit code 3 if rows were set aside.

    `hour` is the begin of a step, in UTC. Steps may have any length. With `n`, a value between 0 and 1 is a share of n
    measurements, and its rise is looked for; without, it is a level. An empty value is a gap.
    """
    from lightkeeper.run.detecting import detect_files, line_of, lineage_options
    from lightkeeper.sources import checked

    country = checked.asked_country(country) if country else ""
    locked = day(locked_from) if locked_from else None
    found = detect_files(files, country=country, lineages=lineage_options(lineage or []), locked=locked)
    if as_json:
        for event in found.events:
            sys.stdout.write(json.dumps(line_of(event), ensure_ascii=True) + "\n")
    else:
        _tell(found)
    _warn(found)
    if found.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _tell(found: Detected) -> None:
    from lightkeeper.run.detecting import time_of

    def short(second: int | None) -> str:
        return (time_of(second) or "open")[:16].replace("T", " ")

    rows = [("BEGAN BETWEEN", "AND (UTC)", "ENDED BY", "KIND", "WHERE", "DEEPEST", "MEMBERS", "SERIES")]
    for event in found.events:
        series = ", ".join(event.series[:3]) + (" …" if len(event.series) > 3 else "")
        end = "re-based" if event.end_latest is None and "re_based" in event.flags else short(event.end_latest)
        times = (short(event.onset_earliest), short(event.onset_latest), end)
        members = f"{len(event.series)} of {len(event.series) + len(event.stayed)}"
        where = f"{event.country} {event.scope}".strip()
        rows.append((*times, event.kind, where, f"{event.severity:.0%}", members, series))
    widths = [max(len(row[i]) for row in rows) for i in range(7)] + [0]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out_console.print(line, soft_wrap=True, markup=False, highlight=False)
    out_console.print(f"{len(found.events)} events in {found.series} series", highlight=False)


def _warn(found: Detected) -> None:
    from lightkeeper.run.detecting import artefact_text

    for one in found.artefacts:
        err_console.print("[yellow]not an event[/] " + escape(artefact_text(one)), soft_wrap=True, highlight=False)
    if found.lost:
        err_console.print(f"{found.lost} further changes of series that change all the time were counted, not told")
    for row in found.set_aside[:TOLD_ASIDE]:
        text = f"{row.where}: {row.what}. {row.remedy}"
        err_console.print("[yellow]set aside[/] " + escape(text), soft_wrap=True, highlight=False)
    if found.set_aside:
        err_console.print(f"{len(found.set_aside)} set aside")
