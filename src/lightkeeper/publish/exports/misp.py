"""MISP: one event a case, one object `internet-disruption` an incident. A person publishes it, never we."""

from __future__ import annotations

import json
import warnings
from typing import Any

from pymisp import MISPEvent, MISPObject

from lightkeeper.model import Incident
from lightkeeper.publish.exports.record import Record, stable_uuid
from lightkeeper.publish.text import clean, safe_url
from lightkeeper.publish.times import iso

OBJECT = "internet-disruption"
_TEXTS = ("rung", "rung_reason", "kind")
_LISTS = ("scopes", "networks", "operators", "services", "lineages", "contrary", "causes_claimed")
_TIMES = ("onset_earliest", "onset_latest", "end_earliest", "end_latest")
_TO_IDS_NEVER = {"to_ids": False, "disable_correlation": True}
"""Nothing in a record is an indicator to act on by machine, and the words of two records never correlate."""


def misp_event(record: Record) -> str:
    """The case as a MISP event in JSON (MISP core format), with a link for each document."""
    event = MISPEvent()
    made = record.known_at()
    event.uuid = str(stable_uuid("misp", record.case.id))
    event.info = clean(record.case.title)
    event.date = record.case.event.day
    event.timestamp = int(made.timestamp())
    event.analysis = 1
    event.threat_level_id = 4
    event.distribution = 0
    event.add_tag("tlp:clear")
    for incident in sorted(record.incidents, key=lambda i: i.incident_id):
        event.add_object(_object(record, incident))
    plain = _without_clock(json.loads(event.to_json(sort_keys=True)), int(made.timestamp()))
    return json.dumps({"Event": plain}, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _object(record: Record, incident: Incident) -> MISPObject:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the template is ours, so pymisp cannot look it up
        made = MISPObject(OBJECT, strict=False)
    made.uuid = str(stable_uuid("misp", record.case.id, incident.incident_id))
    made.template_uuid = str(stable_uuid("misp", "template", OBJECT))
    made.template_version = "1"
    made.distribution = 0
    made.comment = clean(incident.title)
    _add(made, incident, "incident-id", incident.incident_id)
    for name in _TEXTS:
        _add(made, incident, name, getattr(incident, name))
    for name in _LISTS:
        for value in getattr(incident, name):
            _add(made, incident, name, value)
    for name in _TIMES:
        if (moment := getattr(incident, name)) is not None:
            _add(made, incident, name, iso(moment), kind="datetime")
    for document in record.documents_of(incident):
        if (url := safe_url(document.url)) is not None:
            _add(made, incident, "document", url, kind="link", comment=f"{document.publisher}: {document.title}")
    return made


def _add(made: MISPObject, incident: Incident, name: str, value: str, kind: str = "text", comment: str = "") -> None:
    made.add_attribute(
        name.replace("_", "-"),
        type=kind,
        value=clean(value),
        category="External analysis" if kind == "link" else "Other",
        comment=clean(comment),
        uuid=str(stable_uuid("misp", incident.incident_id, name, value)),
        **_TO_IDS_NEVER,
    )


def _without_clock(value: Any, made: int) -> Any:
    """The same with every time stamp that the library took from the clock set to that of the record."""
    if isinstance(value, dict):
        return {k: str(made) if k == "timestamp" else _without_clock(v, made) for k, v in value.items()}
    return [_without_clock(v, made) for v in value] if isinstance(value, list) else value
