"""A built case leaves the house in every form."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from lightkeeper.errors import InputError
from lightkeeper.model import Incident
from lightkeeper.publish.exports.cap import NAMESPACE
from lightkeeper.run.build import build_case
from lightkeeper.run.exporting import FORMS, export_case
from lightkeeper.settings import Settings
from lightkeeper.store.lake import Lake
from places import ROOT

UGANDA = ROOT / "cases" / "uganda-2021-election"
SENT = datetime(2026, 11, 25, tzinfo=UTC)


def texts_of(xml: bytes, name: str) -> list[str]:
    return [e.text or "" for e in etree.fromstring(xml).iterfind(f".//{{{NAMESPACE}}}{name}")]


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
    assert sum(name.startswith("cap/UG-") for name in made) == 8


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


def without(data: Path, tmp_path: Path, gone: str) -> Path:
    """The same tables without one incident."""
    copy = tmp_path / "other"
    shutil.copytree(data / "tables", copy / "tables")
    lake = Lake(copy / "tables")
    case = UGANDA.name
    lake.write(Incident, [i for i in lake.read(Incident, case) if i.incident_id != gone], part=case)
    return copy


def test_an_incident_that_is_gone_from_the_record_is_cancelled_once(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files(out, data)
    gone = sorted(out.glob("cap/*.xml"))[2]
    told = texts_of(gone.read_bytes(), "headline")
    other = without(data, tmp_path, texts_of(gone.read_bytes(), "incidents")[0])
    made = {n for n in files(out, other, SENT + timedelta(hours=1)) if n.startswith("cap/")}
    assert len(made) == 2
    assert f"cap/{gone.name}" in made
    assert texts_of(gone.read_bytes(), "msgType") == ["Cancel"]
    assert texts_of(gone.read_bytes(), "headline") == told
    assert not {n for n in files(out, other, SENT + timedelta(hours=2)) if n.startswith("cap/")}
    files(out, data, SENT + timedelta(hours=3))
    assert texts_of(gone.read_bytes(), "msgType") == ["Alert"]
    assert texts_of(gone.read_bytes(), "references") == []


def test_alerts_of_another_case_in_the_folder_are_left_alone(data: Path, tmp_path: Path) -> None:
    files(tmp_path, data)
    path = min(tmp_path.glob("cap/*.xml"))
    other = tmp_path / "cap" / "other.xml"
    other.write_bytes(path.read_bytes().replace(b"<identifier>uganda-2021-election.", b"<identifier>another-case."))
    before = other.read_bytes()
    files(tmp_path, data, SENT + timedelta(hours=1))
    assert other.read_bytes() == before


def test_an_exercise_does_not_change_an_actual_alert(data: Path, tmp_path: Path) -> None:
    export_case(UGANDA, tmp_path, data, ["cap"], sender="a@example.org", sent=SENT, status="Actual")
    with pytest.raises(InputError, match="--status Actual"):
        files(tmp_path, data, SENT + timedelta(hours=1))


def test_every_alert_and_data_set_has_persian(data: Path, tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(ROOT / "tests" / "data" / "cap" / "CAP-v1.2.xsd"))
    files(tmp_path, data)
    for path in tmp_path.glob("cap/*.xml"):
        schema.assertValid(etree.fromstring(path.read_bytes()))
        assert texts_of(path.read_bytes(), "language") == ["en", "fa"]
    for name, code in (("dataset.jsonld", "en"), ("dataset.fa.jsonld", "fa")):
        assert json.loads((tmp_path / name).read_bytes())["inLanguage"] == code


def test_a_file_that_is_no_alert_is_named(data: Path, tmp_path: Path) -> None:
    files(tmp_path, data)
    path = min(tmp_path.glob("cap/*.xml"))
    path.write_text("<a/>")
    with pytest.raises(InputError, match=path.name):
        files(tmp_path, data)


def test_a_case_that_was_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not built"):
        export_case(UGANDA, tmp_path, tmp_path, ["stix"], sender="a@example.org", sent=SENT)


def test_an_unknown_form_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no form of export"):
        export_case(UGANDA, tmp_path, data, ["docx"], sender="a@example.org", sent=SENT)
