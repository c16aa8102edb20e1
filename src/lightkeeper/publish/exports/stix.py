"""STIX 2.1: each incident as an incident object with an extension that carries the ladder, scope and brackets.

The incident object of STIX 2.1 is a stub by itself (section 4.4); what matters here stands in a property extension
(section 7.3). Ids are name-based, times those of the evidence, so the same record makes the same bundle.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import stix2

from lightkeeper.model import Incident
from lightkeeper.publish.exports.record import Record, stable_uuid
from lightkeeper.publish.text import clean, safe_url
from lightkeeper.publish.times import iso

EXTENSION = f"extension-definition--{stable_uuid('stix', 'shutdown-incident')}"
_FIELDS = "rung rung_reason kind scopes networks operators services lineages lineages_silent contrary causes_claimed"


def stix_bundle(record: Record) -> str:
    """A bundle: who made it, the country, the extension's definition, and the incidents with their documents."""
    made = record.known_at()
    who = stix2.Identity(
        id=f"identity--{stable_uuid('stix', 'lightkeeper')}",
        name="Lightkeeper",
        description="A program that joins public measurements with public documents. It names nobody as the cause.",
        identity_class="system",
        created=made,
        modified=made,
    )
    where = stix2.Location(
        id=f"location--{stable_uuid('stix', 'country', record.case.country)}",
        name=record.case.country_name,
        country=record.case.country,
        created=made,
        modified=made,
        created_by_ref=who.id,
    )
    found = [_incident(record, i, who.id) for i in sorted(record.incidents, key=lambda i: i.incident_id)]
    links = [_link(i.id, where.id, i.created, who.id) for i in found]
    bundle = stix2.Bundle(
        id=f"bundle--{stable_uuid('stix', 'bundle', record.case.id)}",
        objects=[who, _definition(who.id), where, *found, *links],
        allow_custom=True,
    )
    return str(bundle.serialize(sort_keys=True, indent=1)) + "\n"


def _incident(record: Record, incident: Incident, who: str) -> Any:
    documents = record.documents_of(incident)
    made = record.known_at(documents)
    return stix2.Incident(
        id=f"incident--{stable_uuid('stix', record.case.id, incident.incident_id)}",
        created=made,
        modified=made,
        created_by_ref=who,
        name=clean(incident.title),
        description=clean(incident.rung_reason),
        revoked=incident.rung == "retracted",
        labels=[incident.kind, f"rung-{incident.rung}"],
        external_references=[
            {"source_name": "lightkeeper", "external_id": incident.incident_id},
            *(
                {
                    "source_name": clean(d.publisher),
                    "description": clean(d.title),
                    "external_id": d.document_id,
                    **({"url": url} if (url := safe_url(d.url)) else {}),
                }
                for d in documents
            ),
        ],
        extensions={EXTENSION: {"extension_type": "property-extension", **_facts(incident)}},
        allow_custom=True,
    )


def _facts(incident: Incident) -> dict[str, Any]:
    times = {n: getattr(incident, n) for n in ("onset_earliest", "onset_latest", "end_earliest", "end_latest")}
    facts = {n: getattr(incident, n) for n in _FIELDS.split()}
    plain = {n: [clean(x) for x in v] if isinstance(v, list) else clean(str(v)) for n, v in facts.items() if v}
    return {**plain, **{n: iso(t) for n, t in times.items() if t is not None}, "ongoing": incident.ongoing}


def _definition(who: str) -> Any:
    made = datetime.fromisoformat("2026-11-25T00:00:00+00:00")
    return stix2.ExtensionDefinition(
        id=EXTENSION,
        created=made,
        modified=made,
        created_by_ref=who,
        name="Shutdown incident",
        description="Rung on the ladder of evidence, brackets of onset and end, scope, witnesses, contrary evidence.",
        schema="JSON Schema, in the source of Lightkeeper: docs/reference/incident.schema.json",
        version="1.0.0",
        extension_types=["property-extension"],
    )


def _link(incident: str, location: str, made: datetime, who: str) -> Any:
    return stix2.Relationship(
        id=f"relationship--{stable_uuid('stix', incident, location)}",
        created=made,
        modified=made,
        created_by_ref=who,
        relationship_type="located-at",
        source_ref=incident,
        target_ref=location,
    )
