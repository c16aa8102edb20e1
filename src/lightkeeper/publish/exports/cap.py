"""CAP 1.2: an incident as an alert of the Common Alerting Protocol (OASIS, July 2010), one `info` a language.

An alert is an `Exercise` unless a person says otherwise. A change is an `Update`; a retraction, or an incident that is
no longer in the record, a `Cancel`. Both name the alert that they replace. What comes after a `Cancel` is a new alert.
Times are UTC.
"""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from lxml import etree

from lightkeeper.errors import InputError
from lightkeeper.model import Incident
from lightkeeper.publish.catalogue import messages
from lightkeeper.publish.exports.record import Record
from lightkeeper.publish.languages import WHOLE
from lightkeeper.publish.text import clean, one_line, safe_url, spaced
from lightkeeper.publish.tongue import Tongue, n_

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
_CERTAINTY = {"signal": "Possible", "corroborated": "Likely", "confirmed": "Observed", "attributed": "Observed"}
GONE = n_("This alert is withdrawn: the record no longer holds the incident that it spoke of.")
LONGEST_HEADLINE = 160
"""Characters that the standard advises as the most for a headline."""
_SENDER = re.compile(r"[^\s,<&]{3,200}")


class Sent(NamedTuple):
    """An alert that was made before: what an update or cancellation refers to."""

    sender: str
    identifier: str
    sent: str
    status: str
    kind: str
    """Alert, Update or Cancel."""
    incident_id: str

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
    if before is not None and before.kind == "Cancel" and incident.rung != "retracted":
        before = None
    kind = "Alert" if before is None else "Cancel" if incident.rung == "retracted" else "Update"
    alert = _alert(record.case.id, incident.incident_id, sender, sent, status, kind, before)
    for said, say in record.editions.values():
        _info(alert, said, say, incident, _urgency(record, incident, sent))
    return _written(alert)


def cap_cancel(case_id: str, before: bytes, *, sender: str, sent: datetime) -> bytes:
    """The cancellation of an alert whose incident is gone from the record, with what the alert said of it, as past."""
    old = sent_before(before)
    alert = _alert(case_id, old.incident_id, sender, sent, old.status, "Cancel", old)
    for info in _parsed(before).findall(f"{{{NAMESPACE}}}info"):
        copied = deepcopy(info)
        code = copied.findtext(f"{{{NAMESPACE}}}language") or ""
        said = {"urgency": "Past", "severity": "Unknown", "certainty": "Unknown", "description": _withdrawn(code)}
        for name, text in said.items():
            if (part := copied.find(f"{{{NAMESPACE}}}{name}")) is not None:
                part.text = text
        alert.append(copied)
    return _written(alert)


def sent_before(xml: bytes) -> Sent:
    """What identifies an alert that was written before. Raises InputError where the bytes are no CAP alert."""
    root = _parsed(xml)
    names = ("sender", "identifier", "sent", "status", "msgType", "incidents")
    found = [root.findtext(f"{{{NAMESPACE}}}{name}") for name in names]
    if not all(found):
        raise InputError("this is not a CAP 1.2 alert", remedy="Delete the file, so that a new alert is made")
    return Sent(*(str(value) for value in found))


def _withdrawn(code: str) -> str:
    return messages(code).get((None, GONE), GONE) if code in {one.code for one in WHOLE} - {"en"} else GONE


def _alert(
    case_id: str, incident_id: str, sender: str, sent: datetime, status: str, kind: str, before: Sent | None
) -> etree._Element:
    """The head of an alert, up to what it says."""
    if not _SENDER.fullmatch(sender):
        raise InputError("a CAP sender has no space, comma, `<` or `&`", remedy="Use an e-mail address or a host name")
    alert = etree.Element("alert", attrib=None, nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    _put(alert, "identifier", f"{case_id}.{incident_id}.{sent.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    _put(alert, "sender", sender)
    _put(alert, "sent", cap_time(sent))
    _put(alert, "status", status)
    _put(alert, "msgType", kind)
    _put(alert, "scope", "Public")
    if status == "Exercise":
        _put(alert, "note", "An exercise: no person has released this as an alert.")
    if before is not None:
        _put(alert, "references", str(before))
    _put(alert, "incidents", incident_id)
    return alert


def _written(alert: etree._Element) -> bytes:
    etree.indent(alert)
    return bytes(etree.tostring(alert, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _parsed(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise InputError("this is not XML", remedy="Delete the file, so that a new alert is made") from error


def cap_time(moment: datetime) -> str:
    """A time as CAP wants it: seconds, and the offset of UTC as `-00:00` (section 3.3.2)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _urgency(record: Record, incident: Incident, sent: datetime) -> str:
    """What goes on is urgent while its days are watched; afterwards nobody here knows whether it still does."""
    if incident.ongoing:
        return "Immediate" if sent < record.case.window[1] else "Unknown"
    return "Past" if incident.end_latest else "Unknown"


def _info(alert: etree._Element, record: Record, say: Tongue, incident: Incident, urgency: str) -> None:
    info = etree.SubElement(alert, "info")
    _put(info, "language", say.code)
    _put(info, "category", "Infra")
    _put(info, "event", say.word("Internet disruption"))
    _put(info, "urgency", urgency)
    whole = "country" in incident.scopes and not incident.services
    _put(info, "severity", "Severe" if whole and incident.rung in ("confirmed", "attributed") else "Unknown")
    _put(info, "certainty", _CERTAINTY.get(incident.rung, "Unknown"))
    _put(info, "onset", cap_time(incident.onset_earliest))
    _put(info, "senderName", "Lightkeeper")
    title = _told(incident.title, say)
    _say(info, "headline", title if len(title) <= LONGEST_HEADLINE else one_line(title, LONGEST_HEADLINE))
    against = (f"{say.word('Against it:')} {_told(c, say)}" for c in incident.contrary)
    _say(info, "description", " ".join([_told(incident.rung_reason, say), *against]))
    if url := next((u for d in record.documents_of(incident) if (u := safe_url(d.url))), None):
        _put(info, "web", url)
    area = etree.SubElement(info, "area")
    places = record.places(incident) or [record.case.country_name]
    _say(area, "areaDesc", "; ".join(_told(place, say) for place in places))
    code = etree.SubElement(area, "geocode")
    _put(code, "valueName", "ISO 3166-1")
    _put(code, "value", record.case.country)


def _told(sentence: str, say: Tongue) -> str:
    return say.tell_isolated(spaced(clean(sentence)))


def _put(parent: etree._Element, name: str, text: str) -> None:
    _say(parent, name, clean(text))


def _say(parent: etree._Element, name: str, text: str) -> None:
    """Text that was cleaned before, and may hold the signs that keep a direction to itself."""
    etree.SubElement(parent, name).text = spaced(text)
