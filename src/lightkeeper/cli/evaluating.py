"""The commands that say how well it works: evaluate (detection), evaluate join, evaluate hours, evaluate cause."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lightkeeper.cli.shared import Json, err_console, out_console
from lightkeeper.errors import InputError

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent
    from lightkeeper.evaluate.compare import Report, Row
    from lightkeeper.evaluate.leads import SignCount
    from lightkeeper.evaluate.misled import Misled
    from lightkeeper.evaluate.summary import Share
    from lightkeeper.signals.matrix import Matrix

WIDE = 180
app = typer.Typer(help="Say how well detection, joins and causes do, beside their peers.")
COLUMNS = ("detector", "found", "recall (95 %)", "false alarms a series-year", "onset error, median / 90 %",
           "detections a truth", "covered", "delay", "time")  # fmt: skip


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with real series, as docs/method.md lists them")
    ] = None,
    seeds: Annotated[str, typer.Option(help="dev to develop with; report only for a figure to publish")] = "dev",
    quick: Annotated[bool, typer.Option("--quick", help="A few worlds only: seconds, not minutes")] = False,
    as_json: Json = False,
) -> None:
    """Evaluate detection beside its peers, on synthetic worlds with known truth and on real series with known events.

    Two runs give the same figures, but for the times.
    """
    if context.invoked_subcommand is not None:
        return
    from lightkeeper.evaluate.compare import compare_synthetic
    from lightkeeper.run.detecting import detect_matrices

    def engine(matrices: Sequence[Matrix]) -> list[WorldEvent]:
        return detect_matrices(matrices).events

    if data is not None and not data.is_dir():
        raise InputError("there is no such folder", remedy="Give --data a folder with real series", where=str(data))
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err_console
    ) as bars:
        tasks = {name: bars.add_task(name, total=None) for name in ("synthetic", "real")}

        def told(kind: str, name: str, done: int, total: int) -> None:
            bars.update(tasks[kind], description=f"{kind}: {name}", completed=done, total=total)

        report = compare_synthetic(engine, seeds, quick=quick, progress=lambda *said: told("synthetic", *said))
        if data is None:
            report.notes.append("Real series are skipped: name their folder with --data.")
        else:
            from lightkeeper.evaluate.real import compare_real

            rows, notes = compare_real(engine, data, quick=quick, progress=lambda *said: told("real", *said))
            report.rows.extend(rows)
            report.notes.extend(notes)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(report).decode())
    else:
        _print(report)


@app.command("join")
def join(
    data: Annotated[Path, typer.Option("--data", help="Folder with stop/ and ioda/, as docs/method.md lists them")],
    as_json: Json = False,
) -> None:
    """Evaluate the join of records with outages beside a simple rule, on pairs that were labelled by reading."""
    from lightkeeper.evaluate.joins import compare_joins

    methods, notes = compare_joins(_folder(data))
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode({"methods": methods, "notes": notes}).decode())
        return
    for dataset in dict.fromkeys(m.dataset for m in methods):
        table = Table("method", "pairs", "records matched", "rightly", "national, full network", "national", "regional",
                      "local", "precision of pairs (95 %)", "right pairs found", "unclear",
                      title=f"{dataset}: records that begin in 2018-2020", title_justify="left")  # fmt: skip
        for m in methods:
            if m.dataset == dataset:
                cells = (m.matched, m.rightly, m.national_full, *m.by_scope.values())
                table.add_row(m.name, str(m.pairs), *(_of(c) for c in cells), f"{m.precision.hits}/{m.precision.of} "
                              f"{_share(m.precision)}", _of(m.found), str(m.unclear + m.unlabelled))  # fmt: skip
        _console().print(table)
    for note in notes:
        out_console.print(escape(note), soft_wrap=True, highlight=False)


@app.command("hours")
def hours(
    tables: Annotated[Path, typer.Argument(help="Folder of tables that `lightkeeper judge --out` made")],
    key: Annotated[Path, typer.Option("--key", help="A report as TOML, such as benchmarks/keys/kenya-2024.toml")],
    as_json: Json = False,
) -> None:
    """Count verdicts by network and kind of hour beside what a report says: before an order, in its hours, and after.

    Networks that the report names, and those where something is blocked, are printed; --json has all of them.
    """
    from lightkeeper.evaluate.hours import count_hours, read_key, seen_in

    report = read_key(key)
    counted = count_hours(seen_in(tables, report.targets), report)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(counted).decode())
        return
    for target in dict.fromkeys(c.target for c in counted):
        rows = [c for c in counted if c.target == target]
        shown = {c.probe_asn for c in rows if c.blocked or c.says}
        table = Table("network", "hours", "measured", "blocked", "ok", "the report says",
                      title=f"{target}: {report.title}", title_justify="left")  # fmt: skip
        for c in rows:
            if c.probe_asn in shown:
                table.add_row(f"AS{c.probe_asn}", c.kind, *map(str, (c.measured, c.blocked, c.ok)), escape(c.says))
        _console().print(table)
    out_console.print(escape(f"Source: {report.source}"), soft_wrap=True, highlight=False)


@app.command("cause")
def cause(
    data: Annotated[Path, typer.Option("--data", help="Folder with ioda/, as docs/method.md lists it")],
    as_json: Json = False,
) -> None:
    """Learn the weight of a cause again from labelled outages, and say how well it does on countries left out."""
    from lightkeeper.evaluate.causes import as_json_text, evaluate_causes

    found = evaluate_causes(_folder(data))
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table("method", "countries", "ordered", "others", "AUC (95 %, countries drawn)", "Brier",
                  title="Ordered outages against others, no country in both halves", title_justify="left")  # fmt: skip
    for s in found.scores:
        table.add_row(s.name, s.countries, str(s.ordered), str(s.others),
                      f"{s.auc:.3f} ({s.auc_low:.2f}-{s.auc_high:.2f})", f"{s.brier:.3f}")  # fmt: skip
    _console().print(table)
    bins = Table("learnt weight", "mean", "were ordered", "95 %", "without the two", title="Calibration",
                 title_justify="left")  # fmt: skip
    for b in found.bins:
        sure = f"{b.ordered.low:.2f}-{b.ordered.high:.2f}"
        bins.add_row(f"{b.low:g}-{b.high:g}", f"{b.mean:.2f}", _of(b.ordered), sure, _of(b.ordered_without))
    _console().print(bins)
    of = found.unlabelled["of"]
    high = ", ".join(f"{n} at {k} or more" for k, n in found.unlabelled.items() if k != "of")
    out_console.print(f"Of {of} outages without a known cause: {high}.", highlight=False)
    for note in found.notes:
        out_console.print(escape(note), soft_wrap=True, highlight=False)
    typer.echo(as_json_text(found.learnt), nl=False)


def _folder(data: Path) -> Path:
    if not data.is_dir():
        raise InputError("there is no such folder", remedy="Give --data a folder with real data", where=str(data))
    return data


def _of(share: Share) -> str:
    return f"{share.hits}/{share.of} {share.value:.1%}" if share.of else ""


def _console() -> Console:
    """A file and a pipe have no width: there, no figure is cut off."""
    return out_console if out_console.is_terminal else Console(width=WIDE)


def _print(report: Report) -> None:
    console = _console()
    for case in dict.fromkeys(row.case for row in report.rows):
        rows = [row for row in report.rows if row.case == case]
        console.print(_table(case, rows, "SYNTHETIC worlds" if case == "synthetic" else f"real: {case}"))
        if case == "synthetic":
            console.print(_kinds(rows))
            console.print(_signs(report.signs))
            console.print(_misled(report.misleading))
    for note in report.notes:
        console.print(escape(note), soft_wrap=True, highlight=False)


def _table(case: str, rows: list[Row], title: str) -> Table:
    table = Table(*COLUMNS, title=title, title_justify="left")
    for row in rows:
        s = row.scores
        alarms = "alarms" if case == "tor-users" else "false"
        table.add_row(
            row.detector,
            f"{s.recall.hits}/{s.recall.of}",
            _share(s.recall),
            f"{_number(s.false_a_series_year)} ({s.false_alarms} {alarms})",
            f"{_number(s.onset_median_steps)} / {_number(s.onset_p90_steps)}",
            _number(s.detections_a_truth),
            "" if s.covered is None else f"{s.covered:.0%}",
            "" if row.delay_known is None else f"{_number(row.delay_median_steps)} steps",
            f"{row.seconds:.2f} s",
        )
    return table


def _kinds(rows: list[Row]) -> Table:
    kinds = sorted({kind for row in rows for kind in row.scores.by_kind})
    depths = sorted({depth for row in rows for depth in row.scores.by_depth})
    table = Table("recall of", *kinds, *(f"depth {d}" for d in depths), title="SYNTHETIC worlds", title_justify="left")
    for row in rows:
        of = [row.scores.by_kind.get(kind) for kind in kinds] + [row.scores.by_depth.get(depth) for depth in depths]
        table.add_row(row.detector, *("" if share is None else f"{share.value:.2f}" for share in of))
    return table


def _signs(signs: list[SignCount]) -> Table:
    table = Table("early sign", "found", "before a cut", "before nothing", "within", "cuts that had one before them",
                  title="Early signs, SYNTHETIC worlds: no forecasts", title_justify="left")  # fmt: skip
    for one in signs:
        if one.found or one.series:
            cells = (one.before_a_cut.hits, one.before_nothing, f"{one.within_h} h", _of(one.cuts_led))
            table.add_row(one.sign, str(one.found), *map(str, cells))
    return table


def _misled(rows: list[Misled]) -> Table:
    table = Table("kind of world", "found", "onset error, median / 95 %", "named rightly", "false alarms",
                  "worlds without one", "what is asked", title="SYNTHETIC worlds that mislead, lightkeeper",
                  title_justify="left")  # fmt: skip
    for one in rows:
        error = f"{_number(one.onset_median_steps)} / {_number(one.onset_p95_steps)}"
        cells = (_of(one.found), error, _of(one.said), str(one.false_alarms), _of(one.quiet_worlds))
        table.add_row(one.kind, *cells, one.asked)
    return table


def _share(share: Share) -> str:
    return f"{share.value:.3f} ({share.low:.2f}-{share.high:.2f})" if share.of else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
