"""MISP."""

from __future__ import annotations

import json
import time

from pymisp import MISPEvent

from lightkeeper.publish.exports.misp import misp_event
from publish.exports.export_rows import hostile, record


def test_the_event_is_read_back_by_the_library_with_every_incident() -> None:
    event = MISPEvent()
    event.from_json(misp_event(record()))
    assert len(event.objects) == len(record().incidents)
    assert not event.published


def test_no_attribute_is_an_indicator_to_act_on() -> None:
    for found in json.loads(misp_event(record()))["Event"]["Object"]:
        assert not any(a["to_ids"] for a in found["Attribute"])


def test_the_clock_does_not_show() -> None:
    first = misp_event(record())
    time.sleep(1.1)
    assert misp_event(record()) == first


def test_a_hostile_address_is_no_link() -> None:
    assert "javascript:" not in misp_event(hostile())
