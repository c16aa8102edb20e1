"""The data package."""

from __future__ import annotations

import hashlib
import json

from frictionless import Package

from lightkeeper.model import Ask, Incident
from lightkeeper.publish.exports.package import datapackage
from publish.exports.export_rows import record

BODIES = {Ask: b"one", Incident: b"two"}


def test_the_descriptor_is_valid() -> None:
    made = json.loads(datapackage(record(), BODIES, ["CC0", "CC BY-NC-SA 4.0"]))
    assert Package.validate_descriptor(made).valid


def test_each_file_has_its_hash_and_each_column_its_meaning() -> None:
    made = json.loads(datapackage(record(), BODIES, []))
    by_name = {r["name"]: r for r in made["resources"]}
    assert by_name["ask"]["hash"] == f"sha256:{hashlib.sha256(b'one').hexdigest()}"
    assert [f["name"] for f in by_name["incident"]["schema"]["fields"]] == [c.name for c in Incident.columns()]
    assert all(f["description"] for f in by_name["incident"]["schema"]["fields"])


def test_licences_of_the_files_travel_with_them() -> None:
    made = json.loads(datapackage(record(), BODIES, ["CC0", "", "CC0"]))
    assert [licence["title"] for licence in made["licenses"]] == ["CC0"]
