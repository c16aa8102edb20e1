"""Commands for cases: from a new one to its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, day, err_console, out_console, repeated_rows, settings_of

app = typer.Typer(no_args_is_help=True, help="Start, check, fill and build a case: a letter as data.")
ANSWER_STYLE = {
    "met": "green",
    "partly": "yellow",
    "breached": "bold red",
    "disputed": "magenta",
    "insufficient": "cyan",
    "untested": "dim",
}

MOST_NAMES = 10
"""Of files that are left out, how many are named."""


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet; its name becomes the id")],
    country: Annotated[str, typer.Option("--country", help="ISO 3166-1 alpha-2, as KE")],
    vote: Annotated[str, typer.Option(help="Local day of the vote, YYYY-MM-DD")],
    source: Annotated[str, typer.Option(help="Where that day is stated: who says it, and when")],
    source_url: Annotated[str | None, typer.Option(help="Where that can be read")] = None,
    kind: Annotated[str, typer.Option(help="What kind of vote, or what else")] = "general election",
    timezone: Annotated[str | None, typer.Option(help="As Asia/Tehran; needed for a country that has several")] = None,
    to: Annotated[list[str] | None, typer.Option(help="Addressee of the letter; may be given several times")] = None,
    publisher: Annotated[str, typer.Option(help="Who writes the letter")] = "#KeepItOn coalition",
    data: Data = None,
) -> None:
    """Start a case: the coalition's four asks, what is usually watched, and series, for a country and a vote."""
    from datetime import UTC, datetime

    from lightkeeper.run.starting import Vote, start_case

    said = Vote(country, day(vote), kind, source, source_url, timezone, publisher, tuple(to or ()))
    case = start_case(folder, said, datetime.now(UTC).date(), settings_of(data).data_dir)
    name = escape(str(folder))
    out_console.print(f"{escape(case.title)}: {name}/case.toml is written.", soft_wrap=True)
    for what, command in (
        ("Read it, and put in your letter's words, addressees and operators", f"{name}/case.toml"),
        ("See what is wrong or missing", f"lightkeeper case check {name}"),
        ("Bring series and outages that others recorded", f"lightkeeper case fetch {name}"),
        ("Bring measurements", f"lightkeeper case gather {name}"),
        ("Answer the asks", f"lightkeeper case build {name}"),
        ("Draft the letter", f"lightkeeper letter {name} --when before"),
    ):
        out_console.print(f"  {what}: [bold]{command}[/]", soft_wrap=True)


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
            aside, more = len(made.set_aside), {"rows_repeated": made.rows_repeated, "left_out": made.left_out}
            typer.echo(
                json.dumps({"case": made.case.id, "pages": str(made.folder), "asks": asks, "set_aside": aside} | more)
            )
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
    for lacking in made.missing:
        bring = made.case.how_to_bring(lacking) or "its file holds no row of that time"
        out_console.print(f"[yellow]No data yet for “{escape(lacking.title)}”.[/] Bring it: {escape(bring)}")
    _print_aside(made.set_aside)
    if made.rows_repeated:
        out_console.print(repeated_rows(made.rows_repeated))
    _print_left_out(made.left_out)
    out_console.print(f"Pages: {escape(str(made.folder / 'index.html'))}\n", soft_wrap=True)


@app.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="A case folder")], data: Data = None, as_json: Json = False
) -> None:
    """Read a case and its series; say what is wrong, with the file, the line and the remedy.

    Exit code 3 if rows of a series that the case carries were set aside.
    """
    import msgspec

    from lightkeeper.model.case_words import claims_without_words, without_words
    from lightkeeper.run.case_check import held_by, held_recorded
    from lightkeeper.run.case_doubts import doubts_of
    from lightkeeper.run.judging import Aside
    from lightkeeper.run.law import law_for
    from lightkeeper.sources.case_contents import contents_of
    from lightkeeper.sources.case_files import load_case, load_documents, load_outages
    from lightkeeper.sources.case_words import load_words
    from lightkeeper.sources.ooni_record import shown
    from lightkeeper.store.lake import Lake

    case = load_case(folder)
    others = [shown(path.relative_to(folder).as_posix()) for path in contents_of(folder, case).others]
    documents, outages = load_documents(folder, case), load_outages(folder, case)
    words = load_words(folder, case, documents)
    lacking = {code: without_words(case, said) for code, said in words.items()}
    claims = {code: claims_without_words(documents, said) for code, said in words.items()}
    data_dir = settings_of(data).data_dir
    law_for(case, folder, data_dir)
    aside: list[Aside] = []
    lake = Lake(data_dir / "tables")
    held, recorded = held_by(folder, case, lake, aside), held_recorded(case, lake)
    doubts = doubts_of(case, documents)
    if as_json:
        told = {"case": case.id, "documents": len(documents), "outages": len(outages), "series": held, "aside": aside}
        told |= {"recorded": recorded, "without_words": lacking, "claims_without_words": claims, "left_out": others}
        told |= {"look_at": doubts}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        counts = f"{len(documents)} documents and {len(outages)} recorded outages"
        out_console.print(f"{folder}: a valid case, with {counts}.", soft_wrap=True)
        for code, places in lacking.items():
            untold = _untold(places, claims[code], len(documents))
            out_console.print(f"case.{code}.toml: {escape(untold)}", soft_wrap=True)
        for text in doubts:
            out_console.print(f"[yellow]Look at {escape(text)}.[/]", soft_wrap=True)
        for series in held:
            out_console.print(f"{escape(series.title)} ({series.reader}): {escape(_told(series))}", soft_wrap=True)
        for one in recorded:
            there = f"nothing yet. {one.remedy}" if one.remedy else f"{one.events:,} outages in its time"
            out_console.print(f"{escape(one.title)} ({one.reader}): {escape(there)}", soft_wrap=True)
        _print_left_out(others)
    _print_aside(aside)
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _untold(places: list[str], claims: list[str], documents: int) -> str:
    """What of a case has no words in another language: fields by name, claims of documents by number."""
    said = [f"English stands for: {', '.join(places)}."] if places else []
    if claims:
        names = ", ".join(claims[:MOST_NAMES]) + (
            f" and {len(claims) - MOST_NAMES} more" if claims[MOST_NAMES:] else ""
        )
        said.append(f"{len(claims)} of {documents} claims of documents have no translation: {names}.")
    return " ".join(said) or "nothing is missing."


def _print_left_out(others: list[str]) -> None:
    if others:
        names = ", ".join(others[:MOST_NAMES]) + (
            f" and {len(others) - MOST_NAMES} more" if others[MOST_NAMES:] else ""
        )
        text = f"Left out, since no part of the case names them: {names}."
        out_console.print(f"[yellow]{escape(text)}[/]", soft_wrap=True)


def _told(held: Any) -> str:
    if held.remedy:
        return f"nothing yet. {held.remedy}"
    gaps = f"{held.without_value:,} of {held.steps:,} steps without a value"
    past = f"{held.warm_up_days} days before to learn from"
    return f"{len(held.series)} series, {held.first} to {held.last}, {gaps}, {past}"


@app.command("fetch")
def fetch(
    folder: Annotated[Path, typer.Argument(help="A case folder")], data: Data = None, as_json: Json = False
) -> None:
    """Fetch the series and recorded outages that a case names from their sources. Run it again to go on. Needs the net.

    Exit code 3 if a series did not come, or not whole.
    """
    import msgspec

    from lightkeeper.run.case_check import fetch_recorded, fetch_series
    from lightkeeper.sources.case_files import load_case

    case = load_case(folder)

    def on_series(wanted: Any) -> None:
        err_console.print(f"Fetching {escape(wanted.title)} …")

    settings = settings_of(data)
    found = fetch_series(case, settings, on_series=on_series) + fetch_recorded(case, settings, on_recorded=on_series)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        for one in found:
            come = one.fetched
            came = (
                f"{come.signals:,} steps, {come.events:,} outages, {len(come.failed)} requests failed" if come else ""
            )
            out_console.print(f"{escape(one.title)}: {escape(one.said or came)}", soft_wrap=True)
        if not found:
            out_console.print("The case carries all of its series.")
    if any(one.fetched is None or one.fetched.failed or one.fetched.set_aside for one in found):
        raise typer.Exit(SOME_SET_ASIDE)


@app.command("documents")
def documents(
    folder: Annotated[Path, typer.Argument(help="A case folder")],
    file: Annotated[Path, typer.Argument(help="Access Now's STOP dataset: .csv, .xlsx or .parquet")],
    whole: Annotated[bool, typer.Option("--all", help="Rows of any time, not only of the window")] = False,
    as_json: Json = False,
) -> None:
    """Add Access Now's rows that bear on a case to its documents.csv. Read them before you build: they are claims.

    Exit code 3 if a row could not be used.
    """
    from datetime import UTC, datetime

    import msgspec

    from lightkeeper.run.case_documents import add_documents
    from lightkeeper.sources.case_files import load_case

    made = add_documents(folder, load_case(folder), file, datetime.now(UTC).date(), whole=whole)
    if as_json:
        typer.echo(msgspec.json.encode(made).decode())
    else:
        rest = f"{made.already} were there already, {made.repeated} say again what another does"
        rest += f", {made.of_another_time} are of another time"
        out_console.print(f"{escape(str(folder))}/documents.csv: {len(made.added)} rows added; {rest}.", soft_wrap=True)
        for name in made.added:
            out_console.print(f"  {escape(name)}", soft_wrap=True)
    _print_aside(made.set_aside)
    if made.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


@app.command("gather")
def gather(
    folder: Annotated[Path, typer.Argument(help="A case folder")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders of measurements that you have; without any, OONI's bucket is asked"),
    ] = None,
    elsewhere: Annotated[
        list[str] | None,
        typer.Option(help="Country whose measurements of apps and tools are the control; default: DE, NL, US"),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Take no other country: apps and tools then lack a control")
    ] = (False),
    most: Annotated[int, typer.Option(min=1, help="Measurements of one service that one network may give a day")] = 10,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put OONI's measurements that bear on a case into its folder, unchanged. Run it again to go on.

    Of an observation table each measurement is kept as one line that holds its rows.

    What is taken is decided by country, time, what was tested and network, and by nothing that a measurement found.
    Exit code 3 if a file did not come, or records could not be read.
    """
    import msgspec

    from lightkeeper.run import gathering
    from lightkeeper.sources import checked
    from lightkeeper.sources.case_files import load_case

    case = load_case(folder)
    gathering.check_room(folder, case)
    countries = [] if alone else [checked.asked_country(code) for code in elsewhere or gathering.ELSEWHERE]
    asked = gathering.asked_of(case, countries, most)
    failed: list[Any] = []
    raw = gathering.brought(files or [])
    if not files:
        raw, failed = _fetched(case, asked, settings_of(data))
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err_console) as progress:
        task = progress.add_task("Reading files", total=len(raw))
        made = gathering.gather(folder, case, asked, raw, on_file=lambda done: progress.update(task, completed=done))
    if as_json:
        typer.echo(msgspec.json.encode(made).decode())
    else:
        kept = f"{made.kept:,} of {made.seen:,} measurements kept in {len(made.files)} files"
        left = f"{made.not_of_the_case:,} are not of the case, {made.beyond_most:,} are too many of one kind"
        out_console.print(f"{escape(str(folder / gathering.FOLDER))}: {kept}; {left}.", soft_wrap=True)
        if made.set_aside:
            err_console.print(f"[yellow]Set aside:[/] {made.set_aside:,} records that could not be read")
        for failure in failed:
            err_console.print(
                f"[red]failed[/] {escape(failure.key)}: {escape(failure.error)}. {escape(failure.remedy)}"
            )
    if failed or made.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _fetched(case: Any, asked: Any, settings: Any) -> tuple[list[Any], list[Any]]:
    """Files of OONI's bucket for a case, now in the archive, and what failed."""
    from datetime import UTC, datetime

    from lightkeeper.archive import Archive
    from lightkeeper.cli.fetching import fetch_ooni
    from lightkeeper.run import gathering

    others = sorted(asked.elsewhere)
    remotes = gathering.plan(case, others, datetime.now(UTC).date(), settings)
    summary = fetch_ooni([case.country, *others], remotes, settings)
    return gathering.archived(summary.files, Archive(settings.data_dir / "archive")), summary.failed


def _print_aside(aside: list[Any]) -> None:
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}:{one.line}: {escape(one.error)}")
