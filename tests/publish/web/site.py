"""A built synthetic case, served in memory."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from lightkeeper.publish.site import write_index, write_site
from lightkeeper.publish.web.app import app_of
from publish.synthetic_kit import synthetic_book


def built(folder: Path) -> Path:
    write_site(synthetic_book(), folder)
    write_index(folder)
    return folder


def visitor(folder: Path, **more: float) -> TestClient:
    return TestClient(app_of(folder, burst=10_000, **more), raise_server_exceptions=False)  # type: ignore[arg-type]
