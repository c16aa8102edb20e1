"""The command that writes a case in the forms that others use."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import Data, Json, out_console, settings_of
from lightkeeper.errors import InputError

app = typer.Typer()
STATUSES = ("Actual", "Exercise", "Test", "Draft")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A case folder that was built, such as cases/iran-2021-election")],
    form: Annotated[
        list[str] | None,
        typer.Option(
            help="accessnow, stix, misp, cap, jsonld, bibtex, ris, csl or frictionless; all where none is named"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files; `exports/<case>` where none is named")] = None,
    sender: Annotated[str, typer.Option(help="Who sends CAP alerts: an e-mail address or host name")] = "unset.invalid",
    status: Annotated[str, typer.Option(help="Status of CAP alerts: Exercise, Test, Draft or Actual")] = "Exercise",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the record of a case as Access Now's CSV, STIX 2.1, MISP, CAP 1.2, JSON-LD, citations, a data package."""
    from lightkeeper.run.exporting import FORMS, export_case

    if status not in STATUSES:
        raise InputError(f"`{status}` is no status of an alert", remedy=f"Name one of: {', '.join(STATUSES)}")
    if status == "Actual" and sender == "unset.invalid":
        raise InputError("an actual alert needs a sender", remedy="Name it: `--sender alerts@example.org`")
    home = out or Path("exports") / folder.name
    made = export_case(
        folder,
        home,
        settings_of(data).data_dir,
        form or FORMS,
        sender=sender,
        sent=datetime.now(UTC),
        status=status,  # type: ignore[arg-type]
    )
    if as_json:
        typer.echo(json.dumps({"case": folder.name, "files": [str(path) for path in made]}))
        return
    for path in made:
        out_console.print(escape(str(path)), soft_wrap=True)
