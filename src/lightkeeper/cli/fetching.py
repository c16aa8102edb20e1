"""Commands that fetch raw files from public sources."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from lightkeeper.cli.shared import SOME_SET_ASIDE, Data, Json, day, err_console, out_console, settings_of

app = typer.Typer(no_args_is_help=True, help="Fetch raw files from a public source into the archive.")


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
    from lightkeeper.archive import Archive
    from lightkeeper.sources import ooni_bucket

    settings = settings_of(data)
    remotes = ooni_bucket.plan(country, day(since), day(until), test, settings)
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
