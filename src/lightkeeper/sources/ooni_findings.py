"""OONI's published findings (`incidents.json` of its API), as documents: one for each country of a finding.

What OONI calls an incident is a report of theirs with days, countries, networks, domains and nettests. Its sentences
are not taken over; the claim is composed from the coded fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.document import Document
from lightkeeper.sources import checked
from lightkeeper.sources.bounded import whole
from lightkeeper.sources.country_days import day_in_utc
from lightkeeper.sources.rows import Unreadable, clean

BYTES_MAX = 64 << 20
REMEDY = "Save https://api.ooni.org/api/v1/incidents/search again"
APPS = {
    "facebook.com": "facebook", "twitter.com": "twitter", "x.com": "twitter", "instagram.com": "instagram",
    "telegram.org": "telegram", "whatsapp.com": "whatsapp", "signal.org": "signal", "youtube.com": "youtube",
    "tiktok.com": "tiktok",
}  # fmt: skip
"""Domains that are better known by the name of a service."""
NETTESTS = ("telegram", "whatsapp", "signal", "facebook_messenger", "tor", "psiphon")


class _Finding(msgspec.Struct, frozen=True):
    """The fields of a finding that are read."""

    id: str
    title: str
    start_time: str | None = None
    end_time: str | None = None
    create_time: str | None = None
    CCs: list[str] | None = None
    ASNs: list[int] | None = None
    domains: list[str] | None = None
    test_names: list[str] | None = None
    tags: list[str] | None = None


def is_findings(head: bytes) -> bool:
    """Whether a file that begins so is one of findings."""
    return head.lstrip().startswith(b"{") and b'"incidents"' in head[:200]


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Each finding as a Document, once for each of its countries. Raises InputError for a file of another form."""
    data = whole(path, BYTES_MAX)
    try:
        rows = msgspec.json.decode(data, type=dict[str, list[msgspec.Raw]])["incidents"]
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
        raise InputError("this is no file of OONI's findings", remedy=REMEDY, where=str(path)) from error
    for number, raw in enumerate(rows, 1):
        try:
            finding = msgspec.json.decode(raw, type=_Finding)
            countries = [checked.country(code) for code in finding.CCs or []]
            found = [_document(finding, code, path, number) for code in countries]
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            yield Unreadable(f"{path}, finding {number}", clean(str(error))[:200], REMEDY)
            continue
        yield from found


def _document(finding: _Finding, code: str, path: Path, number: int) -> Document:
    start, end, told = (_day(t) for t in (finding.start_time, finding.end_time, finding.create_time))
    begins, ends = day_in_utc(code, start.date()) if start else None, day_in_utc(code, end.date()) if end else None
    flags = [name for name, lacks in (("no_start", start is None), ("no_end", end is None)) if lacks]
    if start and end and end < start:
        ends, flags = None, [*flags, "ends_before_it_begins"]
    services = _services(finding)
    several = f":{code.lower()}" if len(finding.CCs or []) > 1 else ""
    days = f"from {start.date() if start else 'a day not given'}" + (f" to {end.date()}" if ends and end else "")
    return Document(
        document_id=f"ooni-finding:{clean(finding.id)[:40]}{several}",
        kind="report",
        publisher="OONI",
        title=clean(finding.title)[:300],
        published_on=told.date() if told else None,
        claim=f"Blocking of {', '.join(services[:8]) or 'services'} in {code} {days}.",
        country=code,
        onset_earliest=begins[0] if begins else None,
        onset_latest=begins[1] if begins else None,
        end_earliest=ends[0] if ends else None,
        end_latest=ends[1] if ends else None,
        extent="throttle" if "throttling" in (finding.tags or []) else "service",
        services=services,
        operators=[f"AS{number}" for number in finding.ASNs or []],
        url=f"https://explorer.ooni.org/findings/{finding.id}" if finding.id.isalnum() else None,
        dataset=f"OONI findings, {path.name}, finding {number}",
        flags=flags,
    )


def _services(finding: _Finding) -> list[str]:
    named = [n for n in finding.test_names or [] if n in NETTESTS]
    for domain in finding.domains or []:
        host = clean(domain).lower()[:253].removeprefix("www.")
        known = next((app for suffix, app in APPS.items() if host == suffix or host.endswith(f".{suffix}")), None)
        named.append(known or host)
    return list(dict.fromkeys(n for n in named if n))


def _day(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
