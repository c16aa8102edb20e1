"""CAP 1.2: an incident as an alert of the Common Alerting Protocol (OASIS, July 2010), one `info` a language.

An alert is an `Exercise` unless a person says otherwise. A change is an `Update`, a retraction a `Cancel`; both name
the alert that they replace. Times are UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from lxml import etree

from lightkeeper.errors import InputError
from lightkeeper.model import Incident
from lightkeeper.publish.exports.record import Record
from lightkeeper.publish.text import clean, safe_url

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
_CERTAINTY = {"signal": "Possible", "corroborated": "Likely", "confirmed": "Observed", "attributed": "Observed"}
_SENDER = re.compile(r"[^\s,<&]{3,200}")


class Sent(NamedTuple):
    """An alert that was made before: what an update or cancellation refers to."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


def cap_alert(
    record: Record,
    incident: Incident,
    *,
    sender: str,
    sent: datetime,
    status: Status = "Exercise",
    before: Sent | None = None,
) -> bytes:
    """The alert as XML. `before` is the last alert on this incident. Raises InputError for a sender CAP forbids."""
    if not _SENDER.fullmatch(sender):
        raise InputError("a CAP sender has no space, comma, `<` or `&`", remedy="Use an e-mail address or a host name")
    alert = etree.Element("alert", attrib=None, nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    moment = cap_time(sent)
    _put(alert, "identifier", f"{record.case.id}.{incident.incident_id}.{sent.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    _put(alert, "sender", sender)
    _put(alert, "sent", moment)
    _put(alert, "status", status)
    cancelled = incident.rung == "retracted" and before is not None
    _put(alert, "msgType", "Cancel" if cancelled else "Update" if before else "Alert")
    _put(alert, "scope", "Public")
    if status == "Exercise":
        _put(alert, "note", "An exercise: no person has released this as an alert.")
    if before is not None:
        _put(alert, "references", str(before))
    _put(alert, "incidents", incident.incident_id)
    _info(alert, record, incident)
    return bytes(etree.tostring(alert, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def sent_before(xml: bytes) -> Sent:
    """What identifies an alert that was written before. Raises InputError where the bytes are no CAP alert."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise InputError("this is not XML", remedy="Delete the file, so that a new alert is made") from error
    found = [root.findtext(f"{{{NAMESPACE}}}{name}") for name in ("sender", "identifier", "sent")]
    if not all(found):
        raise InputError("this is not a CAP 1.2 alert", remedy="Delete the file, so that a new alert is made")
    return Sent(*(str(value) for value in found))


def cap_time(moment: datetime) -> str:
    """A time as CAP wants it: seconds, and the offset of UTC as `-00:00` (section 3.3.2)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _info(alert: etree._Element, record: Record, incident: Incident) -> None:
    info = etree.SubElement(alert, "info")
    _put(info, "language", "en")
    _put(info, "category", "Infra")
    _put(info, "event", "Internet disruption")
    _put(info, "urgency", "Immediate" if incident.ongoing else "Past" if incident.end_latest else "Unknown")
    whole = "country" in incident.scopes and not incident.services
    _put(info, "severity", "Severe" if whole and incident.rung in ("confirmed", "attributed") else "Unknown")
    _put(info, "certainty", _CERTAINTY.get(incident.rung, "Unknown"))
    _put(info, "onset", cap_time(incident.onset_earliest))
    _put(info, "senderName", "Lightkeeper")
    _put(info, "headline", incident.title[:160])
    said = [incident.rung_reason, *(f"Against it: {c}" for c in incident.contrary)]
    _put(info, "description", " ".join(said))
    if url := next((u for d in record.documents_of(incident) if (u := safe_url(d.url))), None):
        _put(info, "web", url)
    area = etree.SubElement(info, "area")
    _put(area, "areaDesc", "; ".join(record.places(incident)) or record.case.country_name)
    code = etree.SubElement(area, "geocode")
    _put(code, "valueName", "ISO 3166-1")
    _put(code, "value", record.case.country)


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = " ".join(clean(text).split())
