"""Import a file that the user brings: keep its bytes, read it, and put its rows into the tables."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.run.judging import Aside, keep_readable
from lightkeeper.settings import Settings
from lightkeeper.sources import ioda
from lightkeeper.store.lake import Lake


def import_ioda(path: Path, country: str, settings: Settings) -> tuple[list[Signal], list[Aside]]:
    """Import a CSV file exported from IODA's dashboard. Running it again replaces the rows.

    Returns the rows and what was set aside. Raises InputError where no row can be read.
    """
    aside: list[Aside] = []
    rows = keep_readable(ioda.read(path, country), aside)
    if not rows:
        raise InputError("no row could be read", remedy="Export the country's signals from IODA again", where=str(path))
    licence = "IODA (Georgia Institute of Technology): all rights reserved; for your own use, not to be passed on"
    Archive(settings.data_dir / "archive").add_path(path, source="ioda", url=path.name, licence=licence)
    Lake(settings.data_dir / "tables").write(Signal, rows, part=f"import-ioda-{country}")
    return rows, aside
