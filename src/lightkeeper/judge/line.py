"""Line: what a record shows of the probe's line at the time of a failure, so that lost packets accuse nobody.

A connection that is reset or refused, or a page, is somebody's doing. A time-out may be nobody's: with three packets of
ten lost, one connection in ten times out by itself. So a time-out needs a sign that the line was good just then.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightkeeper.judge.failure import kind
from lightkeeper.model import Observation

PROMPT_S = 0.5
"""Seconds within which something must have got through, to be a sign of a good line."""
RESENT_S = 1.0
"""Seconds after which a connection or handshake that got through is a sign of lost packets: a SYN is sent again after
one second (RFC 6298, section 2), and each lost packet of an exchange costs a fifth of one or more."""
RESENT_LEAST_S = 0.15
"""Seconds that a lost packet costs at the least within an exchange (RFC 6298; most systems wait 0.2)."""
HANDSHAKE_TRIPS, LOOK_UP_TRIPS = 2.5, 6.0
"""Round trips that a TLS handshake takes at the most, and a look-up over a new encrypted connection."""
LEAST_UNTIMED = 2
"""Things that got through of which the record does not say how long they took: so many make a sign."""
LEAST_RETRIES = 2
"""Addresses of a name that all time out, where the test helper was reached over the same line: so many make a sign."""
_PLAIN = frozenset({"system", "getaddrinfo", "golang_net_resolver", "udp"})


class Line:
    """The signs of one record. `helped` says that the test helper answered."""

    def __init__(self, observations: Iterable[Observation], *, helped: bool = False) -> None:
        self._helped = helped
        self._passed: list[tuple[str, Observation, float | None]] = []
        self._silent: dict[str | None, set[str]] = {}
        self._reached: set[str | None] = set()
        self._lossy = False
        for o in observations:
            self._take(o)
        self._lossy = self._lossy or self._is_uneven()

    def _take(self, o: Observation) -> None:
        if o.dns_engine is not None:
            if o.dns_engine in _PLAIN:
                self._lossy |= kind(o.dns_failure) == "timeout"
            if o.dns_failure is None and o.dns_engine not in ("system", "getaddrinfo", "golang_net_resolver"):
                self._pass("dns", o, o.dns_lookup_s)
        if o.tcp_tried:
            if o.tcp_failure is None:
                self._pass("tcp", o, o.tcp_connect_s)
                self._reached.add(o.hostname)
            elif kind(o.tcp_failure) == "timeout":
                self._silent.setdefault(o.hostname, set()).add(o.ip or "")
        if o.tls_tried and o.tls_failure is None:
            self._pass("tls", o, o.tls_handshake_s)
        if o.http_tried and o.http_failure is None and o.http_status is not None:
            self._pass("http", o, None)

    def _pass(self, layer: str, o: Observation, taken: float | None) -> None:
        self._passed.append((layer, o, taken))
        self._lossy |= taken is not None and taken >= (2 * RESENT_S if layer == "dns" else RESENT_S)

    def _is_uneven(self) -> bool:
        """A handshake or an encrypted look-up took so many round trips that a packet was sent again."""
        trips = {(o.ip, o.port): taken for layer, o, taken in self._passed if layer == "tcp" and taken is not None}
        plain = [t for layer, o, t in self._passed if layer == "dns" and o.dns_engine == "udp" and t is not None]
        longest = LOOK_UP_TRIPS * max(plain) + 2 * RESENT_LEAST_S if plain else float("inf")
        for layer, o, taken in self._passed:
            if layer == "tls" and taken is not None and (trip := trips.get((o.ip, o.port))) is not None:
                if taken > HANDSHAKE_TRIPS * trip + RESENT_LEAST_S:
                    return True
            elif layer == "dns" and o.dns_engine != "udp" and (taken or 0) > longest:
                return True
        return False

    def was_good(self, layer: str, seen: Observation) -> bool:
        """Something else got through on the line, promptly where the record has times, and no plain look-up was lost.

        For a handshake or an exchange, the connection below it counts. So do two addresses of the name that are silent
        alike and none that connects, where the test helper was reached.
        """
        if self._lossy:
            return False
        prompt = untimed = 0
        for passed, o, taken in self._passed:
            if passed == layer and (o.ip, o.port, o.hostname) == (seen.ip, seen.port, seen.hostname):
                continue
            if passed == "dns" and o.dns_engine == "udp":  # one packet each way says little of a line
                untimed += taken is None
                continue
            prompt += taken is not None and taken < PROMPT_S
            untimed += taken is None
        if prompt or untimed >= LEAST_UNTIMED:
            return True
        silent = self._silent.get(seen.hostname, set()) if seen.hostname not in self._reached else set()
        return self._helped and len(silent) >= LEAST_RETRIES

    def has_other(self, version: int, seen: Observation) -> bool:
        """Something else got through over this version of IP (4 or 6)."""
        return any(
            _version(o.ip if passed != "dns" else o.dns_resolver) == version and o.ip != (seen.ip or "")
            for passed, o, _ in self._passed
        )


def _version(address: str | None) -> int:
    """4 or 6; 0 where there is no address."""
    if not address:
        return 0
    return 6 if ":" in address else 4 if address.replace(".", "").isdigit() else 0
