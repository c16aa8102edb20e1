"""The command that joins documents with events: join."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from lightkeeper.cli.shared import SOME_SET_ASIDE, Json, err_console, out_console

if TYPE_CHECKING:
    from lightkeeper.run.joining import Joined

app = typer.Typer()
TOLD = 20


@app.command()
def join(
    documents: Annotated[
        list[Path],
        typer.Option("--documents", help="STOP dataset, documents.csv of a case, or OONI findings; may be repeated"),
    ],
    events: Annotated[
        list[Path],
        typer.Option(
            "--events",
            help="Investigated outages, outages.csv of a case, what `detect --json` printed, CSV; repeatable",
        ),
    ],
    least: Annotated[float, typer.Option(min=0.01, max=1.0, help="Least score of a pair, 0 to 1")] = 0.5,
    everything: Annotated[bool, typer.Option("--all", help="List every pair and all that stays alone")] = False,
    as_json: Json = False,
) -> None:
    """Join documents with events by place, time, kind and text; list what stays alone, and why.

    A score is the product of its parts. A pair says that two records fit together, never who did it. Exit code 3 if
    rows were set aside.
    """
    from lightkeeper.run.joining import as_told, join_files

    found = join_files(documents, events, least=least)
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(as_told(found)).decode() + "\n")
    else:
        _tell(found, None if everything else TOLD)
    for row in found.set_aside[:TOLD]:
        text = f"{row.where}: {row.what}. {row.remedy}"
        err_console.print("[yellow]set aside[/] " + escape(text), soft_wrap=True, highlight=False)
    if found.set_aside:
        err_console.print(f"{len(found.set_aside)} set aside")
        raise typer.Exit(SOME_SET_ASIDE)


def _tell(found: Joined, most: int | None) -> None:
    table = Table("score", "document", "event", "parts below 1", title_justify="left")
    for one in found.pairs[:most]:
        paper, event = found.documents[one.document_id], found.events[one.event_id]
        began = f"{event.onset_latest:%Y-%m-%d %H:%M}"
        weak = [f"{name} {part.value:g}: {part.why}" for name, part in one.parts.items() if part.value < 1]
        why = "; ".join(weak) or "all parts agree"
        table.add_row(f"{one.score:.2f}", escape(f"{one.document_id} {paper.claim}"),
                      escape(f"{one.event_id} {event.country} {event.entity} {began} UTC"), escape(why))  # fmt: skip
    out_console.print(table)
    if most is not None and len(found.pairs) > most:
        out_console.print(f"… and {len(found.pairs) - most} more pairs (--all lists them)")
    documents, events = {p.document_id for p in found.pairs}, {p.event_id for p in found.pairs}
    out_console.print(
        f"{len(found.pairs)} pairs: {len(documents)} of {len(found.documents)} documents, "
        f"{len(events)} of {len(found.events)} events",
        highlight=False,
    )
    for what, alone in (("documents", found.documents_alone), ("events", found.events_alone)):
        counts = Counter(each.reason for each in alone)
        meaning = {each.reason: each.why.split(": score")[0] for each in alone}
        for reason, number in counts.most_common():
            out_console.print(
                f"{number} {what} alone: {meaning[reason]}", soft_wrap=True, highlight=False, markup=False
            )
        if most is None:
            for each in alone:
                out_console.print(f"  {each.id}: {each.why}", soft_wrap=True, highlight=False, markup=False)
