"""JSON-LD in schema.org's words: the case as a data set with its incidents, for search engines and archives."""

from __future__ import annotations

from typing import Any

import msgspec

from lightkeeper.model import Incident
from lightkeeper.publish.exports.record import Record, stable_uuid
from lightkeeper.publish.languages import ENGLISH, Language
from lightkeeper.publish.text import clean, safe_url, spaced
from lightkeeper.publish.times import iso
from lightkeeper.publish.tongue import Tongue


def json_ld(record: Record, language: Language = ENGLISH) -> str:
    """The data set. A retracted incident stays, marked as such. Brackets of onset and end give their outer ends.

    Ids are the same in each language: it is one data set.
    """
    record, say = record.editions[language.code]
    case = record.case
    begin, end = case.window
    data = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": f"urn:uuid:{stable_uuid('jsonld', case.id)}",
        "identifier": case.id,
        "name": clean(case.title),
        "description": clean(" ".join(case.summary.split())),
        "inLanguage": say.code,
        "isAccessibleForFree": True,
        "temporalCoverage": f"{iso(begin)}/{iso(end)}",
        "spatialCoverage": {"@type": "Country", "name": clean(case.country_name), "identifier": case.country},
        "creator": {"@type": "SoftwareApplication", "name": "Lightkeeper", "softwareVersion": record.version},
        **({"dateModified": known.isoformat()} if (known := record.known_on()) else {}),
        "about": [_event(record, i, say) for i in sorted(record.incidents, key=lambda i: i.incident_id)],
        "citation": [
            {
                "@type": "CreativeWork",
                "name": clean(d.title),
                "publisher": {"@type": "Organization", "name": _told(d.publisher, say)},
                **({"url": url} if (url := safe_url(d.url)) else {}),
                **({"datePublished": d.published_on.isoformat()} if d.published_on else {}),
            }
            for d in sorted(record.documents, key=lambda d: d.document_id)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1).decode() + "\n"


def _told(text: str, say: Tongue) -> str:
    return clean(say.tell_plain(spaced(clean(text))))


def _event(record: Record, incident: Incident, say: Tongue) -> dict[str, Any]:
    return {
        "@type": "Event",
        "@id": f"urn:uuid:{stable_uuid('jsonld', record.case.id, incident.incident_id)}",
        "identifier": incident.incident_id,
        "name": _told(incident.title, say),
        "description": f"{say.term(incident.rung)}: {_told(incident.rung_reason, say)}",
        "startDate": iso(incident.onset_earliest),
        **({"endDate": iso(incident.end_latest)} if incident.end_latest else {}),
        "location": [{"@type": "Place", "name": _told(p, say)} for p in record.places(incident)],
        "keywords": [incident.kind, f"rung:{incident.rung}", *map(clean, incident.services)],
    }
