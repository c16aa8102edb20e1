"""Import files that the user brings: keep their bytes, read them, and put their rows where they are used."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.observe.fingerprints import Fingerprints
from lightkeeper.observe.reference import Reference, with_imported
from lightkeeper.run import references
from lightkeeper.run.judging import Aside, keep_readable, sha256_of
from lightkeeper.settings import Settings
from lightkeeper.sources import ioda, ooni_fingerprints
from lightkeeper.sources.fingerprint import Fingerprint
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


def import_fingerprints(
    paths: list[Path], settings: Settings, *, licence: str = ooni_fingerprints.LICENCE
) -> tuple[Reference, list[Fingerprint], list[Aside]]:
    """Import OONI's CSV files of fingerprints as one reference, under `data/reference/<its name>`.

    It holds Lightkeeper's own fingerprints, then those of the files in their order; the same files make the same
    reference. Returns it, the fingerprints of the files and what was set aside. Raises InputError where none is usable.
    """
    aside: list[Aside] = []
    known: list[Fingerprint] = []
    sources: list[references.Source] = []
    for path in paths:
        refused: list[Aside] = []
        found = keep_readable(ooni_fingerprints.read(path), refused)
        if not found:
            remedy = "Give fingerprints_http.csv or fingerprints_dns.csv"
            raise InputError("no fingerprint could be read", remedy=remedy, where=str(path))
        sources.append(references.Source(path.name, sha256_of(path), licence, len(found), len(refused)))
        known += found
        aside += refused
    reference = with_imported(known)
    Fingerprints(reference.known())
    for path in paths:
        Archive(settings.data_dir / "archive").add_path(path, source="fingerprints", url=path.name, licence=licence)
    references.save(reference, sources, settings.data_dir)
    return reference, known, aside
