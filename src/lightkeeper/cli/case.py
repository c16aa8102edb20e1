"""Commands for cases: build and check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, err_console, out_console, settings_of

app = typer.Typer(no_args_is_help=True, help="Build or check a case: a letter as data.")
ANSWER_STYLE = {
    "met": "green",
    "partly": "yellow",
    "breached": "bold red",
    "disputed": "magenta",
    "insufficient": "cyan",
    "untested": "dim",
}


@app.command("build")
def build(
    folders: Annotated[list[Path], typer.Argument(help="One or more case folders, such as cases/iran-2021-election")],
    out: Annotated[Path, typer.Option(help="Folder for the pages")] = Path("out"),
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build cases: pages, letter, ledger. Safe to run again. Exit code 3 if a measurement was set aside."""
    from lightkeeper.run.build import STEPS, build_case

    settings, built = settings_of(data), []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err_console) as progress:
        for folder in folders:
            task = progress.add_task(f"{folder.name}", total=len(STEPS))
            at = {"step": -1}

            def on_step(what: str, task: Any = task, name: str = folder.name, at: dict[str, int] = at) -> None:
                at["step"] += 1
                progress.update(task, completed=at["step"], description=f"{name}: {what}")

            built.append(build_case(folder, out, settings, on_step=on_step))
            progress.update(task, completed=len(STEPS), description=f"{folder.name}: done")
    for made in built:
        if as_json:
            asks = [{"ask": a.ask_id, "operator": a.operator, "answer": a.answer} for a in made.asks]
            aside = len(made.set_aside)
            typer.echo(json.dumps({"case": made.case.id, "pages": str(made.folder), "asks": asks, "set_aside": aside}))
        else:
            _print_ledger(made)
    if any(made.set_aside for made in built):
        raise typer.Exit(SOME_SET_ASIDE)


def _print_ledger(made: Any) -> None:
    grid = Grid(title=escape(made.case.title), title_justify="left", show_lines=False)
    grid.add_column("Who", overflow="fold")
    for ask in made.case.asks:
        grid.add_column(f"{ask.id} {ask.topic}", no_wrap=True)
    for who, name in [(None, made.case.country_name), *((o.id, o.name) for o in made.case.operators)]:
        row = {a.ask_id: a.answer for a in made.asks if a.operator == who}
        cells = [row.get(a.id, "") for a in made.case.asks]
        grid.add_row(escape(name), *(f"[{ANSWER_STYLE.get(c, '')}]{c}[/]" if c else "" for c in cells))
    out_console.print(grid)
    out_console.print(escape(made.headline))
    for series in made.missing_series:
        out_console.print(
            f"[yellow]No data yet for “{escape(series.title)}”.[/] Bring it: {escape(series.how_to_import or '')}"
        )
    for aside in made.set_aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(aside.file)}:{aside.line}: {escape(aside.error)}")
    out_console.print(f"Pages: {escape(str(made.folder / 'index.html'))}\n", soft_wrap=True)


@app.command("check")
def check(folder: Annotated[Path, typer.Argument(help="A case folder")], data: Data = None) -> None:
    """Read a case and say what is wrong with it, with the file, the line and the remedy."""
    from lightkeeper.run.law import law_for
    from lightkeeper.sources.case_files import load_case, load_documents, load_outages

    case = load_case(folder)
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    law_for(case, folder, settings_of(data).data_dir)
    out_console.print(f"{folder}: a valid case, with {len(documents)} documents and {len(outages)} recorded outages.")
