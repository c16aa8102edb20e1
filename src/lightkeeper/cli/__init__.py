"""The command line. Each command is thin: the work is done in the rooms."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from lightkeeper import __version__
from lightkeeper.cli import (
    case,
    detecting,
    evaluating,
    exporting,
    fetching,
    importing,
    joining,
    judging,
    keeping,
    letters,
    notifying,
    reviewing,
    sealing,
    serving,
    stopping,
    watching,
)
from lightkeeper.cli.shared import err_console
from lightkeeper.errors import LightkeeperError, of_the_system

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(case.app, name="case")
app.add_typer(judging.app)
app.add_typer(evaluating.app, name="evaluate")
app.add_typer(detecting.app)
app.add_typer(exporting.app)
app.add_typer(joining.app)
app.add_typer(fetching.app, name="fetch")
app.add_typer(watching.app)
app.add_typer(watching.told_app, name="told")
app.add_typer(notifying.app, name="notify")
app.add_typer(importing.app, name="import")
app.add_typer(keeping.archive_app, name="archive")
app.add_typer(sealing.key_app, name="key")
app.add_typer(sealing.app)
app.add_typer(keeping.app)
app.add_typer(letters.app)
app.add_typer(serving.app)
app.add_typer(reviewing.app, name="incident")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lightkeeper {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it")] = False,
) -> None:
    """From public measurements and documents to an answer to each ask of a #KeepItOn letter."""


def main() -> None:
    """Run the command line; a failure that a person can act on is one line and an exit code, never a traceback."""
    stopping.listen()
    try:
        app()
    except stopping.Stopped as stopped:
        err_console.print(stopping.STOPPED)
        raise SystemExit(stopped.code) from None
    except LightkeeperError as error:
        _end_with(error)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        _end_with(of_the_system(error))


def _end_with(error: LightkeeperError) -> NoReturn:
    err_console.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
    raise SystemExit(error.exit_code) from None
