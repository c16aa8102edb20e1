"""JSON-LD."""

from __future__ import annotations

import json

from lightkeeper.publish.exports.jsonld import json_ld
from publish.exports.export_rows import hostile, record


def test_the_data_set_names_its_time_place_and_incidents() -> None:
    data = json.loads(json_ld(record()))
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Dataset")
    assert data["spatialCoverage"]["identifier"] == "XA"
    assert len(data["about"]) == len(record().incidents)
    assert data["citation"][0]["url"] == "https://example.org/statement"


def test_an_incident_without_an_end_has_none() -> None:
    whole = record()
    (open_one,) = [i for i in whole.incidents if i.end_latest is None]
    events = {e["identifier"]: e for e in json.loads(json_ld(whole))["about"]}
    assert "endDate" not in events[open_one.incident_id]


def test_a_hostile_address_is_left_out() -> None:
    assert "javascript:" not in json_ld(hostile())
