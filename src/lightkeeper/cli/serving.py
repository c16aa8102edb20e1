"""The command that shows built cases over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import err_console

app = typer.Typer()


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="Folder of built cases")] = Path("out"),
    address: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on")] = 8000,
    host: Annotated[
        list[str] | None, typer.Option(help="Name under which visitors reach it, besides localhost")
    ] = None,
    proxy: Annotated[
        list[str] | None, typer.Option(help="Address of a proxy in front, whose word on its visitors' addresses counts")
    ] = None,
    per_second: Annotated[float, typer.Option(min=0.1, help="Questions a second that one visitor may ask")] = 20,
) -> None:
    """Show built cases over HTTP: pages, feeds, and a JSON API with its description. It writes no log of visitors."""
    import uvicorn

    from lightkeeper.publish.web.app import app_of
    from lightkeeper.publish.web.lines import lines_for

    served = app_of(folder, host or (), per_second=per_second)
    err_console.print(f"Serving {escape(str(folder))} at http://{address}:{port}/ (API: /api/openapi.json)")
    uvicorn.run(
        served, host=address, port=port, access_log=False, server_header=False, log_level="warning",
        proxy_headers=bool(proxy), forwarded_allow_ips=proxy or [], http=lines_for(proxy or ()), ws="none",
        limit_concurrency=2000, timeout_keep_alive=5, h11_max_incomplete_event_size=16384, backlog=1024,
    )  # fmt: skip
