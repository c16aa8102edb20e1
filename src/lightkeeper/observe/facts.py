"""The parts that nettests share, as observations: look-ups, connections, handshakes, exchanges; and the control."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from lightkeeper.model import Control, Measurement, Observation
from lightkeeper.observe.addresses import (
    MAX_URL,
    endpoint,
    hostname,
    is_address,
    is_public,
    public_resolver,
    split_url,
)
from lightkeeper.observe.certificates import examine_base64
from lightkeeper.observe.decode import clean, token
from lightkeeper.observe.decode import failure as failure_of
from lightkeeper.observe.fingerprints import answer_fingerprints, page_fingerprint
from lightkeeper.observe.notices import notice
from lightkeeper.observe.refusals import refusal
from lightkeeper.observe.simhash import MAX_TEXT, simhash
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Answer, Binary, Connect, ControlAnswer, Exchange, Failure, Handshake, Query

MAX_ROWS = 2000
"""Observations kept of one measurement. Real ones have some tens; more is noise or an attack, and is cut."""
MAX_HEADERS = 64
MAX_STATUS = 1000
MAX_BYTES = 1 << 50
MAX_SECONDS = 1e5
# Spelt out instead of re.IGNORECASE, so that the engine can leap from one `<` to the next. The two letters are those
# that it also takes for an i.
_TITLE = re.compile(
    "<[tT][iI\u0130\u0131][tT][lL][eE][^>]{0,200}>(.{0,512}?)</[tT][iI\u0130\u0131][tT][lL][eE]", re.DOTALL
)
_SEARCHED = 1 << 17
_NOWHERE: tuple[None, None] = (None, None)
_ASKED = frozenset({"udp", "tcp", "doh", "dot", "doq"})
"""Engines by which a probe asks a resolver of its own choice."""

NameTarget = Callable[[str | None], str]
T = TypeVar("T")


class Ends(Protocol):
    """Something that ended, one way or the other."""

    failure: Failure


E = TypeVar("E", bound=Ends)


class Seen(msgspec.Struct):
    """All that `observe` makes of one measurement."""

    measurement: Measurement
    observations: list[Observation]
    controls: list[Control]
    notes: list[str]
    repeated: int | None = None
    """Rows of an observation table that stand twice and count once; none for a raw record."""


class Page(msgspec.Struct, frozen=True, gc=False):
    """What a response shows, under the names that its columns have after `http_`."""

    status: int | None = None
    body_bytes: int | None = None
    truncated: bool = False
    title: str | None = None
    server: str | None = None
    location: str | None = None
    header_names: list[str] = []
    simhash: str | None = None
    refusal: str | None = None
    fingerprint: str | None = None
    notice: str | None = None


_NO_PAGE = Page()


class Rows:
    """Collects observations of one measurement and numbers them."""

    def __init__(self, row: Measurement, name_target: NameTarget = target_of) -> None:
        self.measurement_id = row.measurement_id
        self.probe_cc = row.probe_cc
        self.probe_asn = row.probe_asn
        self.hops: dict[str, int] = {}
        self.started_at, self.received_at = row.started_at, row.received_at
        self.name_target = name_target
        self.rows: list[Observation] = []
        self.cut = 0
        self.unread = self.odd = 0

    def add(self, host: str | None, **facts: Any) -> None:
        """Add one observation about a host; beyond `MAX_ROWS` it is only counted."""
        if self._is_full():
            return
        target = facts.pop("target", None) or self.name_target(host)
        self.rows.append(
            Observation(
                measurement_id=self.measurement_id, number=len(self.rows), target=target, hostname=host, **facts
            )
        )

    def at_most(self, parts: Sequence[T], most: int = MAX_ROWS) -> Sequence[T]:
        """The first parts of a record; those beyond are counted."""
        self.cut += max(len(parts) - most, 0)
        return parts[:most]

    def read(self, parts: Sequence[E]) -> list[E]:
        """Those that say how they ended, at most `MAX_ROWS`; the others are counted as not read."""
        known = [part for part in self.at_most(parts) if part.failure is not UNSET]
        self.unread += min(len(parts), MAX_ROWS) - len(known)
        return known

    def notes(self) -> list[str]:
        """What there is to say of the rows themselves."""
        said = {
            f"{self.cut} observations beyond the cap were cut": self.cut,
            f"{self.unread} parts have a form that is not read": self.unread,
            f"{self.odd} chains hold a certificate whose serial number is not positive (RFC 5280 forbids it), and were "
            "checked as far as that allows": self.odd,
        }
        return [note for note, count in said.items() if count]

    def app(self, target: str, step: str, failure: str | None, **more: Any) -> None:
        """A protocol above the common layers: what was tried, and how it failed if it did."""
        host = more.pop("host", None)
        self.add(host, target=target, app_tried=True, app_step=step, app_failure=failure_of(failure), **more)

    def _is_full(self) -> bool:
        if len(self.rows) < MAX_ROWS:
            return False
        self.cut += 1
        return True

    def lookups(self, queries: Iterable[Query], hops: dict[str, int], target: str | None = None) -> None:
        """DNS look-ups (df-002)."""
        self.hops = hops
        for query in queries:
            if query.failure is UNSET and not query.answers:
                self.unread += 1
                continue
            if self._is_full():
                continue
            host = hostname(query.hostname)
            answers, asns, kinds = _answers(query.answers or (), self.probe_cc, self.probe_asn)
            failure = failure_of(query.failure)
            self.rows.append(
                Observation(
                    measurement_id=self.measurement_id,
                    number=len(self.rows),
                    target=target or self.name_target(host),
                    hostname=host,
                    hop=hops.get(host or "", 0),
                    dns_engine=token(query.engine) or "system",
                    dns_query_type=token(query.query_type),
                    dns_resolver=public_resolver(query.resolver_address) if query.engine in _ASKED else None,
                    dns_failure=failure,
                    dns_lookup_s=_taken(query.t0, query.t) if failure is None else None,
                    dns_answers=answers,
                    dns_answer_asns=asns,
                    dns_answer_kinds=kinds,
                )
            )

    def connections(
        self, connects: Iterable[Connect], host_of: Callable[[str], str | None], target: str | None = None
    ) -> None:
        """TCP connections (df-005)."""
        for connect in connects:
            status = connect.status
            if status is None or not connect.ip or (status.success is None and not status.failure):
                self.unread += 1
                continue
            if not is_address(connect.ip) or self._is_full():  # a private bridge is published as `[scrubbed]`
                continue
            failure = failure_of(status.failure if isinstance(status.failure, str) else None)
            if failure is None and status.success is False:
                failure = "unknown_failure"
            host = host_of(connect.ip)
            self.rows.append(
                Observation(
                    measurement_id=self.measurement_id,
                    number=len(self.rows),
                    target=target or self.name_target(host),
                    hostname=host,
                    ip=connect.ip,
                    port=connect.port if 0 < (connect.port or 0) < 65536 else None,
                    hop=self.hops.get(host or "", 0),
                    tcp_tried=True,
                    tcp_failure=failure,
                    tcp_connect_s=_taken(connect.t0, connect.t) if failure is None else None,
                )
            )

    def handshakes(
        self,
        handshakes: Iterable[Handshake],
        hops: dict[str, int],
        *,
        quic: bool = False,
        at: str | None = None,
        target: str | None = None,
    ) -> None:
        """TLS handshakes (df-006) or, with `quic`, QUIC handshakes (df-009); `at` is the address of those without."""
        for shake in handshakes:
            if shake.failure is UNSET and not shake.peer_certificates:
                self.unread += 1
                continue
            if self._is_full():
                continue
            ip, port = endpoint(shake.address or at or "") or _NOWHERE
            host = hostname(shake.server_name)
            failure = failure_of(shake.failure)
            duration = shake.t - shake.t0 if shake.t is not None and shake.t0 is not None and not quic else None
            found = examine_base64(shake.peer_certificates, host, self.started_at, self.received_at)
            self.odd += found.odd
            self.rows.append(
                Observation(
                    measurement_id=self.measurement_id,
                    number=len(self.rows),
                    target=target or self.name_target(host),
                    hostname=host,
                    ip=ip,
                    port=port,
                    hop=hops.get(host or "", 0),
                    tls_tried=not quic,
                    tls_failure=None if quic else failure,
                    tls_server_name=host,
                    tls_handshake_s=duration,
                    tls_certificate_sha256=found.leaf_sha256,
                    tls_issuer=found.issuer,
                    tls_certificate_check=found.check,
                    tls_unverified=bool(shake.no_tls_verify),
                    quic_tried=quic,
                    quic_failure=failure if quic else None,
                )
            )

    def exchanges(self, exchanges: Iterable[tuple[int, Exchange]], target: str | None = None) -> None:
        """HTTP exchanges (df-001), each with its hop."""
        for hop, exchange in exchanges:
            response = exchange.response
            if exchange.failure is UNSET and (response is None or not (response.code or response.body)):
                self.unread += 1
                continue
            if self._is_full():
                continue
            url = clean(exchange.request.url, MAX_URL) if exchange.request else None
            parts = split_url(url)
            host = parts[1] if parts else None
            page = _page_of(exchange, self.probe_cc)
            self.rows.append(
                Observation(
                    measurement_id=self.measurement_id,
                    number=len(self.rows),
                    target=target or self.name_target(host),
                    hostname=host,
                    ip=(endpoint(exchange.address or "") or _NOWHERE)[0],
                    port=parts[2] if parts else None,
                    hop=hop,
                    http_tried=True,
                    http_url=url,
                    http_failure=failure_of(exchange.failure),
                    http_status=page.status,
                    http_body_bytes=page.body_bytes,
                    http_body_truncated=page.truncated,
                    http_title=page.title,
                    http_server=page.server,
                    http_location=page.location,
                    http_header_names=page.header_names,
                    http_simhash=page.simhash,
                    http_refusal=page.refusal,
                    http_fingerprint=page.fingerprint,
                    http_notice=page.notice,
                )
            )


def _taken(began: float | None, ended: float | None) -> float | None:
    """Seconds from the one to the other; none where they are not both known, or say nothing."""
    taken = ended - began if began is not None and ended is not None else 0.0
    return taken if 0 < taken < MAX_SECONDS else None


def text_of(body: str | Binary | None) -> tuple[str, int]:
    """The text of a body or header and its length in bytes; binary ones (df-001) are read as Latin-1."""
    if isinstance(body, Binary):
        try:
            raw = b64decode(body.data or "", validate=True)
        except (BadBase64, ValueError):
            return "", 0
        return raw.decode("latin-1"), len(raw)
    if body is None:
        return "", 0
    return body, len(body) if body.isascii() else len(body.encode("utf-8", "surrogatepass"))


def title_of(text: str) -> str | None:
    """The title of a page, white space folded, at most 512 characters."""
    found = _TITLE.search(text[:_SEARCHED])
    return clean(" ".join(found[1].split()), 512) if found else None


def controls_of(answer: ControlAnswer | None, row: Measurement, host: str | None) -> list[Control]:
    """The rows of the test helper's answer; none where it did not answer."""
    if answer is None:
        return []
    hour = hour_of(row)
    found: list[Control] = []
    if answer.dns is not None:
        addresses = [a for a in answer.dns.addrs or [] if is_address(a)]
        ok = answer.dns.failure is None
        found.append(_control(row, 0, hour, "dns", answer.dns.failure, ok, host, dns_answers=addresses))
    tables = {"tcp": answer.tcp_connect, "tls": answer.tls_handshake, "quic": answer.quic_handshake}
    for layer, table in tables.items():
        for name, connect in (table or {}).items():
            if where := endpoint(name):
                ok = bool(connect.status) and connect.failure is None
                found.append(_control(row, len(found), hour, layer, connect.failure, ok, host, *where))
    for address, info in (answer.ip_info or {}).items():
        if is_address(address) and 0 < (info.asn or 0) < 2**32:
            found.append(_control(row, len(found), hour, "address", None, True, None, address, asn=info.asn))
    if (http := answer.http_request) is not None and (http.failure is not None or http.status_code is not None):
        status = http.status_code if http.status_code and 0 < http.status_code < MAX_STATUS else None
        page = Page(
            status=status,
            body_bytes=http.body_length if http.body_length is not None and 0 <= http.body_length < MAX_BYTES else None,
            title=http.title,
            header_names=sorted(map(str.lower, http.headers or ()))[:MAX_HEADERS],
        )
        ok = http.failure is None and status is not None
        found.append(_control(row, len(found), hour, "http", http.failure, ok, host, page=page))
    return found


def control_page(row: Measurement, exchange: Exchange, number: int, lineage: str) -> Control:
    """A page that was fetched in another way as a control row; `lineage` says how."""
    url = split_url(exchange.request.url if exchange.request else None)
    page, failure = _page_of(exchange, None), exchange.failure or None
    host = url[1] if url else None
    return _control(row, number, hour_of(row), "http", failure, failure is None, host, page=page, lineage=lineage)


def control_lookup(row: Measurement, number: int, host: str, addresses: list[str]) -> Control:
    """A look-up that a control resolver answered as a control row."""
    return _control(row, number, hour_of(row), "dns", None, True, host, dns_answers=addresses)


def hour_of(row: Measurement) -> datetime | None:
    """The hour in which a measurement began."""
    return row.started_at.replace(minute=0, second=0, microsecond=0) if row.started_at else None


def _control(
    row: Measurement,
    number: int,
    hour: datetime | None,
    layer: str,
    failure: str | None,
    ok: bool,
    host: str | None,
    ip: str | None = None,
    port: int | None = None,
    *,
    asn: int | None = None,
    dns_answers: list[str] | None = None,
    page: Page | None = None,
    lineage: str = "test_helper",
) -> Control:
    page = page or _NO_PAGE
    return Control(
        measurement_id=row.measurement_id,
        number=number,
        hostname=host,
        ip=ip,
        port=port,
        hour=hour,
        layer=layer,
        succeeded=int(ok),
        failed=int(not ok),
        failure=clean(failure),
        dns_answers=dns_answers or [],
        http_status=page.status,
        http_body_bytes=page.body_bytes,
        http_title=clean(" ".join(page.title.split()), 512) if page.title else None,
        http_location=page.location,
        http_header_names=page.header_names,
        asn=asn,
        lineage=lineage,
    )


def _page_of(exchange: Exchange, probe_cc: str | None) -> Page:
    response = exchange.response
    if response is None or not 0 < (response.code or 0) < MAX_STATUS:
        return Page()
    body, size = text_of(response.body)
    headers = {
        name.lower(): value if type(value) is str else text_of(value)[0]
        for name, value in (response.headers or {}).items()
    }
    shown, doubtful = page_fingerprint(body[:_SEARCHED], headers, probe_cc)
    open_page = response.code == 200 and shown is None and _without_encryption(exchange)
    return Page(
        status=response.code,
        body_bytes=size if response.body is not None else None,
        truncated=bool(response.body_is_truncated),
        title=title_of(body),
        server=clean(headers.get("server"), 128),
        location=clean(headers.get("location"), MAX_URL),
        header_names=sorted(headers)[:MAX_HEADERS],
        simhash=simhash(body[:MAX_TEXT]) if open_page else None,
        refusal=doubtful or refusal(response.code or 0, headers, body),
        fingerprint=shown,
        notice=notice(body) if body and shown is None and _without_encryption(exchange) else None,
    )


def _without_encryption(exchange: Exchange) -> bool:
    return exchange.request is not None and (exchange.request.url or "").startswith("http:")


def _answers(
    answers: Iterable[Answer], probe_cc: str | None, probe_asn: int | None
) -> tuple[list[str], list[int], list[str]]:
    """Addresses in an answer, their autonomous systems, and what is odd about them."""
    found: dict[str, int | None] = {}
    names: list[str] = []
    for a in answers:
        found[a.ipv4 or a.ipv6 or ""] = a.asn
        if a.answer_type == "CNAME" and (name := hostname(a.hostname)):
            names.append(name)
    if not found:
        return [], [], []
    public = {a: is_public(a) for a in found}
    addresses = [a for a in found if public[a] is not None]
    asns = sorted({n for a in addresses if (n := found[a]) is not None and 0 < n < 2**32})
    kinds = ["bogon"] if False in public.values() else []
    if probe_asn in asns:
        kinds.append("in_network")
    known = answer_fingerprints([*addresses, *names], probe_cc)
    return addresses, asns, [*kinds, *sorted(known)] if known else kinds
