"""A built case leaves the house in every form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.run.build import build_case
from lightkeeper.run.exporting import FORMS, export_case
from lightkeeper.settings import Settings
from places import ROOT

UGANDA = ROOT / "cases" / "uganda-2021-election"
SENT = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("export")
    build_case(UGANDA, home / "out", Settings(data_dir=home / "data"))
    return home / "data"


def files(out: Path, data: Path, sent: datetime = SENT) -> set[str]:
    made = export_case(UGANDA, out, data, FORMS, sender="alerts@example.org", sent=sent)
    return {path.relative_to(out).as_posix() for path in made}


def test_every_form_is_written(data: Path, tmp_path: Path) -> None:
    made = files(tmp_path, data)
    assert {"accessnow.csv", "stix.json", "misp.json", "dataset.jsonld", "citations.bib"} <= made
    assert "package/datapackage.json" in made
    assert sum(name.startswith("cap/UG-") for name in made) == 10


def test_an_alert_that_says_the_same_is_not_made_again(data: Path, tmp_path: Path) -> None:
    first = files(tmp_path, data)
    again = files(tmp_path, data, SENT + timedelta(hours=1))
    assert {n for n in first if n.startswith("cap/")}
    assert not {n for n in again if n.startswith("cap/")}


def test_a_changed_alert_becomes_an_update_and_the_old_one_is_kept(data: Path, tmp_path: Path) -> None:
    files(tmp_path, data)
    path = min(tmp_path.glob("cap/*.xml"))
    path.write_bytes(path.read_bytes().replace(b"<certainty>Possible", b"<certainty>Unlikely"))
    changed = {n for n in files(tmp_path, data, SENT + timedelta(hours=1)) if n.startswith("cap/")}
    assert len(changed) == 2
    assert b"<msgType>Update" in path.read_bytes()


def test_a_case_that_was_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not built"):
        export_case(UGANDA, tmp_path, tmp_path, ["stix"], sender="a@example.org", sent=SENT)


def test_an_unknown_form_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no form of export"):
        export_case(UGANDA, tmp_path, data, ["docx"], sender="a@example.org", sent=SENT)
