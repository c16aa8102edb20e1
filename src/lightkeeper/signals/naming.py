"""Naming: what can be told of a series from its name, where nothing else is known.

Names are free text; usual is `source/metric/entity`: `ioda/bgp/IR`, `blocked_share/signal/AS44244`, `tor_users/IR`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import NamedTuple

from lightkeeper.observe.tunnels import tunnels

LINEAGE_WORDS = {
    "control_plane": "bgp routes route prefixes ris routeviews slash24 announced",
    "active_probing": "probing ping trinocular monash connectivity latency rtt",
    "telescope": "telescope darknet ucsd merit ibr",
    "circumvention": "tor psiphon vpn snowflake bridge bridges obfs4 meek lantern outline openvpn wireguard riseupvpn",
    "in_country": "ooni blocked anomaly ndt mlab throughput measurements probes",
    "traffic": "google search cloudflare radar netflow netflows http youtube wikipedia mozilla traffic requests gtr",
}
"""Words of a name, by the lineage they speak for. The first lineage in this order that has one is taken."""
SERVICES = frozenset(
    "youtube whatsapp telegram instagram signal facebook twitter tiktok wikipedia messenger skype discord gmail "
    "maps linkedin snapchat viber imo wechat zoom roblox spotify netflix".split()
)
VPN = tunnels() | {"vpn"}
SPEEDS = frozenset("throughput speed mbps kbps bps goodput bandwidth".split())
DELAYS = frozenset("latency rtt loss delay jitter".split())
VOLUMES = frozenset({"measurements", "tests"})
"""Words of series that count how much volunteers measured."""
MOBILE = frozenset("mobile cellular lte 3g 4g 5g".split())

_ASN = re.compile(r"^AS[ _-]?(\d{1,10})$", re.IGNORECASE)
_REGION = re.compile(r"^([A-Z]{2})-([A-Z0-9]{1,3})$")
_COUNTRY = re.compile(r"^[A-Z]{2,3}$")
_WORD = re.compile(r"[^a-z0-9]+")
_NOT_COUNTRIES = frozenset(
    "BGP NDT DNS TCP UDP TLS VPN TOR QUIC HTTP RIS V4 V6 DOH DOT RTT P10 P25 P50 P75 P90 ALL".split()
)


class Named(NamedTuple):
    """What a name tells."""

    series: str
    lineage: str
    """One of `model.signal.LINEAGES`, or `unknown`."""
    country: str
    """ISO 3166-1; empty where the name has none."""
    entity_type: str
    """country, region, county, asn or series"""
    entity: str
    parent: str
    """The region of a county, else the country."""
    words: frozenset[str]
    target: str
    """The service it is about; empty for the network as a whole."""

    @property
    def is_speed(self) -> bool:
        """Whether it is a rate of transfer, whose fall is a slowdown and not an outage."""
        return bool(self.words & SPEEDS)

    @property
    def is_volume(self) -> bool:
        """Whether it counts measurements: volunteers come and go, and fewer of them are no outage."""
        return self.lineage == "in_country" and bool(self.words & VOLUMES)

    @property
    def is_delay(self) -> bool:
        """Whether more of it is worse."""
        return bool(self.words & DELAYS)

    @property
    def is_vpn(self) -> bool:
        """Whether it is about getting around blocks."""
        return self.lineage == "circumvention" or bool(self.words & VPN)


def named(series: str, *, country: str = "", lineages: Mapping[str, str] | None = None) -> Named:
    """Read a name. `country` stands where the name has none; `lineages` (pattern to lineage) comes before the words."""
    parts = [part.strip() for part in series.split("/") if part.strip()]
    words = frozenset(w for part in parts for w in _WORD.split(part.lower()) if w)
    kind, entity, of, parent, place = _entity(parts)
    lineage = next((to for glob, to in (lineages or {}).items() if fnmatch.fnmatchcase(series, glob)), None)
    lineage = lineage or next((k for k, w in LINEAGE_WORDS.items() if words & frozenset(w.split())), "unknown")
    about = [p for p in parts[:place] if frozenset(_WORD.split(p.lower())) & (SERVICES | VPN)]
    target = about[-1] if about else ""
    if not target and "blocked" in words and place >= 2:
        target = parts[place - 1]
    return Named(series, lineage, of or country.upper(), kind, entity, parent or of or country.upper(), words, target)


def _entity(parts: list[str]) -> tuple[str, str, str, str, int]:
    """Kind, entity, country, parent, and the place among the parts."""
    country = ""
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        rest = parts[place + 1 :]
        if found := _ASN.match(part):
            above = next((p for p in parts[:place] if _is_country(p)), "")
            return "asn", found[1], above, above, place
        if found := _REGION.match(part):
            if rest:
                return "county", "/".join(rest), found[1], part, place
            return "region", part, found[1], found[1], place
        if _is_country(part) or (place == len(parts) - 1 and place > 0 and len(part) == 2 and part.isalpha()):
            country = part.upper()
            if not rest:
                return "country", country, country, country, place
            if len(rest) == 1:
                return "region", rest[0], country, country, place
            return "county", "/".join(rest), country, f"{country}/{rest[0]}", place
    return "series", "/".join(parts), "", "", len(parts)


def _is_country(part: str) -> bool:
    return bool(_COUNTRY.match(part)) and part not in _NOT_COUNTRIES
