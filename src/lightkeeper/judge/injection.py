"""Injection across records: one wrong address for unrelated names on one network, and one name without an answer.

One record whose encrypted look-up is blocked too cannot tell a forged answer from another server of the site. A network
that gives one address for unrelated names, which is none of theirs anywhere else, wrote it itself. So did a resolver
that never answers for one name, and answers for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lightkeeper.model import Control
from lightkeeper.observe.targets import registered_domain

ANSWERS, SILENCE = "answers", "silence"
"""Lineages of the control rows. `answers` are about the address in `ip`, `silence` about the name in `hostname`."""
SITES, SESSIONS, NAME, OTHERS = "sites", "sessions", "name", "others"
MIN_DOMAINS = 3
"""Unrelated sites to which one address must be given."""
LEAST_OPEN, LEAST_SESSIONS, LEAST_DAYS = 2, 3, 2
"""Sessions that must be given it on a line that was open; or else sessions and days, for a portal lasts for a stay."""
MOST_ANSWERED = 0.2
"""Share of sessions that may get an answer where a resolver is silent, and of other names for which it may be, too."""


class Answer(msgspec.Struct, frozen=True):
    """A wrong address that the resolver of a network gave one probe for a name.

    `was_open` says that the session got a right answer for another name, or that the collector had it at once.
    """

    probe_cc: str
    probe_asn: int
    stage: int
    address: str
    hostname: str
    session: str
    day: int
    was_open: bool
    measurement_id: str


def injections(answers: Iterable[Answer], right: Mapping[tuple[str, int, int, str], int]) -> dict[str, list[Control]]:
    """Rows by measurement for addresses that a network gives for unrelated names. Numbers are not set.

    `right` counts, by country, network, stage and name, the sessions there that got an address of the name's own.
    """
    groups: dict[tuple[str, int, int, str], list[Answer]] = {}
    for one in answers:
        groups.setdefault((one.probe_cc, one.probe_asn, one.stage, one.address), []).append(one)
    made: dict[str, list[Control]] = {}
    for (country, asn, stage, address), group in sorted(groups.items()):
        domains = {registered_domain(one.hostname) for one in group}
        if len(domains) < MIN_DOMAINS:
            continue
        sessions = {one.session for one in group}
        opened = {one.session for one in group if one.was_open}
        other = sum(right.get((country, asn, stage, host), 0) for host in {one.hostname for one in group})
        base = Control(measurement_id="", number=0, layer="dns", lineage=ANSWERS, ip=address)
        rows = [
            msgspec.structs.replace(base, step=SITES, succeeded=len(domains)),
            msgspec.structs.replace(
                base,
                step=SESSIONS,
                succeeded=len(opened),
                failed=other,
                sessions=len(sessions),
                days=len({one.day for one in group}),
            ),
        ]
        for name in {one.measurement_id for one in group}:
            made.setdefault(name, []).extend(msgspec.structs.replace(row, measurement_id=name) for row in rows)
    return made


def missing_for_injection(rows: Mapping[str, Control]) -> str:
    """What is missing for a proof that the network wrote an address, in words; empty if nothing is."""
    sites, sessions = rows.get(SITES), rows.get(SESSIONS)
    if sites is None or sessions is None or sites.succeeded < MIN_DOMAINS:
        return "too few unrelated names are given this address"
    every, days = sessions.sessions or 0, sessions.days or 0
    if sessions.succeeded < LEAST_OPEN and (every < LEAST_SESSIONS or days < LEAST_DAYS):
        return "only sessions that may have sat behind a page that asks for a login were given this address"
    if sessions.failed >= every:
        return "as many sessions on the network were given the sites' own addresses"
    return ""


def said_of_injection(rows: Mapping[str, Control]) -> str:
    """What the rows say, as a sentence."""
    sites, sessions = rows.get(SITES), rows.get(SESSIONS)
    if sites is None or sessions is None:
        return ""
    return (
        f"On this network {sessions.sessions or 0} sessions on {sessions.days or 0} days were given {sites.ip} for "
        f"{sites.succeeded} unrelated sites, and {sessions.failed} the sites' own addresses; on no other network is it "
        "theirs."
    )


def missing_for_silence(rows: Mapping[str, Control]) -> str:
    """What is missing for a proof that a resolver is silent about one name, in words; empty if nothing is."""
    name, others = rows.get(NAME), rows.get(OTHERS)
    if name is None or others is None:
        return "nothing is known of other look-ups"
    if name.failed < LEAST_SESSIONS or (name.days or 0) < LEAST_DAYS:
        return f"{name.failed} sessions on {name.days or 0} days without an answer are too few"
    if name.succeeded > MOST_ANSWERED * (name.succeeded + name.failed):
        return f"{name.succeeded} sessions on the network got an answer for this name"
    if not others.succeeded or others.failed > MOST_ANSWERED * (others.succeeded + others.failed):
        return "nothing shows that the resolver answered for other names in these hours"
    return ""


def said_of_silence(rows: Mapping[str, Control]) -> str:
    """What the rows say, as a sentence."""
    name, others = rows.get(NAME), rows.get(OTHERS)
    if name is None or others is None:
        return ""
    every, all_others = name.failed + name.succeeded, others.failed + others.succeeded
    return (
        f"{name.failed} of {every} sessions on this network got no answer from its resolver for this name, on "
        f"{name.days or 0} days; for {others.succeeded} of {all_others} other names it gave one within an hour."
    )
