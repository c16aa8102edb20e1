"""Find interception across networks: one issuer for unrelated names, on one network and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lightkeeper.judge.control import WRONG
from lightkeeper.observe.interceptors import interceptor
from lightkeeper.observe.targets import registered_domain

MIN_DOMAINS = 3
"""Unrelated sites that an issuer must show. Two can share an owner with a certificate authority of their own."""


class Shown(msgspec.Struct, frozen=True):
    """A certificate that one probe was shown."""

    probe_cc: str
    probe_asn: int
    hostname: str
    leaf_sha256: str
    issuer: str
    check: str | None


class Interception(msgspec.Struct, frozen=True):
    """One issuer on one network, or in several of one country (`probe_asn` none)."""

    probe_cc: str
    probe_asn: int | None
    issuer: str
    domains: tuple[str, ...]
    leaves: int
    kind: str | None
    """`state` or `local` where the issuer is a known interceptor. A local one says nothing of the network."""


def interceptions(rows: Iterable[Shown]) -> list[Interception]:
    """Issuers of wrong certificates for at least `MIN_DOMAINS` registered domains, seen in one country only.

    Each of the domains must also show a valid certificate on another network: that is what says the issuer is not the
    site's own. The order of the rows does not matter.
    """
    everything = list(rows)
    valid: dict[str, set[int]] = {}
    wrong: dict[str, list[Shown]] = {}
    for row in everything:
        if row.check == "valid":
            valid.setdefault(registered_domain(row.hostname), set()).add(row.probe_asn)
        elif row.check in WRONG:
            wrong.setdefault(row.issuer, []).append(row)
    found = [made for issuer, shown in wrong.items() if (made := _of_one(issuer, shown, valid))]
    return sorted(found, key=lambda f: (f.probe_cc, f.issuer))


def _of_one(issuer: str, shown: list[Shown], valid: dict[str, set[int]]) -> Interception | None:
    countries = {row.probe_cc for row in shown}
    networks = {row.probe_asn for row in shown}
    counted = [r for r in shown if valid.get(registered_domain(r.hostname), set()) - networks]
    domains = sorted({registered_domain(r.hostname) for r in counted})
    if len(countries) != 1 or len(domains) < MIN_DOMAINS:
        return None
    known = interceptor(issuer)
    return Interception(
        probe_cc=countries.pop(),
        probe_asn=networks.pop() if len(networks) == 1 else None,
        issuer=issuer,
        domains=tuple(domains),
        leaves=len({r.leaf_sha256 for r in counted}),
        kind=known.kind if known else None,
    )
