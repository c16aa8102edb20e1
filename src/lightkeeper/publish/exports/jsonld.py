"""JSON-LD in schema.org's words: the case as a data set with its incidents, for search engines and archives."""

from __future__ import annotations

from typing import Any

import msgspec

from lightkeeper.model import Incident
from lightkeeper.publish.exports.record import Record, stable_uuid
from lightkeeper.publish.text import clean, safe_url
from lightkeeper.publish.times import iso


def json_ld(record: Record) -> str:
    """The data set. A retracted incident stays, marked as such. Brackets of onset and end give their outer ends."""
    case = record.case
    begin, end = case.window
    data = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"urn:uuid:{stable_uuid('jsonld', case.id)}",
        "identifier": case.id,
        "name": clean(case.title),
        "description": clean(" ".join(case.summary.split())),
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "temporalCoverage": f"{iso(begin)}/{iso(end)}",
        "spatialCoverage": {"@type": "Country", "name": case.country_name, "identifier": case.country},
        "creator": {"@type": "SoftwareApplication", "name": "Lightkeeper", "softwareVersion": record.version},
        "dateModified": record.known_at().date().isoformat(),
        "about": [_event(record, i) for i in sorted(record.incidents, key=lambda i: i.incident_id)],
        "citation": [
            {
                "@type": "CreativeWork",
                "name": clean(d.title),
                "publisher": {"@type": "Organization", "name": clean(d.publisher)},
                **({"url": url} if (url := safe_url(d.url)) else {}),
                **({"datePublished": d.published_on.isoformat()} if d.published_on else {}),
            }
            for d in sorted(record.documents, key=lambda d: d.document_id)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1).decode() + "\n"


def _event(record: Record, incident: Incident) -> dict[str, Any]:
    return {
        "@type": "Event",
        "@id": f"urn:uuid:{stable_uuid('jsonld', record.case.id, incident.incident_id)}",
        "identifier": incident.incident_id,
        "name": clean(incident.title),
        "description": clean(f"{incident.rung}: {incident.rung_reason}"),
        "startDate": iso(incident.onset_earliest),
        **({"endDate": iso(incident.end_latest)} if incident.end_latest else {}),
        "location": [{"@type": "Place", "name": clean(p)} for p in record.places(incident)],
        "keywords": [incident.kind, f"rung:{incident.rung}", *map(clean, incident.services)],
    }
