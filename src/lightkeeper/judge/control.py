"""What is known from where the censor is not, about the names and endpoints of one measurement."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from lightkeeper.judge import beside
from lightkeeper.judge.beside import Beside
from lightkeeper.judge.failure import CERTIFICATE, WRONG, kind
from lightkeeper.judge.proof import LINEAGES, NO_OTHERS, Others
from lightkeeper.model import Control, Observation
from lightkeeper.observe.addresses import is_bogon, translates

ENCRYPTED = frozenset({"doh", "dot", "doq"})
"""Resolvers that a network on the way cannot answer for."""
_MADE = LINEAGES | beside.LINEAGES


class View:
    """The control of one measurement, and what its own successes prove.

    `verified_by_us` holds names and addresses whose certificate we found valid ourselves (chain, name and date).
    `accepted_by_probe` holds those of completed handshakes whose certificates the record lacks, or that are beyond our
    check: there the probe's TLS library did the work. That is not an opinion such as OONI's `blocking`, but it is
    weaker. Where our check contradicts the probe, the address is in neither.

    No control is not a contrary control: every method answers `False` where nothing is known, and there is one method
    for each of the two known answers.
    """

    def __init__(self, observations: Iterable[Observation], controls: Iterable[Control]) -> None:
        self._dns: dict[str, Control] = {}
        self._public: dict[str, bool] = {}
        self._endpoint: dict[tuple[str, str, int], bool] = {}
        self._asn: dict[str, int] = {}
        self._networks_of: dict[str | None, set[int]] = {}
        self.page: Control | None = None
        own, around, self.beside = _apart(controls)
        for control in own:
            self._take(control)
        seen = list(observations)
        self.names = {o.hostname for o in seen}
        self.others = Others(seen, around) if around else NO_OTHERS
        self.compared = self.others.known or self.beside.known
        self.verified_by_us: set[tuple[str | None, str | None]] = set()
        self.accepted_by_probe: set[tuple[str | None, str | None]] = set()
        self.certificates: set[str] = set()
        self._unchecked: set[str] = set()
        self._connected: dict[str | None, bool] = {}
        self._lookups: list[Observation] = []
        self._dead: set[str] = set()
        for o in seen:
            if o.dns_engine and o.hostname:
                self._lookups.append(o)
                if o.dns_engine in ENCRYPTED and kind(o.dns_failure) == "nxdomain":
                    self._dead.add(o.hostname)
            if o.tcp_tried:
                self._connected[o.hostname] = o.tcp_failure is None or self._connected.get(o.hostname, False)
            if o.tls_tried or o.quic_tried:
                self._learn_from_handshake(o)
            if o.tls_unverified and o.hostname:
                self._unchecked.add(o.hostname)
        self.verified = self.verified_by_us | self.accepted_by_probe

    def _learn_from_handshake(self, seen: Observation) -> None:
        if _completed(seen):
            if seen.tls_certificate_check == "valid":
                self.verified_by_us.add((seen.tls_server_name, seen.ip))
            elif seen.tls_certificate_check is None and not seen.tls_unverified:
                self.accepted_by_probe.add((seen.tls_server_name, seen.ip))
        if seen.tls_tried and seen.tls_failure is None and seen.tls_certificate_sha256:
            self.certificates.add(seen.tls_certificate_sha256)

    @cached_property
    def _answers(self) -> dict[str, dict[str | None, set[str]]]:
        """Public addresses by name and resolver. Few rules ask, so they are put together when one does."""
        found: dict[str, dict[str | None, set[str]]] = {}
        for o in self._lookups:
            answers = found.setdefault(o.hostname or "", {}).setdefault(o.dns_engine, set())
            answers.update([a for a in o.dns_answers if not is_bogon(a)])
        return found

    def intercepts(self, seen: Observation) -> bool:
        """A certificate that is not the site's, at an address where the control completes the handshake.

        Either the probe refused it, or it did not look and our own check finds it wrong. A name that was put there to
        be wrong proves nothing.
        """
        refused = kind(seen.tls_failure) in CERTIFICATE
        unlooked = seen.tls_failure is None and seen.tls_unverified and seen.tls_certificate_check in WRONG
        meant = not seen.target.startswith(("sni/", "ech/"))
        return meant and (refused or unlooked) and self.connects("tls", seen.ip, seen.port)

    def _take(self, control: Control) -> None:
        ok = control.succeeded > control.failed
        if control.layer == "dns" and control.hostname:
            self._dns[control.hostname] = control
            self._public[control.hostname] = not all(map(is_bogon, control.dns_answers))
        elif control.layer in ("tcp", "tls") and control.ip and control.port:
            self._endpoint[control.layer, control.ip, control.port] = ok
        elif control.layer == "address" and control.ip and control.asn:
            self._asn[control.ip] = control.asn
        elif control.layer == "http":
            self.page = control

    def resolves(self, host: str | None) -> bool:
        """The control found public addresses for the name."""
        return self._public.get(host or "") is True

    def addresses(self, host: str | None) -> list[str]:
        """Addresses that the control found for the name."""
        found = self._dns.get(host or "")
        return found.dns_answers if found else []

    def does_not_resolve(self, host: str | None) -> bool:
        """The control asked for the name and got no public address."""
        return self._public.get(host or "") is False

    def name_does_not_exist(self, host: str | None) -> bool:
        """The control was told that the name does not exist."""
        found = self._dns.get(host or "")
        return found is not None and kind(found.failure) == "nxdomain"

    def connects(self, layer: str, ip: str | None, port: int | None) -> bool:
        """The control completed this layer (tcp or tls) at the endpoint."""
        return self._endpoint.get((layer, ip or "", port or 0)) is True

    def fails_to_connect(self, layer: str, ip: str | None, port: int | None) -> bool:
        """The control tried this layer at the endpoint and failed."""
        return self._endpoint.get((layer, ip or "", port or 0)) is False

    def fetches(self) -> bool:
        """The control got the page, to the end of its redirects."""
        return self.page is not None and self.page.succeeded > 0

    def gets_a_page(self) -> bool:
        """The control got a page that is no error, and not over Tor."""
        return self.fetches() and not self.fetches_over_tor() and 0 < ((self.page and self.page.http_status) or 0) < 400

    def fails_to_fetch(self) -> bool:
        """The control asked for the page and did not get it."""
        return self.page is not None and self.page.succeeded == 0

    def fetches_over_tor(self) -> bool:
        """The control got the page over Tor, where many sites answer otherwise: a weaker control."""
        return self.fetches() and self.page is not None and self.page.lineage == "tor_exit"

    def certificate_is_unchecked(self, host: str | None) -> bool:
        """The probe did not check the certificate of the host, on purpose."""
        return host in self._unchecked

    def shows_elsewhere(self, certificate: str | None) -> bool:
        """The probe accepted this certificate in another handshake of the same record."""
        return certificate is not None and certificate in self.certificates

    def resolves_by_other_means(self, host: str | None, engine: str | None) -> bool:
        """Another resolver of the same probe found a public address for the name."""
        return any(found for other, found in self._answers.get(host or "", {}).items() if other != engine)

    def another_resolver_agrees(self, host: str | None, engine: str | None) -> bool:
        """Another resolver of the same probe got an address that is good for the name."""
        others = [found for other, found in self._answers.get(host or "", {}).items() if other != engine]
        return any(self.address_is_good(host, a) for found in others for a in found)

    def never_connected(self, host: str | None) -> bool:
        """The probe tried to connect to the host, and never did."""
        return self._connected.get(host) is False

    def name_is_dead(self, host: str | None) -> bool:
        """The control, and an encrypted resolver of the same probe, were told that the name does not exist."""
        return host in self._dead and self.name_does_not_exist(host)

    def is_denied_in_private(self, host: str | None) -> bool:
        """An encrypted resolver of the same probe was told that the name does not exist."""
        return host in self._dead

    def address_is_good(self, host: str | None, ip: str) -> bool:
        """The address is one of the control's, or in the network of one, or showed a valid certificate for the name."""
        if (host, ip) in self.verified or ip in self.addresses(host) or self.connects("tls", ip, 443):
            return True
        asn = self._asn.get(ip)
        return asn is not None and asn in self._networks(host)

    def holds_a_good_address(self, host: str | None, answers: list[str]) -> bool:
        """One of the answers is good for the name, or is the NAT64 form of one of the control's."""
        theirs = self.addresses(host)
        for answer in answers:
            if answer in theirs or (host, answer) in self.verified:
                return True
        if self._endpoint:
            for answer in answers:
                if self._endpoint.get(("tls", answer, 443)):
                    return True
        if not theirs:
            return False
        networks = self._networks(host)
        if networks and not networks.isdisjoint(map(self._asn.get, answers)):
            return True
        return any(translates(answer, a) for answer in answers if ":" in answer for a in theirs)

    def _networks(self, host: str | None) -> set[int]:
        """Networks of the control's addresses for the name, where they are known."""
        found = self._networks_of.get(host)
        if found is None:
            known = [self._asn.get(a) for a in self.addresses(host)]
            found = self._networks_of[host] = {asn for asn in known if asn is not None}
        return found

    def none_serves_the_name(self, answers: list[str]) -> bool:
        """The control tried TLS at each of the answers, and completed it at none."""
        for answer in answers:
            if self._endpoint.get(("tls", answer, 443)) is not False:
                return False
        return bool(answers)

    def all_are_elsewhere(self, host: str | None, answers: list[str]) -> bool:
        """Each of the answers is in another network than all of the control's addresses."""
        for answer in answers:
            if not self.address_is_elsewhere(host, answer):
                return False
        return bool(answers)

    def address_is_elsewhere(self, host: str | None, ip: str) -> bool:
        """The address is in another network than all of the control's, and both are known."""
        asn = self._asn.get(ip)
        if asn is None:
            return False
        others = self._networks(host)
        return bool(others) and asn not in others


def _apart(controls: Iterable[Control]) -> tuple[list[Control], list[Control], Beside]:
    """The record's own control; what other measurements say, nothing where the record has one of its own; and what
    stands beside both.
    """
    every = list(controls)
    made = [c for c in every if c.lineage in _MADE]
    if not made:
        return every, [], beside.NOTHING
    own = [c for c in every if c.lineage not in _MADE]
    around = [] if any(c.layer != "address" for c in own) else [c for c in made if c.lineage in LINEAGES]
    return own, around, Beside(c for c in made if c.lineage in beside.LINEAGES)


def _completed(seen: Observation) -> bool:
    failure = seen.tls_failure if seen.tls_tried else seen.quic_failure
    return failure is None and bool(seen.ip) and bool(seen.tls_server_name)
