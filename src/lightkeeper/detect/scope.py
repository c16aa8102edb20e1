"""Scope: who is hit, told from the series that moved and from those that did not."""

from __future__ import annotations

from collections.abc import Sequence

from lightkeeper.detect.changes import Change
from lightkeeper.signals.naming import MOBILE, Named

WIDE = 0.6
"""A change of this share of the regions, counties or networks that were looked at is nationwide."""
LEAST_WIDE = 3
"""Fewer places than this never stand for a country."""
LEAST_LINEAGES = 2
"""Lineages without which series of a whole country, and no places in it, do not tell that the country was hit."""
ONE_WITNESS = "one_witness"
"""The scope where series of one lineage alone speak for a country: the event is of those series. How far it fell says
nothing: a source that breaks falls to nothing."""


def kind_of(changes: Sequence[Change], moved: Sequence[Named]) -> str:
    """outage, slowdown, circumvention_drop, circumvention_rise, blocking, silence, service_drop, decline or rise.

    A slowdown is called throttling by its controls alone; see `throttling`.
    """
    kinds = {c.kind for c in changes}
    if kinds == {"blocked"} or ("blocked" in kinds and all(n.target or n.is_vpn for n in moved)):
        return "blocking"
    if kinds == {"silence"}:
        return "silence"
    around = all(n.lineage == "circumvention" for n in moved)
    if kinds == {"rise"} and not any(n.is_delay for n in moved):
        return "circumvention_rise" if around else "rise"
    if all(n.is_speed or n.is_delay for n in moved):
        return "slowdown"
    if around:
        return "circumvention_drop"
    if all(n.target for n in moved):
        return "service_drop"
    return "decline" if kinds == {"slow"} else "outage"


def scope_of(moved: Sequence[Named], stayed: Sequence[Named]) -> str:
    """vpn, service, mobile, operator, regional, national, one_witness, or unknown where the names do not tell.

    A narrow scope is said only where something that would have moved with a wider one was looked at and did not. The
    widest is said only where two lineages moved, or so many places that they stand for the country: series of one
    lineage are one witness, and one witness may be wrong.
    """
    others = [n for n in stayed if not n.target and n.lineage != "circumvention"]
    if all(n.is_vpn for n in moved) and (others or [n for n in stayed if n.target and not n.is_vpn]):
        return "vpn"
    if all(n.target for n in moved) and (stayed or len({n.target for n in moved}) == 1):
        return "service"
    within = _by_networks(moved, stayed) or _by_places(moved, stayed)
    if any(n.entity_type == "country" for n in moved):
        return "national" if within == "national" else _by_witnesses(moved)
    return within


def _by_witnesses(moved: Sequence[Named]) -> str:
    known = {n.lineage for n in moved} - {"unknown"}
    return "national" if len(known) >= LEAST_LINEAGES else ONE_WITNESS


def _by_networks(moved: Sequence[Named], stayed: Sequence[Named]) -> str | None:
    networks = {n.entity for n in moved if n.entity_type == "asn"}
    if not networks:
        return None
    calm = {n.entity for n in stayed if n.entity_type == "asn"} - networks
    if all(n.words & MOBILE for n in moved) and calm:
        return "mobile"
    if len(networks) >= LEAST_WIDE and len(networks) >= WIDE * (len(networks) + len(calm)):
        return "national"
    return "operator"


def _by_places(moved: Sequence[Named], stayed: Sequence[Named]) -> str:
    places = {n.entity for n in moved if n.entity_type in ("region", "county")}
    if not places:
        return "unknown" if any(n.entity_type == "series" for n in stayed) else _by_witnesses(moved)
    calm = {n.entity for n in stayed if n.entity_type in ("region", "county")} - places
    if len(places) >= LEAST_WIDE and len(places) >= WIDE * (len(places) + len(calm)):
        return "national"
    return "regional"
