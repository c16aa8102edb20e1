"""What is exported of each shipped case is what its readers' own libraries and published rules accept."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pyarrow.types as pt
import pytest
import stix2
from frictionless import Package
from lxml import etree
from pymisp import MISPEvent

from lightkeeper.publish.exports.cap import NAMESPACE
from lightkeeper.run.build import book_of
from lightkeeper.run.exporting import FORMS, export_case
from lightkeeper.settings import Settings
from places import ROOT

CASES = sorted(path.parent.name for path in ROOT.glob("cases/*/case.toml"))
SENT = datetime(2026, 11, 28, tzinfo=UTC)
TERMS = {
    "Dataset": "@context @type @id identifier name description inLanguage isAccessibleForFree temporalCoverage "
    "spatialCoverage creator dateModified about citation",
    "Event": "@type @id identifier name description startDate endDate location keywords",
    "CreativeWork": "@type name publisher url datePublished",
    "Country": "@type name identifier",
    "Place": "@type name",
    "Organization": "@type name",
    "SoftwareApplication": "@type name softwareVersion",
}
"""Types and properties of https://schema.org that are used; each property is one of its type there."""
_VALUE = r"(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{\})*\})*"
BIBTEX = re.compile(rf"@(?:dataset|misc)\{{(?P<key>[A-Za-z0-9:._-]+),\n(?:  [a-z]+ = \{{{_VALUE}\}},\n)+\}}\n")
RIS = re.compile(r"(?:TY  - (?:DATA|GEN)|(?:ID|TI|AU|DA|UR|Y2)  - \S.*|ER  - )")
TYPES = {
    "string": pt.is_string, "integer": pt.is_integer, "number": pt.is_floating, "boolean": pt.is_boolean,
    "datetime": pt.is_timestamp, "date": pt.is_date, "array": pt.is_list,
}  # fmt: skip
"""Types of Table Schema, each with what holds such values in Parquet."""


class Exported:
    """A case as exported."""

    def __init__(self, name: str, home: Path) -> None:
        settings = Settings(data_dir=home / "data")
        self.book, _ = book_of(ROOT / "cases" / name, settings)
        self.out = home / "out"
        export_case(
            ROOT / "cases" / name, self.out, settings.data_dir, FORMS, sender="alerts@example.org", sent=SENT
        )  # fmt: skip
        self.told = [i for i in self.book.incidents if i.rung != "retracted"]

    def text(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")

    def json(self, name: str) -> Any:
        return json.loads(self.text(name))


@pytest.fixture(scope="module", params=CASES)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(request.param, tmp_path_factory.mktemp(request.param))


def test_stix_is_read_by_its_library_with_every_incident(one: Exported) -> None:
    bundle = stix2.parse(one.text("stix.json"), allow_custom=False)
    ids = {o.id for o in bundle.objects}
    assert sum(o.type == "incident" for o in bundle.objects) == len(one.book.incidents)
    for o in bundle.objects:
        assert o.created.year >= 2021, o.id  # a date that nobody knows would be 1970
        for name in ("created_by_ref", "source_ref", "target_ref"):
            assert o.get(name) is None or o[name] in ids


def test_misp_is_read_by_its_library_and_is_nothing_to_act_on(one: Exported) -> None:
    event = MISPEvent()
    event.load_file(str(one.out / "misp.json"))
    assert len(event.objects) == len(one.book.incidents)
    assert not event.published
    assert not any(a.to_ids for o in event.objects for a in o.attributes)


def test_cap_validates_and_each_alert_is_an_exercise_in_both_languages(one: Exported) -> None:
    schema = etree.XMLSchema(etree.parse(ROOT / "tests" / "data" / "cap" / "CAP-v1.2.xsd"))
    alerts = sorted(one.out.glob("cap/*.xml"))
    assert len(alerts) == sum(i.in_window for i in one.told)
    for path in alerts:
        root = etree.fromstring(path.read_bytes())
        schema.assertValid(root)
        assert root.findtext(f"{{{NAMESPACE}}}status") == "Exercise"
        assert [e.text for e in root.iterfind(f".//{{{NAMESPACE}}}language")] == ["en", "fa"]
        assert {e.text for e in root.iterfind(f".//{{{NAMESPACE}}}urgency")} <= {"Past", "Unknown"}


def _parts(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [part for item in node for part in _parts(item)]
    if isinstance(node, dict):
        return [node, *(part for value in node.values() for part in _parts(value))]
    return []


@pytest.mark.parametrize(("name", "code"), [("dataset.jsonld", "en"), ("dataset.fa.jsonld", "fa")])
def test_json_ld_has_only_words_of_schema_org(one: Exported, name: str, code: str) -> None:
    data = one.json(name)
    assert (data["@context"], data["inLanguage"]) == ("https://schema.org", code)
    for part in _parts(data):
        assert set(part) <= set(TERMS[part["@type"]].split())
        assert all(value or value is False or value == [] for value in part.values()), part
        for key in ("startDate", "endDate"):
            assert key not in part or datetime.fromisoformat(part[key]).tzinfo
        for key in ("dateModified", "datePublished"):
            assert key not in part or date.fromisoformat(part[key])


def test_bibtex_is_a_row_of_entries_with_balanced_braces_and_keys_of_their_own(one: Exported) -> None:
    text = one.text("citations.bib")
    entries = list(BIBTEX.finditer(text))
    assert "\n".join(found[0] for found in entries) == text
    assert len(entries) == 1 + len(one.book.documents) == len({found["key"] for found in entries})


def test_ris_has_one_tag_a_line_and_each_record_ends(one: Exported) -> None:
    lines = (one.out / "citations.ris").read_bytes().decode().split("\r\n")
    assert all(RIS.fullmatch(line) for line in lines if line)
    assert sum(line.startswith("TY") for line in lines) == sum(line == "ER  - " for line in lines)
    assert sum(line.startswith("TY") for line in lines) == 1 + len(one.book.documents)


def test_csl_has_what_its_schema_wants(one: Exported) -> None:
    """https://resource.citationstyles.org/schema/v1.0/input/json/csl-data.json"""
    items = one.json("citations.json")
    for item in items:
        assert {"id", "type"} <= set(item) <= {"id", "type", "title", "author", "issued", "accessed", "URL"}
        assert item["type"] in ("dataset", "document")
        for key in ("issued", "accessed"):
            assert key not in item or date(*item[key]["date-parts"][0])
    assert len({item["id"] for item in items}) == len(items)


def test_the_data_package_describes_the_files_that_are_there(one: Exported) -> None:
    described = one.json("package/datapackage.json")
    assert Package.validate_descriptor(described).valid
    for resource in described["resources"]:
        path = one.out / "package" / resource["path"]
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        rows = pq.read_table(path)
        fields = resource["schema"]["fields"]
        assert rows.schema.names == [f["name"] for f in fields]
        for field in fields:
            column = rows.column(field["name"])
            assert TYPES[field["type"]](column.type), field
            assert not (field.get("constraints", {}).get("required") and column.null_count), field


def test_the_sheet_has_rows_of_all_columns_and_no_formula(one: Exported) -> None:
    rows = list(csv.DictReader(one.text("accessnow.csv").splitlines()))
    assert 0 < len(rows) <= len(one.told)
    for row in rows:
        assert len(row) == 47
        assert None not in row.values()
        assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@"))]
        assert date.fromisoformat(row["start_date"])


def test_an_export_is_the_same_bytes_each_time(one: Exported, tmp_path: Path) -> None:
    data = one.out.parent / "data"
    export_case(ROOT / "cases" / one.book.case.id, tmp_path, data, FORMS, sender="alerts@example.org", sent=SENT)
    for path in one.out.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(one.out)).read_bytes() == path.read_bytes(), path
