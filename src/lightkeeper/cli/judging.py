"""Commands of the judge: judge, explain, and what there is to judge by: reference, ruleset."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, day, err_console, out_console, repeated_rows, settings_of
from lightkeeper.errors import InputError
from lightkeeper.model import Measurement, Verdict

if TYPE_CHECKING:
    from lightkeeper.run.choice import Choice

app = typer.Typer()
reference_app = typer.Typer(
    no_args_is_help=True, help="The references: fingerprints to judge by, AS numbers by country."
)
ruleset_app = typer.Typer(no_args_is_help=True, help="The rulesets that can judge: the current one and released ones.")
app.add_typer(reference_app, name="reference")
app.add_typer(ruleset_app, name="ruleset")
RulesetOption = Annotated[
    str | None,
    typer.Option("--ruleset", help="Judge by this ruleset, as `lightkeeper ruleset list` or a verdict names it"),
]
ReferenceOption = Annotated[
    str | None, typer.Option("--reference", help="Judge by this reference, as `lightkeeper reference list` names it")
]


@app.command()
def judge(
    files: Annotated[list[str], typer.Argument(help="Files or folders of measurements; - for standard input")],
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write Parquet tables into this folder instead of lines")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at work, with --out: one takes a file at a time")] = 1,
    across: Annotated[
        bool, typer.Option("--across", help="With --out: then judge again what lacks a control, by what others saw")
    ] = False,
    ruleset: RulesetOption = None,
    reference: ReferenceOption = None,
    data: Data = None,
) -> None:
    """Judge measurements: one line each, or tables. Exit code 3 if anything was set aside.

    A verdict names the ruleset and the reference that it was made by. With both, an old verdict is made again, byte
    for byte. Without them the current rules judge, and imported fingerprints are not used: what was imported must be
    named, so that two people who judge the same files get the same verdicts.
    """
    from lightkeeper.run.choice import cautions, chosen

    wanted = _choice(ruleset, reference, data)
    for said in cautions(wanted):
        err_console.print(f"[yellow]Caution:[/] {escape(said)}", soft_wrap=True)
    if out is not None:
        _judge_into(files, out, jobs, as_json, wanted, across)
        return
    if across:
        raise InputError("--across compares tables", remedy="Add --out FOLDER")
    with chosen(wanted):
        aside, repeated = _judge_lines(files, as_json)
    if repeated:
        err_console.print(repeated_rows(repeated))
    if aside:
        err_console.print(f"{aside} set aside")
        raise typer.Exit(SOME_SET_ASIDE)


def _choice(ruleset: str | None, reference: str | None, data: Path | None) -> Choice | None:
    from lightkeeper.run.choice import choice

    return choice(ruleset, reference, settings_of(data).data_dir) if ruleset or reference else None


def _judge_lines(files: list[str], as_json: bool) -> tuple[int, int]:
    """Print a line each. Returns how many were set aside, and how many rows of tables stood twice."""
    from lightkeeper.run.judging import Aside, Judged, judge_paths, line_of
    from lightkeeper.run.sessions import in_sessions

    aside, repeated = 0, 0
    for result in in_sessions(judge_paths(files, stdin=sys.stdin.buffer)):
        aside += isinstance(result, Aside)
        repeated += (isinstance(result, Judged) and result.seen.repeated) or 0
        if as_json:
            sys.stdout.write(json.dumps(line_of(result), ensure_ascii=True) + "\n")
        elif isinstance(result, Aside):
            err_console.print(
                "[yellow]set aside[/] " + escape(f"{result.file}:{result.line}: {result.error}. {result.remedy}")
            )
        else:
            row, whole = result.seen.measurement, result.verdicts[-1]
            out_console.print(_verdict_line(row, whole), soft_wrap=True)
    return aside, repeated


def _judge_into(files: list[str], out: Path, jobs: int, as_json: bool, wanted: Choice | None, across: bool) -> None:
    from lightkeeper.run.tables import judge_into

    if "-" in files:
        raise InputError("--out cannot be used with standard input", remedy="Give files, so that a run can be resumed")
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err_console) as progress:
        task = progress.add_task("Judging", total=None)
        paths = [Path(f) for f in files]
        made = judge_into(paths, out, jobs=jobs, on_file=lambda _d, _n: progress.advance(task), choice=wanted)
        told = None
        if across:
            from lightkeeper.run.across import judge_across

            told = judge_across(out, on_step=lambda s: progress.update(task, description=s), choice=wanted)
    judged, aside = sum(d.judged for d in made), [a for d in made for a in d.set_aside]
    repeated = sum(d.rows_repeated for d in made)
    if as_json:
        more = (
            {"judged_again": told.judged_again, "changed": told.changed, "blocked": told.blocked}
            | {"throttled": told.throttled}
            if told
            else {}
        )
        typer.echo(
            json.dumps(
                {
                    "files": len(made),
                    "judged": judged,
                    "set_aside": len(aside),
                    "rows_repeated": repeated,
                    "out": str(out),
                }
                | more
            )
        )
    else:
        for one in aside[:20]:
            err_console.print("[yellow]set aside[/] " + escape(f"{one.file}:{one.line}: {one.error}. {one.remedy}"))
        out_console.print(f"{judged} measurements of {len(made)} files judged into {out}, {len(aside)} set aside")
        if repeated:
            out_console.print(repeated_rows(repeated))
        if told:
            out_console.print(f"{told.judged_again} judged again by what others saw, {told.changed} of them changed")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _verdict_line(row: Measurement, whole: Verdict) -> str:
    mechanism = f" ({whole.mechanism})" if whole.mechanism else ""
    where = f"{row.probe_cc or '??'}  AS{row.probe_asn or '?'}"
    text = f"{mechanism}  {row.test_name}  {row.target}  {where}  {whole.reasons[0]}"
    return f"[bold]{whole.state}[/]{escape(text)}"


@app.command()
def explain(
    file: Annotated[
        str, typer.Argument(help="A file of measurements, - for standard input, or the folder of `judge --out`")
    ],
    wanted: Annotated[str | None, typer.Option("--id", help="Only this measurement: its id, or its line")] = None,
    ruleset: RulesetOption = None,
    reference: ReferenceOption = None,
    data: Data = None,
) -> None:
    """Explain verdicts: what follows, what was seen, what the control saw, which rules fired and which nearly did.

    A file is judged record by record. In the folder of `judge --out` stands what was judged there, with what others
    saw, where it was judged with --across; name the measurement with --id.
    """
    from lightkeeper.run.choice import chosen

    with chosen(_choice(ruleset, reference, data)):
        shown = _explain(file, wanted)
    if not shown:
        raise InputError(
            "no measurement to explain", remedy="Give a file of measurements, and an id that is in it", where=file
        )


def _explain(file: str, wanted: str | None) -> int:
    from lightkeeper.run.explain import explain as lines_of
    from lightkeeper.run.judging import Aside, Judged, judge_paths
    from lightkeeper.run.sessions import in_sessions
    from lightkeeper.run.tables import is_lake, kept

    shown = 0
    results: Iterator[Judged | Aside] | Iterator[Judged]
    if is_lake(Path(file)):
        if wanted is None:
            raise InputError("a folder holds many measurements", remedy="Name one with --id ID", where=file)
        results = iter(kept(Path(file), wanted))
    else:
        results = in_sessions(judge_paths([file], stdin=sys.stdin.buffer))
    for result in results:
        if isinstance(result, Judged):
            names = (result.seen.measurement.measurement_id, str(result.line))
            if wanted is None or wanted in names:
                shown += 1
                out_console.print("\n".join(lines_of(result)), markup=False, highlight=False, soft_wrap=True)
                out_console.print()
        elif wanted in (None, str(result.line)):
            err_console.print(f"set aside {result.file}:{result.line}: {result.error}. {result.remedy}", markup=False)
    return shown


@reference_app.command("list")
def reference_list(data: Data = None, as_json: Json = False) -> None:
    """List the references: the built-in one, those made by `import fingerprints`, and the tables of AS numbers."""
    import msgspec

    from lightkeeper.observe.reference import built_in
    from lightkeeper.run.as_numbers import listing as tables
    from lightkeeper.run.references import listing
    from lightkeeper.sources.as_numbers import carried

    found = list(listing(settings_of(data).data_dir))
    own, numbers = built_in(), [carried(), *tables(settings_of(data).data_dir)]
    if as_json:
        of_numbers = {t.name: t.about for t in numbers}
        typer.echo(msgspec.json.encode({"built_in": own.name, "imported": found, "as_numbers": of_numbers}).decode())
        return
    out_console.print(f"[bold]{own.name}[/]  built in, {len(own.known())} fingerprints")
    for about in found:
        out_console.print(f"[bold]{about.name}[/]  {about.made_at:%Y-%m-%d %H:%M} UTC, Lightkeeper {about.made_by}")
        for one in about.sources:
            text = f"  {one.file}: {one.fingerprints} fingerprints, {one.set_aside} set aside. {one.licence}"
            out_console.print(escape(text), soft_wrap=True, highlight=False)
    for table in numbers:
        text = f"AS numbers by country of {table.about.day}: {table.about.origin}. {table.about.licence}"
        out_console.print(f"[bold]{table.name}[/]  {escape(text)}", soft_wrap=True, highlight=False)


@reference_app.command("as-numbers")
def reference_as_numbers(
    files: Annotated[
        list[Path], typer.Argument(help="delegated-*-extended files of the registries, or CSV of address ranges")
    ],
    origin: Annotated[str, typer.Option(help="Where the files come from, with their version")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the files")] = "",
    of_day: Annotated[str | None, typer.Option("--day", help="Day of the files, where they do not say it")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file (.txt.gz), not into the data folder")] = None,
    data: Data = None,
) -> None:
    """Make a newer table of which AS numbers are a country's. Builds use the newest. Exit code 3: lines set aside.

    It says who can be a witness: a network that is neither allocated to a country nor announces addresses there is
    none. Download https://ftp.ripe.net/pub/stats/ripencc/delegated-ripencc-extended-latest and the like of the four
    other registries, or of those that you need: they have the day of each allocation, and may be used freely. What the
    program's own table knows is kept beside it. The same files make the same table.
    """
    from lightkeeper.run.as_numbers import make

    where = out or settings_of(data).data_dir
    from_day = day(of_day) if of_day else None
    names = ", ".join(sorted(f.name for f in files))
    table, path, aside = make(files, where, origin=origin or names, licence=licence or "not stated", day=from_day)
    out_console.print(f"{table.name}: AS numbers by country of {table.about.day}, in {path}", soft_wrap=True)
    for one in aside[:20]:
        err_console.print(f"set aside {one.where}: {one.what}. {one.remedy}", markup=False, soft_wrap=True)
    if aside:
        err_console.print(f"{len(aside)} lines set aside")
        raise typer.Exit(SOME_SET_ASIDE)


@ruleset_app.command("list")
def ruleset_list(data: Data = None, as_json: Json = False) -> None:
    """List the rulesets: the current one, then those that were kept."""
    from lightkeeper.judge.rulesets import read_manifest
    from lightkeeper.judge.verdicts import current_ruleset
    from lightkeeper.run.choice import manifests

    now = current_ruleset().partition("+")[0]
    kept = {name: read_manifest(text, name) for name, text in manifests(settings_of(data).data_dir).items()}
    if as_json:
        rows = {name: {"made_by": m.made_by, "rules": len(m.rows)} for name, m in kept.items()}
        typer.echo(json.dumps({"current": now, "kept": rows}))
        return
    out_console.print(f"[bold]{now}[/]  current")
    for name, one in sorted(kept.items()):
        out_console.print(f"[bold]{name}[/]  Lightkeeper {escape(one.made_by)}, {len(one.rows)} rules")


@ruleset_app.command("freeze")
def ruleset_freeze(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write it; a release's is src/lightkeeper/judge/released")
    ] = None,
    data: Data = None,
) -> None:
    """Write down the current ruleset, so that a later version can judge by it again."""
    from lightkeeper.run.choice import RULESETS, freeze_into

    out_console.print(str(freeze_into(folder or settings_of(data).data_dir / RULESETS)), soft_wrap=True)
