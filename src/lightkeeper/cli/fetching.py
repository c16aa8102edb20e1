"""Commands that fetch raw files from public sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, day, err_console, out_console, settings_of

if TYPE_CHECKING:
    from lightkeeper.run.fetching import Fetched, Wanted
    from lightkeeper.run.judging import Aside
    from lightkeeper.run.routing import Routing
    from lightkeeper.settings import Settings
    from lightkeeper.sources.ooni_bucket import FetchSummary, Remote
    from lightkeeper.sources.series_fetch import Failure

app = typer.Typer(no_args_is_help=True, help="Fetch raw files from a public source into the archive.")

HELP = {
    "ioda": "Fetch IODA: routing, probing, telescope and Google traffic, its alerts and events. For your own use only.",
    "radar": "Fetch Cloudflare Radar: outages with the cause it claims, anomalies, traffic by the hour. Wants a token: "
    "set LIGHTKEEPER_RADAR_TOKEN to one with `Radar: Read`, from dash.cloudflare.com.",
    "ripestat": "Fetch RIPEstat: how many prefixes and networks of a country RIS sees.",
    "tor": "Fetch Tor Metrics: users of relays and bridges by day.",
    "mlab": "Fetch M-Lab's public statistics: speed tests a day, as quartiles with their number.",
    "ooni-counts": "Fetch OONI's own counts of measurements, by hour and nettest.",
}
"""What each command that asks a source by requests says of itself."""


@app.command("ooni")
def ooni(
    country: Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")],
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD, UTC")],
    until: Annotated[str, typer.Option(help="The day after the last one")],
    test: Annotated[list[str] | None, typer.Option(help="Nettest; may be given several times")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fetch raw measurements from OONI's public bucket. Run it again to go on where it stopped."""
    from lightkeeper.sources import checked, ooni_bucket

    settings, code = settings_of(data), checked.asked_country(country)
    remotes = ooni_bucket.plan(code, day(since), day(until), test, settings)
    summary = fetch_ooni([code], remotes, settings)
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


def fetch_ooni(countries: Iterable[str], remotes: Sequence[Remote], settings: Settings) -> FetchSummary:
    """Fetch files of OONI's bucket, with a bar, while nobody else fetches those countries."""
    from lightkeeper.archive import Archive
    from lightkeeper.run import locks
    from lightkeeper.sources import ooni_bucket

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with ExitStack() as held:
        for code in countries:
            held.enter_context(locks.fetching(settings.data_dir, code, "ooni"))
        progress = held.enter_context(Progress(*columns, console=err_console))
        task = progress.add_task(f"{len(remotes)} files", total=sum(r.bytes for r in remotes))
        so_far: dict[str, int] = {}

        def on_bytes(remote: Remote, size: int) -> None:
            so_far[remote.key] = size
            progress.update(task, completed=sum(so_far.values()))

        return ooni_bucket.fetch(remotes, Archive(settings.data_dir / "archive"), settings, on_progress=on_bytes)


def _command(name: str) -> Callable[..., None]:
    """The command that fetches one of `run.fetching.SOURCES`."""

    def command(
        country: Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")],
        since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD, UTC")],
        until: Annotated[str, typer.Option(help="The day after the last one")],
        region: Annotated[
            list[str] | None, typer.Option(help="Region too, by the source's own code; may be given several times")
        ] = None,
        asn: Annotated[
            list[str] | None, typer.Option(help="Network too, as AS58224; may be given several times")
        ] = None,
        data: Data = None,
        as_json: Json = False,
    ) -> None:
        from lightkeeper.run.fetching import wanted_of

        wanted = wanted_of(country, day(since), day(until), region or [], asn or [])
        _show(_fetch(name, wanted, settings_of(data)), as_json=as_json)

    return command


for _name, _help in HELP.items():
    app.command(_name, help=_help)(_command(_name))


@app.command("routing")
def routing(
    country: Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")],
    since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD, UTC")],
    until: Annotated[str, typer.Option(help="The day after the last one")],
    collector: Annotated[str, typer.Option(help="rrc00 (RIPE RIS), route-views.linx (RouteViews), …")] = "rrc00",
    asn: Annotated[
        list[str] | None, typer.Option(help="Network with series of its own, as AS58224; may be given several times")
    ] = None,
    every_table: Annotated[
        bool, typer.Option("--every-table", help="Fetch the tables within the time too: they mend what a gap broke")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fetch files of a route collector: how much of a country its peers see, every 5 minutes. A table has 500 MB."""
    from lightkeeper.run import locks
    from lightkeeper.run.fetching import wanted_of
    from lightkeeper.run.routing import fetch_routing

    wanted, settings = wanted_of(country, day(since), day(until), [], asn or []), settings_of(data)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    own = locks.fetching(settings.data_dir, wanted.country, f"routing-{collector}")
    with own, Progress(*columns, console=err_console) as progress:
        task = progress.add_task(f"{collector}: files", total=None)
        found = fetch_routing(
            wanted,
            collector,
            settings,
            every_table=every_table,
            on_progress=lambda _, done, of: progress.update(task, completed=done, total=of),
        )
    show_routing(found, as_json=as_json)


def show_routing(found: Routing, *, as_json: bool) -> None:
    """Tell what became of the files of a collector. Raises typer.Exit with 3 if anything failed or was set aside."""
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
    else:
        got = f"{found.files} files ({found.fetched} fetched now), {len(found.failed)} failed"
        steps = f"{found.signals} steps ({found.without_value} without a value) of {found.networks} networks"
        out_console.print(f"{got}: {steps}", soft_wrap=True)
        _tell(found.failed, found.aside, found.set_aside)
    if found.failed or found.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _fetch(name: str, wanted: Wanted, settings: Settings) -> Fetched:
    from lightkeeper.run.fetching import fetch_by_hand

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err_console) as progress:
        task = progress.add_task(f"{name}: requests", total=None)
        return fetch_by_hand(
            name, wanted, settings, on_progress=lambda _, done, of: progress.update(task, completed=done, total=of)
        )


def _show(found: Fetched, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
    else:
        out_console.print(
            f"{found.fetched} replies fetched, {found.skipped} already there, {len(found.failed)} failed: "
            f"{found.signals} steps ({found.without_value} without a value), {found.events} events",
            soft_wrap=True,
        )
        _tell(found.failed, found.aside, found.set_aside)
    if found.failed or found.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _tell(failed: list[Failure], aside: list[Aside], set_aside: int) -> None:
    for failure in failed:
        err_console.print(
            f"[red]failed[/] {escape(failure.url)}: {escape(failure.error)}. {escape(failure.remedy)}",
            soft_wrap=True,
        )
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}: {escape(one.error)}", soft_wrap=True)
    if set_aside > len(aside):
        err_console.print(f"… and {set_aside - len(aside)} more were set aside")
