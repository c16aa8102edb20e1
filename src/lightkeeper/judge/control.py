"""What is known from where the censor is not, about the names and endpoints of one measurement."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from lightkeeper.judge import beside
from lightkeeper.judge.beside import Beside
from lightkeeper.judge.failure import CERTIFICATE, WRONG, kind
from lightkeeper.judge.line import Line
from lightkeeper.judge.pages import very_page
from lightkeeper.judge.place import NOWHERE, Place, is_at_home, refuses
from lightkeeper.judge.proof import LINEAGES, NO_OTHERS, Others
from lightkeeper.judge.resolving import ENCRYPTED, Resolving
from lightkeeper.judge.session import SESSION, Told
from lightkeeper.model import Control, Observation
from lightkeeper.observe.addresses import is_bogon, split_url, translates
from lightkeeper.observe.targets import registered_domain

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

    def __init__(
        self, observations: Iterable[Observation], controls: Iterable[Control], place: Place = NOWHERE
    ) -> None:
        self.place = place
        self._dns: dict[str, Control] = {}
        self._public: dict[str, bool] = {}
        self._endpoint: dict[tuple[str, str, int], bool] = {}
        self._asn: dict[str, int] = {}
        self._networks_of: dict[str | None, set[int]] = {}
        self.page: Control | None = None
        self._helped = False
        own, around, told, self.beside = _apart(controls)
        for control in own:
            self._take(control)
        seen = list(observations)
        self.names = {o.hostname for o in seen}
        self._seen = seen
        self.session = Told(told)
        self.others = Others(seen, around) if around else NO_OTHERS
        self.compared = self.others.known or self.beside.known
        self.verified_by_us: set[tuple[str | None, str | None]] = set()
        self.accepted_by_probe: set[tuple[str | None, str | None]] = set()
        self.certificates: set[str] = set()
        self._quic: set[str] = set()
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
            if o.http_tried and o.http_title:
                self._learn_from_page(o)
        self.verified = self.verified_by_us | self.accepted_by_probe

    def _learn_from_handshake(self, seen: Observation) -> None:
        if _completed(seen):
            if seen.tls_certificate_check == "valid":
                self.verified_by_us.add((seen.tls_server_name, seen.ip))
            elif seen.tls_certificate_check is None and not seen.tls_unverified:
                self.accepted_by_probe.add((seen.tls_server_name, seen.ip))
        if seen.quic_tried and seen.quic_failure is None and seen.ip:
            self._quic.add(seen.ip)
        if seen.tls_tried and seen.tls_failure is None and seen.tls_certificate_sha256:
            self.certificates.add(seen.tls_certificate_sha256)

    def _learn_from_page(self, seen: Observation) -> None:
        """An address that serves the control's very page is the site's, wherever it lies."""
        if not very_page(seen, self.page):
            return
        if seen.ip:
            self.accepted_by_probe.add((seen.hostname, seen.ip))
        elif seen.hop == 0:  # older records do not say which of the addresses served it
            self.accepted_by_probe.update(
                (seen.hostname, a) for o in self._lookups if o.hostname == seen.hostname for a in o.dns_answers
            )

    @cached_property
    def line(self) -> Line:
        """What the record shows of the line itself, at the time of its failures."""
        return Line(self._seen, helped=self._helped)

    @cached_property
    def resolving(self) -> Resolving:
        """What the resolvers of the probe say of each other."""
        return Resolving(self._lookups, self.place)

    def network_of(self, ip: str | None) -> int | None:
        """The network of an address, as the control knows it or else a look-up of the record says."""
        found = self._asn.get(ip or "")
        if found is None and ip:
            named = next((o.dns_answer_asns for o in self._lookups if ip in o.dns_answers), [])
            found = named[0] if len(named) == 1 else None
        return found

    def server_turns_the_country_away(self, ip: str | None) -> bool:
        """The server sits in a network that is known to turn away the country of the probe."""
        return refuses(self.network_of(ip), self.place.country)

    def was_led_home(self, seen: Observation) -> bool:
        """A redirect without encryption led to another site, on a network of the probe's country that is not the tested
        site's. A site of the same name under another suffix is the site's own.
        """
        if seen.hop == 0 or self.came_in_private(seen):
            return False
        first = next((o.hostname for o in self._seen if o.http_tried and o.hop == 0), None)
        asn, theirs = self.network_of(seen.ip), self._networks(first)
        same_name = brand(first) == brand(seen.hostname)
        return bool(theirs) and asn not in theirs and not same_name and is_at_home(asn, self.place)

    def was_reached(self, seen: Observation) -> bool:
        """The probe had a connection to the server of an exchange; over HTTPS, and a handshake where it tried one."""
        if seen.ip:
            here = [o for o in self._seen if o.ip == seen.ip and o.port in (seen.port, None)]
        else:
            here = [o for o in self._seen if o.hostname == seen.hostname and o.port in (seen.port, None)]
        connects = [o.tcp_failure for o in here if o.tcp_tried]
        shakes = [o.tls_failure for o in here if o.tls_tried and o.hostname == seen.hostname]
        return not all(connects or [None]) and not all(shakes or [None])

    def came_in_private(self, seen: Observation) -> bool:
        """Nobody on the way could lead the probe to this page: each hop before it was HTTPS, or the page is on the
        tested site's own domain. The network can write a redirect that comes without encryption.
        """
        before = [o for o in self._seen if o.http_tried and o.hop < seen.hop and o.http_failure is None]
        if all((o.http_url or "").startswith("https:") for o in before):
            return True
        first = next((o.hostname for o in before if o.hop == 0), None)
        return bool(first and seen.hostname) and registered_domain(first or "") == registered_domain(
            seen.hostname or ""
        )

    def leads_to_a_block_address(self, seen: Observation) -> bool:
        """A redirect without encryption, to an address or a name that is known to stand for a block here."""
        if (seen.http_url or "").startswith("https:") or not 300 <= (seen.http_status or 0) < 400:
            return False
        parts = split_url(seen.http_location)
        return parts is not None and any(
            o.hostname == parts[1] and any(k.startswith("fingerprint:") for k in o.dns_answer_kinds)
            for o in self._lookups
        )

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
        elif control.layer in ("tcp", "tls", "quic") and control.ip and control.port:
            self._endpoint[control.layer, control.ip, control.port] = ok
        elif control.layer == "address" and control.ip and control.asn:
            self._asn[control.ip] = control.asn
        elif control.layer == "http":
            self.page = control
        self._helped = self._helped or control.lineage == "test_helper"

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
        """The control completed this layer (tcp, tls or quic) at the endpoint."""
        return self._endpoint.get((layer, ip or "", port or 0)) is True

    def fails_to_connect(self, layer: str, ip: str | None, port: int | None) -> bool:
        """The control tried this layer at the endpoint and failed."""
        return self._endpoint.get((layer, ip or "", port or 0)) is False

    def speaks_quic_elsewhere(self, ip: str | None) -> bool:
        """The probe completed QUIC with another address, of the same version of IP: its line lets QUIC pass."""
        return any(other != ip and (":" in other) == (":" in (ip or "")) for other in self._quic)

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

    def resolves_in_private(self, host: str | None) -> bool:
        """An encrypted resolver of the probe found a public address for the name."""
        return any(found for engine, found in self._answers.get(host or "", {}).items() if engine in ENCRYPTED)

    def is_elsewhere(self, seen: Observation) -> bool:
        """All answers of a look-up lie in other networks than the control's, and none is good for the name."""
        return self.all_are_elsewhere(seen.hostname, seen.dns_answers) and not self.holds_a_good_address(
            seen.hostname, seen.dns_answers
        )

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


def _apart(controls: Iterable[Control]) -> tuple[list[Control], list[Control], list[Control], Beside]:
    """The record's own control; what other measurements say, nothing where the record has one of its own; what the
    rest of its session says; and what stands beside them.
    """
    every = list(controls)
    told = [c for c in every if c.lineage == SESSION]
    made = [c for c in every if c.lineage in _MADE]
    if not made and not told:
        return every, [], [], beside.NOTHING
    own = [c for c in every if c.lineage not in _MADE and c.lineage != SESSION]
    around = [] if any(c.layer != "address" for c in own) else [c for c in made if c.lineage in LINEAGES]
    return own, around, told, Beside(c for c in made if c.lineage in beside.LINEAGES) if made else beside.NOTHING


def brand(host: str | None) -> str:
    """The name of a site without its suffix: `example` of `www.example.co.id`."""
    return registered_domain(host).partition(".")[0] if host else ""


def _completed(seen: Observation) -> bool:
    failure = seen.tls_failure if seen.tls_tried else seen.quic_failure
    return failure is None and bool(seen.ip) and bool(seen.tls_server_name)
