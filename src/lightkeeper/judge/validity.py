"""Validity: whether the instrument and its place can be trusted, apart from what it saw.

Each doubt has a name, which stands in the verdict, and a sentence. `doubt` gives one that makes an accusation
impossible: a verdict `blocked` or `insufficient` then is `insufficient` with this sentence, and `ok` stays, for what
got through did get through. A measurement in doubt has no voice in cells and letters, and is no control for others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.resources import files
from typing import NamedTuple

from lightkeeper.model import Measurement, Observation
from lightkeeper.observe.addresses import is_bogon, split_url

MAX_SKEW = timedelta(hours=24)
"""How far the probe's clock may be ahead of the collector's: a wrong time zone is no more."""
_SYSTEM = frozenset({"system", "getaddrinfo", "golang_net_resolver"})
_VPN = "vpn"
"""What a probe writes as its kind of network where a VPN is on."""
_CHECKS_OF_PORTALS = ("/generate_204", "/gen_204")


class Doubt(NamedTuple):
    """A doubt: its name (`model.verdict.DOUBTS`), and a sentence without its full stop."""

    name: str
    said: str


def doubt(row: Measurement, seen: Sequence[Observation]) -> Doubt | None:
    """Why a measurement cannot accuse its network; none where nothing speaks against it."""
    for name, said in (
        ("clock", clock(row)),
        ("vpn", vpn(row)),
        ("captive_portal", captive_portal(seen)),
        ("servers", hosting(row)),
    ):
        if said is not None:
            return Doubt(name, said)
    return None


def vpn(row: Measurement) -> str | None:
    """The probe was behind a VPN: it saw the network at the VPN's far end (ooni/probe#1901)."""
    on = (row.network_type or "").casefold() == _VPN
    return "the probe used a VPN, so it saw the network where that ends, not its own" if on else None


def clock(row: Measurement) -> str | None:
    """The probe's clock is wrong by more than a day: what it says of the dates of certificates is in doubt.

    A start after the collector had the measurement cannot be; one long before it is a late upload or a slow clock. Up
    to a day is a wrong time zone, and the collector's hour is enough. See `decode.sure_time`.
    """
    if row.stated_at is None:
        return None
    if row.received_at is None:
        return f"by the probe's clock it began in the year {row.stated_at.year}: the time is in doubt"
    ahead = row.stated_at - row.received_at
    if timedelta(0) <= ahead <= MAX_SKEW:
        return None
    way = "after" if ahead > timedelta(0) else "before"
    return f"by the probe's clock it began {abs(ahead).days} days {way} the collector had it: the time is in doubt"


def captive_portal(seen: Sequence[Observation]) -> str | None:
    """The probe sat behind a page that asks for a login, as in a hotel: unrelated services all lead to one place."""
    asked: list[Observation] = []
    looked_up: list[Observation] = []
    for o in seen:
        if o.http_fingerprint or (o.dns_answer_kinds and any("fingerprint" in k for k in o.dns_answer_kinds)):
            return None
        if o.http_url and o.http_url.startswith("http:"):
            asked.append(o)
        if o.dns_engine in _SYSTEM:
            looked_up.append(o)
    if any(map(_answers_a_check, asked)) or _leads_home(asked, seen):
        return "a request was answered by a page within the probe's own network, as captive portals do"
    if _lead_to_one_place([o for o in asked if o.http_tried], _led_to) or _lead_to_one_place(looked_up, _private):
        return "unrelated services all lead to one place, as behind a captive portal: the line was not open"
    return None


def hosting(row: Measurement) -> str | None:
    """The probe sits among servers, or behind a VPN that ends there: what it sees is not what people see."""
    name = HOSTING.get(row.probe_asn or 0)
    return f"the probe sits in a network of servers ({name}), not in one of people" if name else None


def unattributed(row: Measurement) -> str | None:
    """The network of the probe is not known. The verdict stands, and counts for no network."""
    return "the network of the probe is not known, so it counts for none" if row.probe_asn is None else None


def _lead_to_one_place(seen: list[Observation], place_of: Callable[[Observation], str | None]) -> bool:
    """Whether two services or more all lead to one place that is none of theirs."""
    place = place_of(seen[0]) if seen else None
    return place is not None and all(place_of(o) == place for o in seen) and len(set(map(_service, seen))) >= 2


def _leads_home(asked: Sequence[Observation], seen: Sequence[Observation]) -> bool:
    """Whether a redirect without encryption leads to an address that only the probe's own network can have."""
    homes = {o.hostname for o in seen if o.dns_answers and all(map(is_bogon, o.dns_answers))}
    led = {place for o in asked if o.http_tried and (place := _led_to(o)) is not None}
    return any(place in homes or is_bogon(place.strip("[]")) for place in led)


def _service(o: Observation) -> str:
    return o.target.split("/", 1)[0] if "/" in o.target else o.hostname or o.target


def _led_to(o: Observation) -> str | None:
    if o.http_failure is not None or not 300 <= (o.http_status or 0) < 400:
        return None
    parts = split_url(o.http_location)
    return parts[1] if parts and parts[1] != o.hostname else None


def _private(o: Observation) -> str | None:
    return o.dns_answers[0] if len(o.dns_answers) == 1 and is_bogon(o.dns_answers[0]) else None


def _answers_a_check(o: Observation) -> bool:
    return (o.http_url or "").endswith(_CHECKS_OF_PORTALS) and o.http_status in (200, 302, 303, 307, 511)


HOSTING: dict[int, str] = {
    one["asn"]: one["name"]
    for one in tomllib.loads(files("lightkeeper.judge").joinpath("hosting.toml").read_text(encoding="utf-8"))["network"]
}
