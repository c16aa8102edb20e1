"""Independent witnesses. Two products of the same collectors are one witness; so is a report on one's own data."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from lightkeeper.model import Document, Event

FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tor": (("tor project", "tor metrics", "tor_users"), ("torproject.org",)),
    "ioda": (("ioda", "internet outage detection", "caida", "internet intelligence lab"), ("caida.org", "gatech.edu")),
    "ooni": (("ooni", "open observatory of network interference"), ("ooni.org", "ooni.io")),
}
"""Publishers and sources that are one witness: names that occur in theirs, and the web domains that are theirs."""

RESTS_ON_ANOTHER = "may_rest_on_the_same_source"
UNVERIFIED = "unverified_at_source"
"""A rule of the source found it, and nobody there has looked: it is shown, and is no witness."""


def measurement_lineages(events: Iterable[Event]) -> list[str]:
    """Lineages of measurement that saw the events, sorted."""
    seen = (event for event in events if UNVERIFIED not in event.flags)
    return sorted({lineage for event in seen for lineage in event.lineages if lineage != "document"})


def silent_lineages(events: Iterable[Event]) -> list[str]:
    """Lineages that were looked at and saw none of the events, sorted."""
    kept = list(events)
    return sorted({lineage for event in kept for lineage in event.lineages_silent} - set(measurement_lineages(kept)))


def independent_documents(documents: Iterable[Document], events: Iterable[Event]) -> list[Document]:
    """Documents that are witnesses of their own: not by the source of an event, and not known to rest on another."""
    theirs = {family for event in events for family in _event_families(event)}
    return [d for d in documents if RESTS_ON_ANOTHER not in d.flags and family_of(d) not in theirs]


def publishers(documents: Iterable[Document]) -> list[str]:
    """Distinct publishers, sorted: two documents by one publisher are one witness."""
    return sorted({d.publisher for d in documents})


def family_of(document: Document) -> str | None:
    """The family of a document: by its publisher, or by its one source where it says that it rests on one."""
    if found := _family(document.publisher):
        return found
    host = (urlsplit(document.url or "").hostname or "").casefold()
    if document.witnesses == 1:
        for family, (_, domains) in FAMILIES.items():
            if any(host == domain or host.endswith(f".{domain}") for domain in domains):
                return family
    return None


def _event_families(event: Event) -> set[str]:
    names = [event.source, *(member.split("/", 1)[0] for member in event.members)]
    return {found for name in names if (found := _family(name))}


def _family(name: str) -> str | None:
    plain = name.casefold()
    return next((f for f, (names, _) in FAMILIES.items() if any(n in plain for n in names)), None)
