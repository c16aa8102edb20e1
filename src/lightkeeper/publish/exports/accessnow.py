"""Access Now's columns: each incident as a row of their #KeepItOn STOP sheet (2016-2025), as CSV for a spreadsheet.

Codes are theirs, as their sheet uses them. What is not on record is `Unknown` or empty, never `No`. `Shutdown` says
that somebody meant it, which no measurement shows: it stands only where a document speaks of the incident. Text that a
spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta

from lightkeeper.model import Document, Incident
from lightkeeper.publish.exports.record import Record
from lightkeeper.publish.text import csv_field

COLUMNS = (
    "start_date_type start_date country geo_scope area_name shutdown_type affected_network shutdown_extent ordered_by "
    "decision_maker actual_cause actual_cause_details info_source info_source_link shutdown_status end_date duration "
    "gov_justification gov_just_details gov_ack legal_just legal_method gov_ack_source gov_ack_quote facebook_affected "
    "twitter_affected whatsapp_affected instagram_affected telegram_affected other_affected sms_affected "
    "phonecall_affected telcos_involved telco_ack telco_ack_source telco_ack_quote election violence hr_abuse_reported "
    "users_targeted users_target_detail users_notified econ_impact event an_link region count_year"
).split()
_COLUMN_OF = {
    "facebook": "facebook_affected",
    "twitter": "twitter_affected",
    "whatsapp": "whatsapp_affected",
    "instagram": "instagram_affected",
    "telegram": "telegram_affected",
    "sms": "sms_affected",
}
_NO_SHUTDOWN = frozenset({"decline", "silence"})
"""Kinds that are no row of a list of shutdowns, unless a document says otherwise."""
_OF_SERVICES = frozenset({"service_block", "service_drop", "circumvention_drop"})
_SCOPES = {
    "country": "It affected locations in more than one state, province, or region",
    "region": "It affected more than one city in the same state, province, or region",
    "city": "It only affected one city, county, or village",
}


def accessnow_csv(record: Record) -> str:
    """One row an incident that is not retracted, by onset, under Access Now's column names.

    Fewer measurements, and a slow decline, are left out where no document speaks of them.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for incident in sorted(record.incidents, key=lambda i: (i.onset_latest, i.incident_id)):
        documents = record.documents_of(incident)
        if incident.rung != "retracted" and (documents or incident.kind not in _NO_SHUTDOWN):
            row = _row(record, incident, documents)
            writer.writerow([csv_field(row.get(name, "")) for name in COLUMNS])
    return out.getvalue()


def _row(record: Record, incident: Incident, documents: Sequence[Document]) -> dict[str, str]:
    zone = record.case.zone
    width = incident.onset_latest - incident.onset_earliest
    first = (incident.onset_earliest + width / 2).astimezone(zone).date()
    last = incident.end_latest.astimezone(zone).date() if incident.end_latest else None
    return {
        "start_date_type": "Actual" if width <= timedelta(days=1) else "Estimated",
        "start_date": first.isoformat(),
        "country": record.case.country_name,
        "geo_scope": _geo_scope(incident),
        "area_name": "; ".join("Nationwide" if p == record.case.country_name else p for p in record.places(incident)),
        "shutdown_type": _type(incident, documents),
        "affected_network": ", ".join(
            name for kind, name in (("fixed", "Broadband"), ("mobile", "Mobile")) if kind in incident.networks
        )
        or "Unknown",
        "shutdown_extent": "Service-based" if incident.services or incident.kind in _OF_SERVICES else "Full network",
        "ordered_by": "Unknown",
        "decision_maker": "; ".join(dict.fromkeys(d.ordered_by for d in documents if d.ordered_by)),
        "actual_cause": "Unknown",
        "actual_cause_details": "; ".join(incident.causes_claimed),
        "info_source": "Other",
        "info_source_link": "; ".join(dict.fromkeys(d.url for d in documents if d.url)),
        "shutdown_status": "Ongoing" if incident.ongoing else "Ended" if last else "Unknown",
        "end_date": last.isoformat() if last else "",
        "duration": str((last - first).days + 1) if last else "",
        "gov_ack": _said(d.acknowledged for d in documents),
        "legal_just": "Unknown",
        **_services(incident),
        "telcos_involved": ", ".join(_operators(record, incident)),
        "telco_ack": "Unknown",
        "election": _said(d.election for d in documents),
        "violence": "Unknown",
        "hr_abuse_reported": "Unknown",
        "users_notified": _said(d.users_notified for d in documents),
        "event": f"{incident.title} ({incident.rung}: {incident.rung_reason})",
        "count_year": str(first.year),
    }


def _type(incident: Incident, documents: Sequence[Document]) -> str:
    """Measurement shows disruption, never intention: without a document nobody calls it a shutdown."""
    if not documents:
        return "Unknown"
    return "Throttle" if incident.kind in ("slowdown", "throttling") else "Shutdown"


def _geo_scope(incident: Incident) -> str:
    kinds = {scope.partition(":")[0] for scope in incident.scopes}
    return next((words for kind, words in _SCOPES.items() if kind in kinds), "Not sure")


def _services(incident: Incident) -> dict[str, str]:
    """`Yes` for what is named. Of a whole cut and of what nobody names the sheet's `No` would be a claim: `Unknown`."""
    named = {column: "Yes" if service in incident.services else "Unknown" for service, column in _COLUMN_OF.items()}
    others = [s for s in incident.services if s not in _COLUMN_OF]
    return {**named, "other_affected": ", ".join(others), "phonecall_affected": "Unknown"}


def _operators(record: Record, incident: Incident) -> list[str]:
    names = {o.id: o.name for o in record.case.operators}
    return [f"{record.case.country_name}: {names.get(o, o)}" for o in incident.operators]


def _said(values: Iterable[bool | None]) -> str:
    """`Yes` or `No` where the documents agree, else `Unknown`."""
    found = {v for v in values if v is not None}
    return {True: "Yes", False: "No"}[found.pop()] if len(found) == 1 else "Unknown"
