"""A built synthetic case, served in memory."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from lightkeeper.evidence.manifest import write_manifest
from lightkeeper.publish.site import write_index, write_site
from lightkeeper.publish.web.app import app_of
from publish.synthetic_kit import synthetic_book


def built(folder: Path) -> Path:
    write_site(synthetic_book(), folder)
    write_manifest(folder / "synthetic-2031")
    write_index(folder)
    return folder


def visitor(folder: Path, **more: float) -> TestClient:
    served = app_of(folder, burst=10_000, **more)  # type: ignore[arg-type]
    return TestClient(served, base_url="http://localhost", raise_server_exceptions=False)
