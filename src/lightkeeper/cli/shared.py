"""What the commands share: the consoles, the options and the exit codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lightkeeper.errors import InputError

if TYPE_CHECKING:
    from lightkeeper.settings import Settings

out_console = Console()
err_console = Console(stderr=True)
SOME_SET_ASIDE = 3
DAMAGED = 4
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the archive and the tables")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines")]


def settings_of(data: Path | None) -> Settings:
    """The settings, with another data folder where one was named."""
    # What reads settings takes a while to load, and not all commands have any.
    from lightkeeper.settings import Settings

    return Settings(data_dir=data) if data else Settings()


def repeated_rows(rows: int) -> str:
    """What is said of rows of observation tables that stand twice."""
    return f"{rows} rows of observation tables stood twice and count once"


def day(text: str) -> date:
    """A day as a person writes it, YYYY-MM-DD. Raises InputError for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"`{text}` is not a day", remedy="Write it as YYYY-MM-DD") from error
