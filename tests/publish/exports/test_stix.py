"""STIX 2.1."""

from __future__ import annotations

import json

import stix2

from lightkeeper.publish.exports.stix import EXTENSION, stix_bundle
from publish.exports.export_rows import HOSTILE, hostile, record


def test_the_bundle_is_read_back_by_the_library_and_holds_every_incident() -> None:
    bundle = stix2.parse(stix_bundle(record()), allow_custom=True)
    incidents = [o for o in bundle.objects if o["type"] == "incident"]
    assert len(incidents) == len(record().incidents)
    assert {o["type"] for o in bundle.objects} >= {"identity", "extension-definition", "location", "relationship"}


def test_the_ladder_and_the_brackets_stand_in_the_extension() -> None:
    objects = json.loads(stix_bundle(record()))["objects"]
    for incident in (o for o in objects if o["type"] == "incident"):
        facts = incident["extensions"][EXTENSION]
        assert facts["extension_type"] == "property-extension"
        assert facts["rung"] in incident["labels"][1]
        assert facts["onset_earliest"] <= facts["onset_latest"]


def test_a_retracted_incident_is_revoked_and_not_left_out() -> None:
    objects = json.loads(stix_bundle(record()))["objects"]
    revoked = [o for o in objects if o["type"] == "incident" and o.get("revoked")]
    assert len(revoked) == sum(i.rung == "retracted" for i in record().incidents) > 0


def test_the_same_record_makes_the_same_bytes() -> None:
    assert stix_bundle(record()) == stix_bundle(record())


def test_hostile_words_neither_break_it_nor_become_links() -> None:
    text = stix_bundle(hostile())
    assert stix2.parse(text, allow_custom=True)
    assert "javascript:" not in text
    assert "\u202e" in HOSTILE
    assert "\\u202e" not in text
