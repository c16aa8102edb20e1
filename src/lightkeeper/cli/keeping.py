"""Commands that look after what is kept: archive, built cases, tables, reference pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table as Grid

from lightkeeper.cli.shared import DAMAGED, Data, Json, err_console, out_console, settings_of

app = typer.Typer()
archive_app = typer.Typer(no_args_is_help=True, help="Look after the archive of raw files.")


@archive_app.command("verify")
def archive_verify(data: Data = None, as_json: Json = False) -> None:
    """Hash every raw file again and name what is damaged. Exit code 4 if anything is."""
    import msgspec

    from lightkeeper.archive import Archive

    archive = Archive(settings_of(data).data_dir / "archive")
    with Progress(console=err_console) as progress:
        task = progress.add_task("Hashing", total=None)
        damage = archive.verify(lambda done, total: progress.update(task, completed=done, total=total))
    files = sum(1 for _ in archive.files())
    if as_json:
        typer.echo(msgspec.json.encode({"files": files, "damaged": damage}).decode())
    else:
        for one in damage:
            out_console.print(f"[red]damaged[/] {escape(str(one.path))}: {escape(one.reason)}. {escape(one.remedy)}")
        out_console.print(f"{files} files in the archive, {len(damage)} damaged")
    if damage:
        raise typer.Exit(DAMAGED)


@app.command()
def verify(
    given: Annotated[Path, typer.Argument(help="A sealed bundle (folder, zip, tar), a built case, or an archive")],
    key: Annotated[
        str | None, typer.Option(help="Who must have signed: fingerprint, or file of the public key")
    ] = None,
    tsa_root: Annotated[Path | None, typer.Option(help="Root certificate of the time stamp server, as PEM")] = None,
    most_bytes: Annotated[int, typer.Option(help="Bytes that a zip or tar may unpack to", min=1)] = 16 << 30,
    as_json: Json = False,
) -> None:
    """Check that no file was changed, lost, added or moved since it was sealed or built. Exit code 4 if one was."""
    import msgspec

    from lightkeeper.evidence.verify import shown
    from lightkeeper.run.verifying import check

    found = check(given, key=key, tsa_root=tsa_root, most_bytes=most_bytes)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        for path, reason in found.problems:
            out_console.print(f"[red]{escape(shown(path))}[/]: {escape(shown(reason))}", soft_wrap=True)
        for sentence in found.said:
            out_console.print(escape(shown(sentence)), soft_wrap=True)
        word = "sealed" if found.kind == "bundle" else "kept" if found.kind == "archive" else "built"
        bad, good = f"NOT as it was {word}: {len(found.problems)} found", f"every file is as it was {word}"
        out_console.print(f"{escape(str(given))}: {bad if found.problems else good}", soft_wrap=True)
    if found.problems:
        raise typer.Exit(DAMAGED)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the tables")], data: Data = None, as_json: Json = False
) -> None:
    """Ask the tables in SQL (DuckDB). `lightkeeper sql "show tables"` lists them."""
    from lightkeeper.store.lake import Lake

    result = Lake(settings_of(data).data_dir / "tables").sql(query)
    if as_json:
        for row in result.rows:
            typer.echo(json.dumps(dict(zip(result.columns, row, strict=True)), default=str))
        return
    grid = Grid(*(escape(c) for c in result.columns))
    for row in result.rows:
        grid.add_row(*(escape(str(v)) if v is not None else "" for v in row))
    out_console.print(grid)


@app.command()
def docs(
    folder: Annotated[Path, typer.Argument(help="The folder of the documentation")] = Path("docs"),
) -> None:
    """Write the generated pages of the documentation again."""
    from lightkeeper.run.reference import write_reference

    for path in write_reference(folder):
        out_console.print(str(path))
