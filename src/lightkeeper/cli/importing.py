"""Commands that import files that a person brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, err_console, out_console, settings_of

if TYPE_CHECKING:
    from lightkeeper.run.judging import Aside

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
    _end(aside)


@app.command("fingerprints")
def fingerprints(
    files: Annotated[list[Path], typer.Argument(help="fingerprints_http.csv, fingerprints_dns.csv, or both")],
    licence: Annotated[str | None, typer.Option(help="Licence of the files, if it is not OONI's CC BY-NC-SA")] = None,
    data: Data = None,
) -> None:
    """Import OONI's fingerprints of blocking as a reference. `judge --reference NAME` then uses it; nothing else does.

    The files are those of github.com/ooni/blocking-fingerprints. Their licence forbids commercial use, and so it does
    for verdicts that rest on them. The reference holds them beside Lightkeeper's own fingerprints and is named by its
    hash: the same files make the same reference.
    """
    from lightkeeper.run.importing import import_fingerprints as do_import
    from lightkeeper.sources.ooni_fingerprints import LICENCE

    reference, known, aside = do_import(files, settings_of(data), licence=licence or LICENCE)
    out_console.print(f"Imported {len(known)} fingerprints into {reference.name}")
    out_console.print(f"Use them: lightkeeper judge --reference {reference.name} FILES", soft_wrap=True)
    _end(aside)


def _end(aside: list[Aside]) -> None:
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}:{one.line}: {escape(one.error)}")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)
