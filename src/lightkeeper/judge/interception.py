"""Interception across networks: one issuer for unrelated names, on networks of one country and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lightkeeper.judge.failure import WRONG
from lightkeeper.model import Control
from lightkeeper.observe.interceptors import interceptor
from lightkeeper.observe.targets import registered_domain

MIN_DOMAINS = 3
"""Unrelated sites that an issuer must show. Two can share an owner with a certificate authority of their own."""
LEAST_SESSIONS, LEAST_KINDS = 3, 2
"""Sessions that must be shown it, with so many kinds of probe software: a machine with a filter may run one."""
ISSUERS = "issuers"
"""Lineage of the control rows; their `failure` is the issuer."""
SITES, SESSIONS, KINDS = "sites", "sessions", "kinds"


class Shown(msgspec.Struct, frozen=True):
    """A certificate that one probe was shown."""

    probe_cc: str
    probe_asn: int
    hostname: str
    leaf_sha256: str
    issuer: str
    check: str | None
    session: str = ""
    software: str = ""
    measurement_id: str = ""


class Interception(msgspec.Struct, frozen=True, kw_only=True):
    """One issuer on one network, or in several of one country (`probe_asn` none)."""

    probe_cc: str
    probe_asn: int | None
    issuer: str
    domains: tuple[str, ...]
    leaves: int
    kind: str | None
    """`state` or `local` where the issuer is a known interceptor. A local one says nothing of the network."""
    networks: int
    sessions: int
    """Sessions that were shown it,"""
    software: int
    """with so many kinds of probe software;"""
    valid_sessions: int
    """and sessions on the same networks that were shown a valid certificate for one of these sites."""
    measurements: tuple[str, ...]


def interceptions(rows: Iterable[Shown]) -> list[Interception]:
    """Issuers of wrong certificates for at least `MIN_DOMAINS` registered domains, seen in one country only.

    Each of the domains must also show a valid certificate on another network: that is what says the issuer is not the
    site's own. The order of the rows does not matter. What is found is no proof yet: `missing_for_issuer` says.
    """
    valid: dict[str, dict[int, set[str]]] = {}
    wrong: dict[str, list[Shown]] = {}
    for row in rows:
        if row.check == "valid":
            of_site = valid.setdefault(registered_domain(row.hostname), {})
            of_site.setdefault(row.probe_asn, set()).add(row.session)
        elif row.check in WRONG and row.issuer:
            wrong.setdefault(row.issuer, []).append(row)
    found = [made for issuer, shown in wrong.items() if (made := _of_one(issuer, shown, valid))]
    return sorted(found, key=lambda f: (f.probe_cc, f.issuer))


def _of_one(issuer: str, shown: list[Shown], valid: dict[str, dict[int, set[str]]]) -> Interception | None:
    countries = {row.probe_cc for row in shown}
    networks = {row.probe_asn for row in shown}
    counted = [r for r in shown if valid.get(registered_domain(r.hostname), {}).keys() - networks]
    domains = sorted({registered_domain(r.hostname) for r in counted})
    if len(countries) != 1 or len(domains) < MIN_DOMAINS:
        return None
    known = interceptor(issuer)
    passed = {s for site in domains for asn in networks for s in valid[site].get(asn, ())}
    return Interception(
        probe_cc=countries.pop(),
        probe_asn=min(networks) if len(networks) == 1 else None,
        issuer=issuer,
        domains=tuple(domains),
        leaves=len({r.leaf_sha256 for r in counted}),
        kind=known.kind if known else None,
        networks=len(networks),
        sessions=len({r.session for r in counted}),
        software=len({r.software for r in counted if r.software}),
        valid_sessions=len(passed - {r.session for r in counted}),
        measurements=tuple(sorted({r.measurement_id for r in counted})),
    )


def controls_for(found: Interception, measurement_id: str) -> list[Control]:
    """What was found, as rows of one of its measurements, not numbered yet."""
    base = Control(measurement_id=measurement_id, number=0, layer="tls", lineage=ISSUERS, failure=found.issuer)
    counts = {
        SITES: (len(found.domains), 0),
        SESSIONS: (found.sessions, found.valid_sessions),
        KINDS: (found.software, 0),
    }
    return [
        msgspec.structs.replace(
            base, step=step, succeeded=passed, failed=other, networks=found.networks, sessions=found.sessions
        )
        for step, (passed, other) in counts.items()
    ]


def missing_for_issuer(rows: Mapping[str, Control]) -> str:
    """What is missing for a proof of interception, in words; empty if nothing is."""
    if not {SITES, SESSIONS, KINDS} <= rows.keys() or rows[SITES].succeeded < MIN_DOMAINS:
        return "too few unrelated sites show it"
    known = interceptor(rows[SITES].failure)
    if known is not None and known.kind == "local":
        return f"the issuer names a product of the user's own machine, firm or school ({known.name})"
    if rows[SESSIONS].succeeded < LEAST_SESSIONS:
        return f"fewer than {LEAST_SESSIONS} sessions were shown it"
    if rows[KINDS].succeeded < LEAST_KINDS:
        return "all of them ran one probe software: a filter on one machine would look the same"
    if rows[SESSIONS].failed >= rows[SESSIONS].succeeded:
        return "as many sessions on the network were shown the sites' own certificates"
    return ""


def said_of_issuer(rows: Mapping[str, Control]) -> str:
    """What the rows say, as a sentence."""
    sites, sessions, kinds = (rows.get(step) for step in (SITES, SESSIONS, KINDS))
    if sites is None or sessions is None or kinds is None:
        return ""
    return (
        f"The issuer “{sites.failure or ''}” signed for {sites.succeeded} unrelated sites, whose own certificates were "
        f"seen on other networks: {sessions.succeeded} sessions on {sites.networks or 0} networks of one country, with "
        f"{kinds.succeeded} kinds of probe software; {sessions.failed} sessions there saw the sites' own."
    )
