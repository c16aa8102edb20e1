"""Claims: what a document claims, and whether two documents claim one thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lightkeeper.incidents.places import same_place
from lightkeeper.model import Document

NO_INCIDENT = frozenset({"letter", "assurance", "notice"})
"""Kinds of documents that claim no disruption."""
CLAIMS_NEAR = timedelta(days=2)
"""Two documents claim the same block where their onsets lie this near."""
RECORDS_NEAR = timedelta(days=3)
"""Two records of one place are one where their onsets lie this near and they overlap."""
OPEN_DAYS = timedelta(days=2)
"""A record that states no end is taken to last so long."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


def denies(document: Document) -> bool:
    """Whether it says that the thing did not happen, or could be reached."""
    return bool({"denies", "says_reachable"} & set(document.flags))


def is_about_services(document: Document) -> bool:
    """Whether it speaks of services and not of a whole network."""
    return document.extent == "service" or bool(document.services)


def same_claim(one: Document, other: Document) -> bool:
    """Whether two documents claim one thing: the same place, near onsets, and services in common or none at all."""
    if one.country != other.country or not _same_scope(one, other):
        return False
    if is_about_services(one) or is_about_services(other):
        return bool(set(one.services) & set(other.services)) and _onset_gap(one, other) <= CLAIMS_NEAR
    overlap = _window(one)[0] <= _window(other)[1] and _window(other)[0] <= _window(one)[1]
    return one.extent == other.extent and overlap and _onset_gap(one, other) <= RECORDS_NEAR


def _window(document: Document) -> tuple[datetime, datetime]:
    """From the onset to the end that a document claims; where it names none, to two days after the onset."""
    begin = _need(document.onset_earliest)
    if document.end_latest is not None:
        return begin, document.end_latest
    return begin, _FOREVER if document.ongoing else (document.onset_latest or begin) + OPEN_DAYS


def _same_scope(one: Document, other: Document) -> bool:
    if one.place_type != other.place_type:
        return False
    if one.place_type == "country":
        return True
    if one.place_type == "asn":
        return _asn(one.place or "") == _asn(other.place or "")
    return same_place(one.place or "", other.place or "")


def _asn(text: str) -> str:
    return text.strip().upper().removeprefix("AS")


def _onset_gap(one: Document, other: Document) -> timedelta:
    a, b = _need(one.onset_earliest), _need(other.onset_earliest)
    return gap(a, one.onset_latest or a, b, other.onset_latest or b)


def gap(begin: datetime, end: datetime, other_begin: datetime, other_end: datetime) -> timedelta:
    """The time between two brackets; none where they overlap."""
    return max(other_begin - end, begin - other_end, timedelta(0))


def _need(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a document without an onset is matched to nothing")
    return moment
