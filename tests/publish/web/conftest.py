"""One served site for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from publish.web.site import built, visitor


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("served"))


@pytest.fixture
def client(served: Path) -> TestClient:
    return visitor(served)
