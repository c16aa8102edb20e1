"""The commands of the watch: watch, told list, told verify."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.markup import escape
from rich.table import Table as Grid

from lightkeeper.cli.notifying import delivery_line
from lightkeeper.cli.shared import DAMAGED, SOME_SET_ASIDE, Data, Json, err_console, out_console, settings_of
from lightkeeper.errors import InputError, SourceUnavailable
from lightkeeper.incidents.lineage import UNVERIFIED

if TYPE_CHECKING:
    from lightkeeper.model import Told
    from lightkeeper.run.watch_state import WatchState
    from lightkeeper.run.watching import Happening, Outcome, Watch
    from lightkeeper.store.chained_log import Checked

app = typer.Typer()
told_app = typer.Typer(no_args_is_help=True, help="Look at the log of what was told.")
UNANSWERED = SourceUnavailable.exit_code
LEAST_EVERY_S = 600.0
_LENGTH = re.compile(r"(\d{1,4})\s*(m|min|h|d)")
COLOURS = {"ok": "green", "partly": "yellow", "failing": "yellow", "lacks": "dim", "not_asked": "dim"}
"""Of conditions; all others are red."""


@app.command()
def watch(
    country: Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")],
    every: Annotated[str, typer.Option(help="Ask no source more often: 30m, 1h, 6h")] = "1h",
    once: Annotated[bool, typer.Option("--once", help="One round, then end; for cron and systemd timers")] = False,
    sources: Annotated[
        str | None, typer.Option(help="ioda,radar,ripestat,tor,mlab,ooni-counts,ooni; without it all but `ooni`")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(help="Region too, by IODA's number; may be repeated")] = None,
    asn: Annotated[list[str] | None, typer.Option(help="Network too, as AS58224; may be repeated")] = None,
    notify: Annotated[
        Path | None, typer.Option(help="Send what is told to the channels of this file; see `lightkeeper notify`")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Tell how each source stands, and ask nothing")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Watch a country: fetch, judge, detect, and tell what is new. Run it again to go on; a kill loses nothing.

    Exit codes with --once and --status: 0 all well, 3 a source answered in part, 5 one did not answer, or a channel of
    --notify did not take a notice.
    """
    from lightkeeper.run.locks import is_watched, watching
    from lightkeeper.run.notifying import post_of
    from lightkeeper.run.watch_sources import chosen_sources
    from lightkeeper.run.watch_state import load
    from lightkeeper.run.watching import Wanted, Watch
    from lightkeeper.sources import checked

    settings, code = settings_of(data), checked.asked_country(country)
    if status:
        raise typer.Exit(_status(load(settings.data_dir, code), is_watched(settings.data_dir, code), as_json=as_json))
    wanted = Wanted(
        code, chosen_sources(sources), seconds_of(every), region or [], [checked.asked_asn(one) for one in asn or []]
    )
    post = post_of(notify) if notify else None
    with watching(settings.data_dir, code, None if once else _waiting):
        if as_json or once or not err_console.is_terminal:
            found = Watch(wanted, settings, _as_json if as_json else _plain, post=post)
            _left_out(wanted.sources, as_json=as_json)
            if once:
                raise typer.Exit(_ended(found.once(), as_json=as_json))
            found.forever()
        else:
            _live(lambda on_event: Watch(wanted, settings, on_event, post=post), wanted.sources)


def _waiting(what: str) -> None:
    err_console.print(what, soft_wrap=True, markup=False, highlight=False)


def seconds_of(text: str) -> float:
    """A length of time as a person writes it: 30m, 1h, 1d. Raises InputError, also for one that no source deserves."""
    found = _LENGTH.fullmatch(text.strip().lower())
    seconds = int(found[1]) * {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}[found[2]] if found else 0.0
    if seconds < LEAST_EVERY_S:
        raise InputError(f"`{text[:20]}` is too often, or no length of time", remedy="Give 10m or more, as in 1h")
    return seconds


def _left_out(chosen: object, *, as_json: bool) -> None:
    from lightkeeper.run.watch_sources import HEAVY

    for name, why in HEAVY.items():
        if isinstance(chosen, list) and name not in chosen and not as_json:
            err_console.print(f"[dim]{name} is left out ({why}); name it in --sources to add it[/]", soft_wrap=True)


def _ended(outcome: Outcome, *, as_json: bool) -> int:
    if not as_json:
        silent = f"did not answer: {', '.join(outcome.unanswered)}" if outcome.unanswered else "all sources answered"
        missed = f"; not delivered on: {', '.join(outcome.undelivered)}" if outcome.undelivered else ""
        err_console.print(f"Told: {outcome.told}; {silent}{missed}", highlight=False)
    return UNANSWERED if outcome.unanswered or outcome.undelivered else SOME_SET_ASIDE if outcome.partly else 0


def _as_json(happening: Happening) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.encode(happening).decode() + "\n")
    sys.stdout.flush()


def _plain(happening: Happening) -> None:
    """One line: what is told to standard output, all else to standard error."""
    at = f"{happening.at:%Y-%m-%d %H:%M:%S}Z"
    if happening.told is not None:
        out_console.print(f"{at} {told_line(happening.told)}", soft_wrap=True, markup=False, highlight=False)
        return
    line = line_of(happening)
    if line:
        err_console.print(f"{at} {line}", soft_wrap=True, markup=False, highlight=False)


def line_of(happening: Happening) -> str:
    """What happened, in words; empty for what needs none."""
    if happening.event == "source":
        if happening.condition == "ok":
            return f"{happening.source}: {happening.rows or 0:,} rows"
        then = f"; next try {happening.next_try_at:%H:%M}Z" if happening.next_try_at else ""
        return f"{happening.source}: {happening.text}. {happening.remedy}{then}"
    if happening.delivery is not None:
        return delivery_line(happening.delivery)
    if happening.event == "asking":
        return f"{happening.source}: asking for {happening.text}"
    return happening.text


def told_line(entry: Told) -> str:
    """An entry as one line for people."""
    goes_on = ", no end on record" if entry.recorded_by else ", goes on"
    end = f" to {entry.end_latest:%Y-%m-%d %H:%M}" if entry.end_latest else goes_on
    onset = f"{entry.onset_earliest:%Y-%m-%d %H:%M}-{entry.onset_latest:%H:%M}"
    if entry.onset_earliest.date() != entry.onset_latest.date():
        onset = f"{entry.onset_earliest:%Y-%m-%d %H:%M} - {entry.onset_latest:%Y-%m-%d %H:%M}"
    what = f"{entry.change.upper()} {entry.country} {entry.kind}"
    if entry.scope == "source":
        return f"{what} {entry.members[0]}: {entry.note} (since {entry.onset_earliest:%Y-%m-%d %H:%M} UTC{end})"
    if entry.recorded_by:
        place = (entry.place or "").replace("country:", "").replace("asn:", "AS").replace("region:", "")
        sure = "nobody there verified it" if UNVERIFIED in entry.flags else "verified there"
        ours = f"overlaps {entry.joins}" if entry.joins else "nothing of ours overlaps it"
        more = f" - {entry.note}" if entry.change != "new" else ""
        what = f"{what} of {place}, recorded by {entry.recorded_by} and no witness of ours, {sure}"
        return f"{what}, began {onset}{end} UTC, {ours}{more} [{entry.event_id}]"
    deep = f", deepest {entry.severity:.0%}" if entry.severity is not None else ""
    targets = f" of {', '.join(entry.targets[:3])}" if entry.targets else ""
    seen = f"{len(entry.members)} series, {len(entry.lineages)} kinds of witness"
    more = f" and {len(entry.leading) - 3} more" if len(entry.leading) > 3 else ""
    signs = (
        f"; changed before it, which foretells nothing: {'; '.join(entry.leading[:3])}{more}" if entry.leading else ""
    )
    note = f" - {entry.note}" if entry.note else ""
    return f"{what}{targets}, {entry.scope}, began {onset}{end} UTC{deep}, {seen}{signs}{note} [{entry.event_id}]"


def _live(begin: Callable[[Callable[[Happening], None]], Watch], sources: object) -> None:
    """On a terminal: a table of the sources that is renewed each second, and above it what is told."""
    made: list[Watch] = []
    with Live(
        get_renderable=lambda: _grid(made[0].state, made[0].running) if made else "", console=err_console,
        refresh_per_second=1, transient=True,
    ) as live:  # fmt: skip

        def on_event(happening: Happening) -> None:
            if happening.told is not None:
                style = "bold red" if happening.told.change in ("new", "grew", "returned", "reopened") else "bold"
                live.console.print(told_line(happening.told), style=style, markup=False, highlight=False)
            elif happening.event in ("notice", "delivery") or (
                happening.event == "source" and happening.condition != "ok"
            ):
                live.console.print(line_of(happening), style="yellow", markup=False, highlight=False)

        made.append(begin(on_event))
        _left_out(sources, as_json=False)
        made[0].forever()


def _grid(state: WatchState, running: set[str]) -> Grid:
    from lightkeeper.run.silence import condition

    now = datetime.now(UTC)
    grid = Grid(title=f"Watching {state.country}", title_justify="left", box=None, pad_edge=False)
    for name in ("source", "condition", "newest step", "last answer", "next try"):
        grid.add_column(name, no_wrap=True)
    grid.add_column("series")
    for source in list(state.sources.values()):
        how = condition(source, now)
        colour = COLOURS.get(how, "red")
        silent = f", {len(source.series_silent)} silent" if source.series_silent else ""
        grid.add_row(
            source.name,
            f"[{colour}]{'asking' if source.name in running else how}[/]",
            ago(source.newest_step_at, now),
            ago(source.last_answer_at, now),
            "-" if source.lacks else ago(source.next_try_at, now),
            f"{source.series}{silent}",
        )
    return grid


def _reasons(state: WatchState) -> list[str]:
    """In words, what is to be said of each source that does not simply give data."""
    from lightkeeper.run.silence import WORDS, condition

    now, said = datetime.now(UTC), list[str]()
    for source in list(state.sources.values()):
        how = condition(source, now)
        if how != "ok":
            why = ". ".join(part for part in (source.lacks or source.error, source.remedy) if part)
            said.append(f"{source.name}: {WORDS[how]}" + (f". {why}" if why and how != "no_news" else ""))
        if source.series_silent:
            said.append(f"{source.name}: older than the rest: {', '.join(source.series_silent)}")
    return said


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago a time was, or how far ahead it lies: `3 h ago`, `in 12 min`."""
    if at is None:
        return "never"
    apart = abs(now - at)
    text = f"{apart.days} d" if apart >= timedelta(days=2) else f"{apart.total_seconds() / 3600:.0f} h"
    if apart < timedelta(hours=2):
        text = f"{apart.total_seconds() / 60:.0f} min"
    return f"in {text}" if at > now else f"{text} ago"


def _status(state: WatchState, running: bool, *, as_json: bool) -> int:
    """Print how each source stands; the exit code says whether all give data."""
    from lightkeeper.run.silence import BLIND, WORDS, condition

    now = datetime.now(UTC)
    how = {name: condition(source, now) for name, source in state.sources.items()}
    if as_json:
        import msgspec

        told = msgspec.to_builtins(state) | {"running": running}
        for name, one in told["sources"].items():
            one |= {"condition": how[name], "condition_meaning": WORDS[how[name]]}
        typer.echo(msgspec.json.encode(told).decode())
    elif not state.sources:
        out_console.print(f"{state.country} was never watched here: `lightkeeper watch --cc {state.country}` begins")
    else:
        out_console.print(_grid(state, set()))
        for line in _reasons(state):
            out_console.print(line, markup=False, highlight=False, soft_wrap=True)
        known = f"state of {state.updated_at:%Y-%m-%d %H:%M}Z" if state.updated_at else "no state yet"
        out_console.print(f"{'A watch is running' if running else 'No watch is running'}; {known}")
        if state.trouble:
            out_console.print(f"Detection failed: {state.trouble}", markup=False, soft_wrap=True)
    bad = [name for name, one in how.items() if one in (*BLIND, "failing")]
    return UNANSWERED if bad else SOME_SET_ASIDE if "partly" in how.values() else 0


@told_app.command("list")
def told_list(
    country: Annotated[str | None, typer.Option("--cc", help="Only this country")] = None,
    after: Annotated[int, typer.Option(help="Only entries with a higher number: for readers that come again")] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What was told, in the order of telling. Exit code 4 if the log was changed; the sound part is listed."""
    import msgspec

    bad = False
    for log, found in _logs(country, data):
        for entry in found.entries:
            if entry.seq > after:
                if as_json:
                    typer.echo(msgspec.json.encode(entry).decode())
                else:
                    line = f"{entry.seq:>5} {entry.told_at:%Y-%m-%d %H:%M}Z {told_line(entry)}"
                    out_console.print(line, soft_wrap=True, markup=False, highlight=False)
        if found.problem:
            bad = True
            err_console.print(f"[red]{escape(log)}[/]: {escape(found.problem.what)}", soft_wrap=True)
    if bad:
        raise typer.Exit(DAMAGED)


@told_app.command("verify")
def told_verify(
    country: Annotated[str | None, typer.Option("--cc", help="Only this country")] = None,
    knew: Annotated[
        str | None, typer.Option("--knew", help="A hash that was printed before: it must still be in the log")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check that no entry was changed, taken out, put in or moved. Exit code 4 if one was.

    Prints the hash of the newest entry. Written down elsewhere, it shows later that nothing before it was changed.
    """
    import msgspec

    bad, known = False, False
    for log, found in _logs(country, data):
        known |= knew is not None and knew in found.hashes
        bad |= found.problem is not None
        if as_json:
            told = {"country": log, "entries": found.head.seq, "hash": found.head.hash, "torn_bytes": len(found.torn)}
            problem = found.problem._asdict() if found.problem else None
            typer.echo(msgspec.json.encode(told | {"problem": problem}).decode())
            continue
        if found.problem:
            where, what, remedy = (escape(part) for part in found.problem)
            out_console.print(f"[red]changed[/] {where}: {what}. {remedy}", soft_wrap=True)
        torn = f"; {len(found.torn)} bytes at its end were being written" if found.torn else ""
        out_console.print(f"{log}: {found.head.seq} entries are sound{torn}; {found.head.hash}", soft_wrap=True)
    if knew is not None and not known:
        out_console.print(f"[red]changed[/] no log has an entry with the hash {escape(knew[:80])}", soft_wrap=True)
    if bad or (knew is not None and not known):
        raise typer.Exit(DAMAGED)


def _logs(country: str | None, data: Path | None) -> list[tuple[str, Checked[Told]]]:
    """The logs of all countries, or of one, read and checked."""
    from lightkeeper.sources import checked
    from lightkeeper.store.told_log import ToldLog, countries_told

    tables = settings_of(data).data_dir / "tables"
    wanted = [checked.asked_country(country)] if country else countries_told(tables)
    logs = [(code, ToldLog(tables, code).check()) for code in wanted]
    if not any(found.head.seq or found.problem for _, found in logs):
        name = wanted[0] if wanted else "COUNTRY"
        err_console.print(f"Nothing was ever told here: `lightkeeper watch --cc {name}` begins", soft_wrap=True)
    return logs
