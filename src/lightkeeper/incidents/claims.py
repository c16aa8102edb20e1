"""Claims: what a document claims, and whether two documents claim one thing."""

from __future__ import annotations

from datetime import datetime, timedelta

from lightkeeper.incidents.lineage import is_published_measurement
from lightkeeper.incidents.places import same_place
from lightkeeper.model import Document
from lightkeeper.sources.country_names import part_of_country

NO_INCIDENT = frozenset({"letter", "assurance", "notice", "law"})
"""Kinds of documents that claim no disruption."""
CLAIMS_NEAR = timedelta(days=2)
"""Two documents claim the same block where their onsets lie this near."""
RECORDS_NEAR = timedelta(days=3)
"""Two records of one place are one where their onsets lie this near and they overlap."""
OPEN_DAYS = timedelta(days=2)
"""A record that states no end is taken to last so long."""
HORIZON = timedelta(days=365)
"""What went on when it was written is taken to last so long after it was last said to.

Of 162 blocks of services in Access Now's record of 2016-2025 that have a begin and an end, 160 lasted less than a year.
Of those that went on at the end of a year it counts 147 of 161 again in the next: what lasts is said again.
"""


def denies(document: Document) -> bool:
    """Whether it says that the thing did not happen, or could be reached."""
    return bool({"denies", "says_reachable"} & set(document.flags))


def is_about_services(document: Document) -> bool:
    """Whether it speaks of services and not of a whole network."""
    return document.extent == "service" or bool(document.services)


def first_known(document: Document) -> tuple[datetime, datetime] | None:
    """The bracket of the begin; where nobody says when it began, that of the time at which it was so; or none."""
    if document.onset_earliest is not None:
        return document.onset_earliest, document.onset_latest or document.onset_earliest
    if document.as_of_earliest is not None:
        return document.as_of_earliest, document.as_of_latest or document.as_of_earliest
    return None


def lasting_until(document: Document) -> datetime | None:
    """The last moment at which it is taken to have gone on, where it says that it did: the horizon; else none."""
    if not document.ongoing or (known := first_known(document)) is None:
        return None
    return max(document.as_of_latest or known[1], known[1]) + HORIZON


def lasts(document: Document) -> tuple[datetime, datetime]:
    """From the first moment to the last that a document claims; without an end to the horizon, or two days."""
    known = first_known(document)
    if known is None:
        raise ValueError("a document without a time is matched to nothing")
    if document.end_latest is not None:
        return known[0], document.end_latest
    if until := lasting_until(document):
        return known[0], until
    open_end = known[1] + OPEN_DAYS if document.onset_earliest is not None else known[1]
    return known[0], max(open_end, document.as_of_latest or open_end)


def same_claim(one: Document, other: Document) -> bool:
    """Whether two documents claim one thing: the same place, near onsets, and services in common or none at all.

    What tells a time at which it was so, and no begin, is of whatever went on then.
    """
    return is_near(one, other) or goes_on(one, other)


def is_near(one: Document, other: Document) -> bool:
    """Whether they are of one place and aim, and began near each other."""
    if not _alike(one, other) or one.onset_earliest is None or other.onset_earliest is None:
        return False
    if is_about_services(one) or is_about_services(other):
        return _onset_gap(one, other) <= CLAIMS_NEAR
    return one.extent == other.extent and _overlap(lasts(one), lasts(other)) and _onset_gap(one, other) <= RECORDS_NEAR


def goes_on(one: Document, other: Document) -> bool:
    """Whether they are of one place and aim, and one tells of a time within what the other claims to have gone on."""
    return _alike(one, other) and any(
        tells_a_time(paper) and _overlap(period(paper), lasts(block)) for paper, block in ((one, other), (other, one))
    )


def tells_a_time(document: Document) -> bool:
    """Whether it tells of a time at which it was so, rather than of a begin: an as-of day, or measurements."""
    return document.onset_earliest is None or is_published_measurement(document)


def period(document: Document) -> tuple[datetime, datetime]:
    """The time that such a document tells of: from its first day to its end, or the day as of which it speaks."""
    begin, latest = first_known(document) or lasts(document)
    return begin, document.end_latest or document.as_of_latest or latest


def _alike(one: Document, other: Document) -> bool:
    if one.country != other.country or not _same_scope(one, other):
        return False
    if is_about_services(one) or is_about_services(other):
        return bool(set(one.services) & set(other.services))
    return one.extent == other.extent or not (one.extent and other.extent)


def _overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _same_scope(one: Document, other: Document) -> bool:
    if one.place_type != other.place_type:
        return False
    if one.place_type == "country":
        return True
    if one.place_type == "asn":
        return _asn(one.place or "") == _asn(other.place or "")
    mine, theirs = (part_of_country(d.place or "", d.country) or d.place or "" for d in (one, other))
    return same_place(mine, theirs)


def _asn(text: str) -> str:
    return text.strip().upper().removeprefix("AS")


def _onset_gap(one: Document, other: Document) -> timedelta:
    return gap(*(first_known(one) or lasts(one)), *(first_known(other) or lasts(other)))


def gap(begin: datetime, end: datetime, other_begin: datetime, other_end: datetime) -> timedelta:
    """The time between two brackets; none where they overlap."""
    return max(other_begin - end, begin - other_end, timedelta(0))


LEAST_NETWORKS = 3
"""Published measurements speak for a country where so many networks were measured, and most of them showed it."""


def is_broad(document: Document) -> bool:
    """Whether it was so on most of the networks that measured it, and these were enough."""
    measured, blocked = document.networks_measured or 0, document.networks_blocked or 0
    return measured >= LEAST_NETWORKS and 2 * blocked > measured


def shows_in(document: Document, begin: datetime, end: datetime) -> bool:
    """Whether published measurements, of days in this time, show it on most of the networks that measured it."""
    known = first_known(document)
    if known is None or not is_broad(document):
        return False
    last = document.end_earliest or document.as_of_earliest or known[1]
    first = document.onset_latest or known[0]
    return min(last, end) > max(first, begin) or (first <= end and begin <= known[0] < end)
