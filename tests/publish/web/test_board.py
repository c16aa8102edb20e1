"""The watch board over HTTP: it knows the day, and a build that changed is seen at the next visit."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lightkeeper.publish.web.app import app_of

DAY_BEFORE = datetime(2031, 3, 13, 9, tzinfo=UTC)


def visitor_on(moment: datetime, folder: Path) -> TestClient:
    return TestClient(app_of(folder, burst=10_000, clock=lambda: moment), base_url="http://localhost")


@pytest.mark.parametrize("path", ["/", "/index.html"])
def test_the_board_says_how_far_the_vote_is_and_the_file_does_not(served: Path, path: str) -> None:
    answer = visitor_on(DAY_BEFORE, served).get(path)
    assert answer.headers["content-type"].startswith("text/html")
    assert "In 1 day" in answer.text
    assert "Watched now" in answer.text
    assert "In 1 day" not in (served / "index.html").read_text()


@pytest.mark.parametrize("path", ["/fa/", "/fa/index.html", "/fa"])
def test_the_persian_board_stands_where_its_page_does(served: Path, path: str) -> None:
    assert "۱ روز دیگر" in visitor_on(DAY_BEFORE, served).get(path).text


def test_after_the_window_the_case_is_over(served: Path) -> None:
    text = visitor_on(datetime(2032, 3, 13, tzinfo=UTC), served).get("/").text
    assert "365 days ago" in text
    assert "Watched now" not in text


def test_a_case_that_is_built_again_is_seen_and_one_that_breaks_stays_listed(served: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(served, root)
    client = visitor_on(DAY_BEFORE, root)
    assert "A new title" not in client.get("/").text
    path = root / "synthetic-2031" / "ledger.json"
    ledger = json.loads(path.read_bytes())
    ledger["case"]["title"] = "A new title"
    path.write_text(json.dumps(ledger))
    assert "A new title" in client.get("/").text
    path.write_text("{")
    text = client.get("/").text
    assert "synthetic-2031" in text
    assert "cannot be read" in text


def test_the_board_answers_a_reader_and_nobody_who_would_write(served: Path) -> None:
    client = visitor_on(DAY_BEFORE, served)
    assert client.head("/").status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/").status_code == 405
