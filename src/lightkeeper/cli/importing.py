"""Commands that import files that a person brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, day, err_console, out_console, settings_of
from lightkeeper.errors import InputError

if TYPE_CHECKING:
    from lightkeeper.run.importing import Imported
    from lightkeeper.run.judging import Aside

Country = Annotated[str, typer.Option("--cc", help="Country, ISO 3166-1 alpha-2")]
STEPS_S = {"hour": 3600, "day": 86_400}

app = typer.Typer(no_args_is_help=True, help="Import a file that you bring.")


@app.command("ioda")
def ioda(
    file: Annotated[Path, typer.Argument(help="CSV file exported from IODA's dashboard")],
    country: Annotated[str, typer.Option("--country", help="Country of the file, ISO 3166-1 alpha-2")] = "IR",
    data: Data = None,
) -> None:
    """Import IODA's exported series of a country. Its licence lets you use the file, not pass it on."""
    from lightkeeper.run.importing import import_ioda as do_import

    rows, aside = do_import(file, country, settings_of(data))
    names = sorted({r.series for r in rows})
    out_console.print(f"Imported {len(rows)} steps of {len(names)} series: {', '.join(names)}")
    _end(aside)


@app.command("fingerprints")
def fingerprints(
    files: Annotated[list[Path], typer.Argument(help="fingerprints_http.csv, fingerprints_dns.csv, or both")],
    licence: Annotated[str | None, typer.Option(help="Licence of the files, if it is not OONI's CC BY-NC-SA")] = None,
    data: Data = None,
) -> None:
    """Import OONI's fingerprints of blocking as a reference. `judge --reference NAME` then uses it; nothing else does.

    The files are those of github.com/ooni/blocking-fingerprints. Their licence forbids commercial use, and so it does
    for verdicts that rest on them. The reference holds them beside Lightkeeper's own fingerprints and is named by its
    hash: the same files make the same reference.
    """
    from lightkeeper.run.importing import import_fingerprints as do_import
    from lightkeeper.sources.ooni_fingerprints import LICENCE

    reference, known, aside = do_import(files, settings_of(data), licence=licence or LICENCE)
    out_console.print(f"Imported {len(known)} fingerprints into {reference.name}")
    out_console.print(f"Use them: lightkeeper judge --reference {reference.name} FILES", soft_wrap=True)
    _end(aside)


@app.command("google")
def google(
    file: Annotated[Path, typer.Argument(help="Saved reply of Google's traffic report, or a CSV file made of it")],
    country: Country,
    product: Annotated[str, typer.Option(help="Google's product, as youtube, web_search, gmail, all")] = "youtube",
    zone: Annotated[str, typer.Option(help="Time zone of a CSV file, as Asia/Tehran; a reply needs none")] = "UTC",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import a country's share of Google's traffic. Google's terms let you use the file, not pass it on."""
    from lightkeeper.run.importing import import_google as do_import

    _show(do_import(file, country, settings_of(data), product=product, zone=zone), as_json=as_json)


@app.command("mlab")
def mlab(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet file of an own query: quantiles by day or hour")],
    country: Country,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import a table of quantiles of M-Lab's speed tests: the country, its regions and its networks."""
    from lightkeeper.run.importing import import_mlab as do_import

    _show(do_import(file, country, settings_of(data)), as_json=as_json)


@app.command("mlab-tests")
def mlab_tests(
    file: Annotated[Path, typer.Argument(help="CSV file of single NDT tests, 2009-2019, exported from BigQuery")],
    country: Country,
    step: Annotated[str, typer.Option(help="hour or day")] = "day",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import single NDT tests of M-Lab as quantiles by hour or day. Addresses of clients are not read."""
    from lightkeeper.run.importing import import_mlab_tests as do_import

    if step not in STEPS_S:
        raise InputError(f"`{step[:20]}` is not a step", remedy="Give hour or day")
    _show(do_import(file, country, settings_of(data), step_s=STEPS_S[step]), as_json=as_json)


@app.command("mlab-month")
def mlab_month(
    file: Annotated[Path, typer.Argument(help="Percentiles of m-lab/iqb by country, CSV or Parquet")],
    since: Annotated[str, typer.Option("--from", help="First day of the month, YYYY-MM-DD, UTC")],
    until: Annotated[str, typer.Option("--until", help="The day after the last one")],
    country: Annotated[str | None, typer.Option("--cc", help="One country only, ISO 3166-1 alpha-2")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import M-Lab's percentiles of a month by country, as one step."""
    from lightkeeper.run.importing import import_mlab_month as do_import

    _show(do_import(file, day(since), day(until), settings_of(data), country=country), as_json=as_json)


@app.command("routing")
def routing(
    files: Annotated[list[Path], typer.Argument(help="MRT files of RIPE RIS or RouteViews: a table, then updates")],
    country: Country,
    collector: Annotated[str, typer.Option(help="Collector of the files, as rrc00 or route-views.linx")],
    asns: Annotated[
        Path | None, typer.Option("--asns", help="Text file with the country's networks, one a line")
    ] = None,
    asn: Annotated[
        list[str] | None, typer.Option("--asn", help="Network with series of its own, as AS58224; may be repeated")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Import files of a route collector: how much of a country, and of networks, its peers see."""
    from lightkeeper.cli.fetching import show_routing
    from lightkeeper.run.routing import import_routing
    from lightkeeper.sources import checked

    networks = [checked.asked_asn(one) for one in asn or []]
    code = checked.asked_country(country)
    found = import_routing(files, collector, code, settings_of(data), listed=asns, asns=networks)
    show_routing(found, as_json=as_json)


def _show(found: Imported, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
        if found.set_aside:
            raise typer.Exit(SOME_SET_ASIDE)
        return
    names = ", ".join(found.series[:12]) + (" …" if len(found.series) > 12 else "")
    out_console.print(
        f"Imported {found.signals} steps ({found.without_value} without a value) of {len(found.series)} series: "
        f"{escape(names)}",
        soft_wrap=True,
    )
    if found.set_aside > len(found.aside):
        err_console.print(f"{found.set_aside} rows were set aside; the first {len(found.aside)}:")
    _end(found.aside)


def _end(aside: list[Aside]) -> None:
    for one in aside:
        err_console.print(f"[yellow]Set aside:[/] {escape(one.file)}:{one.line}: {escape(one.error)}")
    if aside:
        raise typer.Exit(SOME_SET_ASIDE)
