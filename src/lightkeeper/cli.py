"""The command line. Each command is thin: the work is done in the rooms."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table as Grid

from lightkeeper import __version__
from lightkeeper.errors import InputError, LightkeeperError
from lightkeeper.model import Measurement, Verdict
from lightkeeper.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, help=__doc__)
case_app = typer.Typer(no_args_is_help=True, help="Build or check a case: a letter as data.")
fetch_app = typer.Typer(no_args_is_help=True, help="Fetch raw files from a public source into the archive.")
import_app = typer.Typer(no_args_is_help=True, help="Import a file that you bring.")
archive_app = typer.Typer(no_args_is_help=True, help="Look after the archive of raw files.")
for _name, _group in (("case", case_app), ("fetch", fetch_app), ("import", import_app), ("archive", archive_app)):
    app.add_typer(_group, name=_name)

out_console = Console()
err_console = Console(stderr=True)
SOME_SET_ASIDE = 3
ANSWER_STYLE = {
    "met": "green",
    "partly": "yellow",
    "breached": "bold red",
    "disputed": "magenta",
    "insufficient": "cyan",
    "untested": "dim",
}
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the archive and the tables")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines")]


def _settings(data: Path | None) -> Settings:
    return Settings(data_dir=data) if data else Settings()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lightkeeper {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it")] = False,
) -> None:
    """From public measurements and documents to an answer to each ask of a #KeepItOn letter."""


@case_app.command("build")
def case_build(
    folders: Annotated[list[Path], typer.Argument(help="One or more case folders, such as cases/iran-2021-election")],
    out: Annotated[Path, typer.Option(help="Folder for the pages")] = Path("out"),
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build cases: pages, letter, ledger. Safe to run again. Exit code 3 if a measurement was set aside."""
    from lightkeeper.run.build import STEPS, build_case

    settings, built = _settings(data), []
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


@case_app.command("check")
def case_check(folder: Annotated[Path, typer.Argument(help="A case folder")]) -> None:
    """Read a case and say what is wrong with it, with the file, the line and the remedy."""
    from lightkeeper.sources.case_files import load_case, load_documents, load_outages

    case = load_case(folder)
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    out_console.print(f"{folder}: a valid case, with {len(documents)} documents and {len(outages)} recorded outages.")


@app.command()
def judge(
    files: Annotated[list[str], typer.Argument(help="Files or folders of measurements; - for standard input")],
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write Parquet tables into this folder instead of lines")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at work, with --out: one takes a file at a time")] = 1,
) -> None:
    """Judge measurements: one line each, or tables. Exit code 3 if anything was set aside."""
    if out is not None:
        _judge_into(files, out, jobs, as_json)
        return
    from lightkeeper.run.judging import Aside, judge_paths, line_of

    aside = 0
    for result in judge_paths(files, stdin=sys.stdin.buffer):
        aside += isinstance(result, Aside)
        if as_json:
            sys.stdout.write(json.dumps(line_of(result), ensure_ascii=True) + "\n")
        elif isinstance(result, Aside):
            err_console.print(
                "[yellow]set aside[/] " + escape(f"{result.file}:{result.line}: {result.error}. {result.remedy}")
            )
        else:
            row, whole = result.seen.measurement, result.verdicts[-1]
            out_console.print(_verdict_line(row, whole), soft_wrap=True)
    if aside:
        err_console.print(f"{aside} set aside")
        raise typer.Exit(SOME_SET_ASIDE)


def _judge_into(files: list[str], out: Path, jobs: int, as_json: bool) -> None:
    from lightkeeper.run.tables import judge_into

    if "-" in files:
        raise InputError("--out cannot be used with standard input", remedy="Give files, so that a run can be resumed")
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err_console) as progress:
        task = progress.add_task("Judging", total=None)
        made = judge_into([Path(f) for f in files], out, jobs=jobs, on_file=lambda _d, _n: progress.advance(task))
    judged, aside = sum(d.judged for d in made), [a for d in made for a in d.set_aside]
    if as_json:
        typer.echo(json.dumps({"files": len(made), "judged": judged, "set_aside": len(aside), "out": str(out)}))
    else:
        for one in aside[:20]:
            err_console.print("[yellow]set aside[/] " + escape(f"{one.file}:{one.line}: {one.error}. {one.remedy}"))
        out_console.print(f"{judged} measurements of {len(made)} files judged into {out}, {len(aside)} set aside")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _verdict_line(row: Measurement, whole: Verdict) -> str:
    mechanism = f" ({whole.mechanism})" if whole.mechanism else ""
    where = f"{row.probe_cc or '??'}  AS{row.probe_asn or '?'}"
    text = f"{mechanism}  {row.test_name}  {row.target}  {where}  {whole.reasons[0]}"
    return f"[bold]{whole.state}[/]{escape(text)}"


@app.command()
def explain(
    file: Annotated[str, typer.Argument(help="A file of measurements; - for standard input")],
    wanted: Annotated[str | None, typer.Option("--id", help="Only this measurement: its id, or its line")] = None,
) -> None:
    """Explain verdicts: what was seen, what the control saw, which rules fired, and what follows."""
    from lightkeeper.run.explain import explain as lines_of
    from lightkeeper.run.judging import Judged, judge_paths

    shown = 0
    for result in judge_paths([file], stdin=sys.stdin.buffer):
        if isinstance(result, Judged):
            names = (result.seen.measurement.measurement_id, str(result.line))
            if wanted is None or wanted in names:
                shown += 1
                out_console.print("\n".join(lines_of(result)), markup=False, highlight=False, soft_wrap=True)
                out_console.print()
        elif wanted in (None, str(result.line)):
            err_console.print(f"set aside {result.file}:{result.line}: {result.error}. {result.remedy}", markup=False)
    if not shown:
        raise InputError(
            "no measurement to explain", remedy="Give a file of measurements, and an id that is in it", where=file
        )


@fetch_app.command("ooni")
def fetch_ooni(
    country: Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")],
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD, UTC")],
    until: Annotated[str, typer.Option(help="The day after the last one")],
    test: Annotated[list[str] | None, typer.Option(help="Nettest; may be given several times")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fetch raw measurements from OONI's public bucket. Run it again to go on where it stopped."""
    from lightkeeper.archive import Archive
    from lightkeeper.sources import ooni_bucket

    settings = _settings(data)
    remotes = ooni_bucket.plan(country, _day(since), _day(until), test, settings)
    total = sum(r.bytes for r in remotes)
    with Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=err_console) as progress:
        task = progress.add_task(f"{len(remotes)} files", total=total)
        so_far: dict[str, int] = {}

        def on_bytes(remote: ooni_bucket.Remote, size: int) -> None:
            so_far[remote.key] = size
            progress.update(task, completed=sum(so_far.values()))

        summary = ooni_bucket.fetch(
            remotes,
            Archive(settings.data_dir / "archive"),
            settings,
            on_progress=on_bytes,
        )
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(summary).decode())
    else:
        got, had = f"{summary.fetched} files fetched ({summary.bytes:,} bytes)", f"{summary.skipped} already there"
        out_console.print(f"{got}, {had}, {len(summary.failed)} failed")
        for failure in summary.failed:
            err_console.print(f"[red]failed[/] {escape(str(failure))}")
    if summary.failed:
        raise typer.Exit(SOME_SET_ASIDE)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"`{text}` is not a day", remedy="Write it as YYYY-MM-DD") from error


@import_app.command("ioda")
def import_ioda(
    file: Annotated[Path, typer.Argument(help="CSV file exported from IODA's dashboard")],
    country: Annotated[str, typer.Option("--country", help="Country of the file, ISO 3166-1 alpha-2")] = "IR",
    data: Data = None,
) -> None:
    """Import IODA's exported series of a country. Its licence lets you use the file, not pass it on."""
    from lightkeeper.run.importing import import_ioda as do_import

    rows, aside = do_import(file, country, _settings(data))
    names = sorted({r.series for r in rows})
    out_console.print(f"Imported {len(rows)} steps of {len(names)} series: {', '.join(names)}")
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}:{one.line}: {escape(one.error)}")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)


@archive_app.command("verify")
def archive_verify(data: Data = None, as_json: Json = False) -> None:
    """Hash every raw file again and name what is damaged. Exit code 4 if anything is."""
    import msgspec

    from lightkeeper.archive import Archive

    archive = Archive(_settings(data).data_dir / "archive")
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
        raise typer.Exit(4)


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="A built case, such as out/iran-2021-election")]) -> None:
    """Check that no file of a built case was changed, lost or added. Exit code 4 if one was."""
    from lightkeeper.evidence.manifest import verify_manifest

    problems = verify_manifest(folder)
    for problem in problems:
        out_console.print(f"[red]{escape(str(problem))}[/]")
    if problems:
        raise typer.Exit(4)
    out_console.print(f"{escape(str(folder))}: every file is as it was built")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the tables")], data: Data = None, as_json: Json = False
) -> None:
    """Ask the tables in SQL (DuckDB). `lightkeeper sql "show tables"` lists them."""
    from lightkeeper.store.lake import Lake

    result = Lake(_settings(data).data_dir / "tables").sql(query)
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


def main() -> None:
    """Run the command line; a failure that a person can act on is one line and an exit code, never a traceback."""
    try:
        app()
    except LightkeeperError as error:
        err_console.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        err_console.print("Stopped. Run the same command again to go on.")
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
