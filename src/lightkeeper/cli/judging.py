"""Commands of the judge: judge, explain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lightkeeper.cli.shared import SOME_SET_ASIDE, Json, err_console, out_console
from lightkeeper.errors import InputError
from lightkeeper.model import Measurement, Verdict

app = typer.Typer()


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
