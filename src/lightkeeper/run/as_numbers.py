"""Tables of AS numbers in the data folder: made of files that a person downloaded; the newest is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lightkeeper.archive import atomic
from lightkeeper.errors import InputError
from lightkeeper.sources.as_number_files import read_table
from lightkeeper.sources.as_numbers import AsNumbers, carried, packed, unpacked
from lightkeeper.sources.rows import Unreadable

FOLDER = "reference/as-numbers"
ENDING = ".txt.gz"
PACKED_MAX = 16 << 20


def make(
    paths: list[Path], out: Path, *, origin: str, licence: str, day: date | None = None
) -> tuple[AsNumbers, Path, list[Unreadable]]:
    """Make a table of files and write it: to `out` where that names a file, else into the data folder `out`.

    In the data folder it holds the rows of the carried table, too. The same files make the same bytes. Raises
    InputError for files that cannot be used.
    """
    is_file = out.name.endswith(ENDING)
    table, aside = read_table(paths, origin=origin, licence=licence, day=day, base=None if is_file else carried())
    final = out if is_file else out / FOLDER / f"{table.name}{ENDING}"
    with atomic.writing(final.parent), atomic.workspace(final.parent / "tmp") as made:
        atomic.write_file(made / final.name, packed(table))
        atomic.replace_file(made / final.name, final)
    return table, final, aside


def listing(data: Path) -> Iterator[AsNumbers]:
    """The tables in the data folder, the newest last. Raises InputError for one that is not what its name says."""
    found = []
    for path in sorted((data / FOLDER).glob(f"asn-*{ENDING}")):
        try:
            if path.stat().st_size > PACKED_MAX:
                raise InputError("the file is too large", remedy="Remove it, and make it again", where=str(path))
            table = unpacked(path.read_bytes(), str(path))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", remedy="Check the file", where=str(path)) from error
        if path.name != f"{table.name}{ENDING}":
            raise InputError("it is not what its name says", remedy="Remove it, and make it again", where=str(path))
        found.append(table)
    yield from sorted(found, key=lambda t: (t.about.day, t.name))


def newest(data: Path) -> AsNumbers:
    """The table that a build uses: the newest in the data folder, unless the carried one is newer."""
    return max([*reversed(list(listing(data))), carried()], key=lambda t: t.about.day)
