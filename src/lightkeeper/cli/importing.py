"""Commands that import files that a person brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, err_console, out_console, settings_of

app = typer.Typer(no_args_is_help=True, help="Import a file that you bring.")


@app.command("ioda")
def ioda(
    file: Annotated[Path, typer.Argument(help="CSV file exported from IODA's dashboard")],
    country: Annotated[str, typer.Option("--country", help="Country of the file, ISO 3166-1 alpha-2")] = "IR",
    data: Data = None,
) -> None:
    """Import IODA's exported series of a country. Its licence lets you use the file, not pass it on."""
    from lightkeeper.run.importing import import_ioda as do_import

    rows, aside = do_import(file, country, settings_of(data))
    names = sorted({r.series for r in rows})
    out_console.print(f"Imported {len(rows)} steps of {len(names)} series: {', '.join(names)}")
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}:{one.line}: {escape(one.error)}")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)
