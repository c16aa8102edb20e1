"""The limits that keep a hostile file from filling a machine. Anyone can upload a measurement."""

from __future__ import annotations

CHUNK_BYTES = 1 << 18
"""Bytes asked for at a time: larger is no faster."""

MAX_RECORD_BYTES = 64 << 20
"""One line, or one JSON document. The largest real measurements are of a few MiB."""

MAX_YAML_BYTES = 32 << 20
"""One document of a legacy YAML report: parsing takes some fifty times its size."""

MAX_YAML_NODES = 1_000_000
"""Values in one YAML document, each counted as often as an alias repeats it."""

MAX_YAML_ALIASES = 1_000
"""Aliases in one YAML document."""

MAX_YAML_DEPTH = 100
"""Lists and mappings within one another."""

MAX_STREAM_BYTES = 8 << 30
"""What one compressed file, or one member of an archive, may unpack to."""

MAX_TOTAL_BYTES = 64 << 30
"""What one file on the disk may unpack to, with all that lies within it."""

MAX_MEMBERS = 200_000
"""Members of one tar file."""

MAX_TAR_NOTE_BYTES = 1 << 20
"""A long name or an extended header of a tar member."""

MAX_DEPTH = 4
"""Wrappings within one another: gzip in tar in gzip is three."""

MAX_NAME_CHARS = 400
"""Length of a name that is shown to a person."""

MAX_ROW_BYTES = 1 << 20
"""One line of an observation table. Real ones have some hundreds of bytes."""

MAX_CELL_CHARS = 4096
"""Kept of one cell. Real ones end at the 2,048 characters of a URL."""

MAX_COLUMNS = 1000
"""Columns of an observation table. OONI's have some hundred."""

MAX_ROW_LINES = 16
"""Lines of one row of a CSV file, where a cell has line breaks."""

MAX_TABLE_ROWS = 100_000_000
"""Rows of one observation table."""

MAX_ROWS_OF_ONE = 10_000
"""Different rows of one measurement. Real ones have some tens."""

MAX_TORN = 100_000
"""Measurements that are set aside for a row that cannot be read."""

MAX_PARQUET_BYTES = 4 << 30
"""One Parquet file, packed. It is laid down on the disk once more, since it is read from its end."""

SORT_MEMORY = "512MB"
"""What sorting a table may take; the rest lies on the disk meanwhile."""
