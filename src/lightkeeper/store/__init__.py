"""The lake: Parquet files with the schema of the model, queried with DuckDB."""

from lightkeeper.store.lake import Lake, Result
from lightkeeper.store.reference import tables_page
from lightkeeper.store.schema import arrow_schema

__all__ = ["Lake", "Result", "arrow_schema", "tables_page"]
