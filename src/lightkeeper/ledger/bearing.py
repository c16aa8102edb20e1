"""Bearing: which asks an incident, or an assurance, is a matter of."""

from __future__ import annotations

from lightkeeper.incidents.services import is_payment, is_platform, is_protocol, is_tool
from lightkeeper.model import Document, Incident
from lightkeeper.model.case import AskWording, Case

SERVICE_KINDS = frozenset({"service_block", "service_drop", "slowdown", "throttling", "circumvention_drop"})
DISRUPTIONS = frozenset({"outage", "allowlisted", "slowdown", "throttling", "decline", "silence", "record"})
VOLUNTEERS = frozenset({"in_country"})
"""The lineage of measurements by volunteers. How many they make says how many of them there are."""


def bears(case: Case, ask: AskWording, incident: Incident) -> bool:
    """Whether an incident bears on an ask.

    A whole outage is a matter of quality and notice, not of single apps. A block of services is one of these services,
    and a disruption to give notice of. A service whose own time lies outside the window does not count.
    """
    services = services_of(incident)
    if ask.services:
        return incident.kind in SERVICE_KINDS and bool(set(ask.services) & set(services))
    if ask.topic == "platforms":
        about = [s for s in services if is_platform(case, s) and not is_payment(case, s)]
        return incident.kind in SERVICE_KINDS - {"circumvention_drop"} and bool(about)
    if ask.topic == "vpn":
        return incident.kind == "circumvention_drop" or any(is_tool(case, s) for s in services)
    if ask.topic == "notice":
        return incident.kind in SERVICE_KINDS | DISRUPTIONS and not is_fewer_volunteers(incident)
    whole = incident.kind in DISRUPTIONS and not any(is_platform(case, s) or is_tool(case, s) for s in services)
    whole = whole and not (is_fewer_volunteers(incident) and "country" not in incident.scopes)
    return whole or any(is_protocol(s) for s in services)


def services_of(incident: Incident) -> list[str]:
    """The services of an incident in the window: each has its own begin and end."""
    return incident.services_in_window if incident.service_times else incident.services


def is_fewer_volunteers(incident: Incident) -> bool:
    """Whether nothing but a fall of volunteers' measurements shows it: that disrupts no service by itself.

    Of a whole country it points at an outage. Of single networks it may be one person who went on holiday.
    """
    fell = incident.kind in ("silence", "decline", "outage")
    return fell and bool(incident.lineages) and set(incident.lineages) <= VOLUNTEERS


def assures(case: Case, ask: AskWording, document: Document) -> bool:
    """Whether an assurance speaks of what an ask is about. One on social media says nothing of VPNs.

    One that names no service is of the internet as people use it, its platforms: VPNs, and services that an ask names,
    have to be named in it.
    """
    services = document.services
    if ask.services:
        return bool(set(ask.services) & set(services))
    if ask.topic == "vpn":
        return any(is_tool(case, s) for s in services)
    return ask.topic == "platforms" and (not services or any(is_platform(case, s) for s in services))
