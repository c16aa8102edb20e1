"""A raw file in the archive: the bytes that everything else is derived from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class File(Table, frozen=True, kw_only=True):
    """A raw file, never changed. Kept under the SHA-256 of its bytes."""

    table_name: ClassVar[str] = "file"

    sha256: Annotated[str, col("SHA-256 of the bytes, lower-case hexadecimal", key=True)]
    source: Annotated[str, col("Which public source it came from: ooni, stop, ioda_outages, ioda, tor_users, case, …")]
    url: Annotated[str, col("URL it was fetched from, or the path it was read from, relative where it could be")]
    retrieved_at: Annotated[datetime, col("When the bytes were read or fetched", unit="UTC")]
    bytes: Annotated[int, col("Size", unit="bytes")]
    media_type: Annotated[str, col("Media type, from the file's name: application/json, text/csv, …")]
    licence: Annotated[str | None, col("Licence or terms of reuse, kept with all that derives from the file")] = None
