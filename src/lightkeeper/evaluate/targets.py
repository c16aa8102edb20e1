"""Targets: published findings as things that a detector can be held to.

The labels are OONI's, one event a record (`labels/events.json`): a country, networks where they are named, domains, an
onset and an end as brackets. A record becomes a truth about the series whose names it fits; none is made up for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.evaluate.truth import Moved, Span, Truth

ASNS_MAX, DOMAINS_MAX, TEXT_MAX = 1000, 1000, 300
BLOCKED = 1.0
"""Depth of a block whose share nobody has measured."""
TOLERANCE_STEPS = 24
"""Findings are dated to the day."""
_COUNTRY = re.compile(r"^[A-Z]{2}$")
_DOMAIN = re.compile(r"^[a-z0-9.-]{1,253}$")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One published finding. Times are UTC; an end that is not known is none."""

    name: str
    title: str
    country: str
    asns: tuple[int, ...]
    """Networks that the finding names; none for all of the country, or for not known."""
    domains: tuple[str, ...]
    onset_earliest: datetime
    onset_latest: datetime
    end: datetime | None
    url: str


class _Label(msgspec.Struct):
    event_id: str
    title: str = ""
    probe_cc: str = ""
    asn_scope: list[int] = []
    target_set: list[str] = []
    onset_earliest: str | None = None
    onset_latest: str | None = None
    resolution_latest: str | None = None
    source_urls: list[str] = []


class _Labels(msgspec.Struct):
    events: list[msgspec.Raw]


def targets(data: bytes) -> tuple[list[Target], list[tuple[str, str]]]:
    """The targets of a file of labels; and the records that are none, and why. Raises InputError for another file."""
    try:
        records = msgspec.json.decode(data, type=_Labels).events
    except msgspec.DecodeError as error:
        raise InputError(f"not a file of labelled events: {error}", remedy="Give OONI's labels/events.json") from error
    found: list[Target] = []
    aside: list[tuple[str, str]] = []
    for number, raw in enumerate(records, 1):
        try:
            found.append(_target(msgspec.json.decode(raw, type=_Label)))
        except (msgspec.DecodeError, ValueError) as error:
            aside.append((f"event {number}", str(error)[:TEXT_MAX]))
    return found, aside


def _target(label: _Label) -> Target:
    if not _COUNTRY.match(label.probe_cc):
        raise ValueError("it names no country")
    domains = tuple(d for d in label.target_set[:DOMAINS_MAX] if _DOMAIN.match(d))
    if not domains:
        raise ValueError("it names no domain")
    if label.onset_earliest is None:
        raise ValueError("it has no onset")
    earliest = _time(label.onset_earliest)
    latest = _time(label.onset_latest) if label.onset_latest else earliest + timedelta(days=1)
    end = _time(label.resolution_latest) if label.resolution_latest else None
    if latest < earliest or (end is not None and end < latest):
        raise ValueError("it ends before it begins")
    return Target(
        name=label.event_id[:TEXT_MAX],
        title=label.title[:TEXT_MAX],
        country=label.probe_cc,
        asns=tuple(label.asn_scope[:ASNS_MAX]),
        domains=domains,
        onset_earliest=earliest,
        onset_latest=latest,
        end=end,
        url=next((url[:TEXT_MAX] for url in label.source_urls if url.startswith("https://")), ""),
    )


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def truth_of(target: Target, names: Sequence[str], data_ends_s: int) -> Truth | None:
    """The target as a truth about those of the series that it fits; none where it fits none.

    A series fits if its parts name the country, one of the domains and, where the target names networks and the series
    one, one of those.
    """
    fits = [name for name in names if _fits(target, name.split("/"))]
    if not fits:
        return None
    latest = int(target.onset_latest.timestamp())
    end = data_ends_s if target.end is None else min(data_ends_s, int(target.end.timestamp()))
    return Truth(
        name=target.name,
        kind="service",
        depth=BLOCKED,
        onset_earliest_s=int(target.onset_earliest.timestamp()),
        onset_latest_s=latest,
        end_s=end,
        moved=tuple(Moved(series=n, spans=(Span(latest, end),), depth=BLOCKED, direction="up") for n in fits),
        tolerance_steps=TOLERANCE_STEPS,
        source=target.url,
    )


def truths(found: Iterable[Target], names: Sequence[str], data_ends_s: int) -> list[Truth]:
    """All targets that fit any of the series."""
    made = (truth_of(target, names, data_ends_s) for target in found)
    return [truth for truth in made if truth is not None and truth.duration_s > 0]


def _fits(target: Target, parts: list[str]) -> bool:
    asns = [part for part in parts if re.fullmatch(r"AS\d{1,10}", part)]
    return (
        target.country in parts
        and any(domain in parts for domain in target.domains)
        and (not asns or not target.asns or any(f"AS{asn}" in asns for asn in target.asns))
    )
