"""The parts that nettests share, as observations: look-ups, connections, handshakes, exchanges; and the control."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from lightkeeper.model import Control, Measurement, Observation
from lightkeeper.observe.addresses import MAX_URL, endpoint, hostname, is_address, is_bogon, split_url
from lightkeeper.observe.certificates import MAX_CHAIN, examine
from lightkeeper.observe.decode import clean
from lightkeeper.observe.decode import failure as failure_of
from lightkeeper.observe.fingerprints import answer_fingerprints, page_fingerprint
from lightkeeper.observe.refusals import refusal
from lightkeeper.observe.simhash import MAX_TEXT, simhash
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Binary, Connect, ControlAnswer, Exchange, Handshake, Query

MAX_ROWS = 2000
"""Observations kept of one measurement. Real ones have some tens; more is noise or an attack, and is cut."""
MAX_HEADERS = 64
MAX_STATUS = 1000
MAX_BYTES = 1 << 50
MAX_SECONDS = 1e5
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,512}?)</title", re.IGNORECASE | re.DOTALL)
_SEARCHED = 1 << 17

NameTarget = Callable[[str | None], str]


class Seen(msgspec.Struct):
    """All that `observe` makes of one measurement."""

    measurement: Measurement
    observations: list[Observation]
    controls: list[Control]
    notes: list[str]


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

    def add(self, host: str | None, **facts: Any) -> None:
        """Add one observation about a host; beyond `MAX_ROWS` it is only counted."""
        if len(self.rows) >= MAX_ROWS:
            self.cut += 1
            return
        target = facts.pop("target", None) or self.name_target(host)
        self.rows.append(
            Observation(
                measurement_id=self.measurement_id, number=len(self.rows), target=target, hostname=host, **facts
            )
        )

    def notes(self) -> list[str]:
        """What there is to say of the rows themselves."""
        return [f"{self.cut} observations beyond the cap were cut"] if self.cut else []

    def app(self, target: str, step: str, failure: str | None, **more: Any) -> None:
        """A protocol above the common layers: what was tried, and how it failed if it did."""
        host = more.pop("host", None)
        self.add(host, target=target, app_tried=True, app_step=step, app_failure=failure_of(failure), **more)

    def lookups(self, queries: Iterable[Query], hops: dict[str, int], **more: Any) -> None:
        """DNS look-ups (df-002)."""
        self.hops = hops
        for query in queries:
            host = hostname(query.hostname)
            found = {a.ipv4 or a.ipv6 or "": a.asn for a in query.answers or []}
            answers = [a for a in found if is_address(a)]
            asns = sorted({n for a in answers if (n := found[a]) is not None and 0 < n < 2**32})
            names = [hostname(a.hostname) for a in query.answers or [] if a.answer_type == "CNAME"]
            self.add(
                host,
                hop=hops.get(host or "", 0),
                dns_engine=clean(query.engine) or "system",
                dns_query_type=clean(query.query_type),
                dns_failure=failure_of(query.failure),
                dns_answers=answers,
                dns_answer_asns=asns,
                dns_answer_kinds=_answer_kinds(answers, self.probe_cc, names, self.probe_asn in asns),
                **more,
            )

    def connections(self, connects: Iterable[Connect], host_of: Callable[[str], str | None], **more: Any) -> None:
        """TCP connections (df-005)."""
        for connect in connects:
            if connect.ip and is_address(connect.ip) and connect.status is not None:
                failure = failure_of(connect.status.failure)
                if failure is None and connect.status.success is False:
                    failure = "unknown_failure"
                host = host_of(connect.ip)
                port = connect.port if 0 < (connect.port or 0) < 65536 else None
                taken = connect.t - connect.t0 if connect.t is not None and connect.t0 is not None else None
                self.add(
                    host,
                    hop=self.hops.get(host or "", 0),
                    ip=connect.ip,
                    port=port,
                    tcp_tried=True,
                    tcp_failure=failure,
                    tcp_connect_s=taken if taken and 0 < taken < MAX_SECONDS and failure is None else None,
                    **more,
                )

    def handshakes(
        self,
        handshakes: Iterable[Handshake],
        hops: dict[str, int],
        *,
        quic: bool = False,
        at: str | None = None,
        **more: Any,
    ) -> None:
        """TLS handshakes (df-006) or, with `quic`, QUIC handshakes (df-009); `at` is the address of those without."""
        for shake in handshakes:
            where = endpoint(shake.address or at or "")
            host = hostname(shake.server_name)
            duration = shake.t - shake.t0 if shake.t is not None and shake.t0 is not None else None
            chain = chain_of(shake.peer_certificates)
            found = examine(chain, host, self.started_at, self.received_at)
            layer: dict[str, Any]
            if quic:
                layer = {"quic_tried": True, "quic_failure": failure_of(shake.failure)}
            else:
                layer = {"tls_tried": True, "tls_failure": failure_of(shake.failure), "tls_handshake_s": duration}
            self.add(
                host,
                hop=hops.get(host or "", 0),
                ip=where[0] if where else None,
                port=where[1] if where else None,
                tls_server_name=host,
                tls_unverified=bool(shake.no_tls_verify),
                tls_certificate_sha256=found.leaf_sha256,
                tls_certificate_check=found.check,
                tls_issuer=found.issuer,
                **layer,
                **more,
            )

    def exchanges(self, exchanges: Iterable[tuple[int, Exchange]], **more: Any) -> None:
        """HTTP exchanges (df-001), each with its hop."""
        for hop, exchange in exchanges:
            url = clean(exchange.request.url if exchange.request else None, MAX_URL)
            parts = split_url(url)
            where = endpoint(exchange.address or "")
            self.add(
                parts[1] if parts else None,
                hop=hop,
                ip=where[0] if where else None,
                port=parts[2] if parts else None,
                http_tried=True,
                http_url=url,
                http_failure=failure_of(exchange.failure),
                **_response_facts(exchange, self.probe_cc),
                **more,
            )


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

    def add(layer: str, failure: str | None, ok: bool, **facts: Any) -> None:
        found.append(_control(row, len(found), hour, layer, failure, ok, facts))

    if answer.dns is not None:
        addresses = [a for a in answer.dns.addrs or [] if is_address(a)]
        add("dns", answer.dns.failure, answer.dns.failure is None, hostname=host, dns_answers=addresses)
    for layer, table in (("tcp", answer.tcp_connect), ("tls", answer.tls_handshake)):
        for name, connect in (table or {}).items():
            if where := endpoint(name):
                ok = bool(connect.status) and connect.failure is None
                add(layer, connect.failure, ok, hostname=host, ip=where[0], port=where[1])
    for address, info in (answer.ip_info or {}).items():
        if is_address(address) and 0 < (info.asn or 0) < 2**32:
            add("address", None, True, ip=address, asn=info.asn)
    if (http := answer.http_request) is not None and (http.failure is not None or http.status_code is not None):
        status = http.status_code if http.status_code and 0 < http.status_code < MAX_STATUS else None
        size = http.body_length if http.body_length is not None and 0 <= http.body_length < MAX_BYTES else None
        ok = http.failure is None and status is not None
        names = sorted(name.lower() for name in http.headers or {})[:MAX_HEADERS]
        facts = {"http_status": status, "http_body_bytes": size, "http_title": http.title, "http_header_names": names}
        add("http", http.failure, ok, hostname=host, **facts)
    return found[:MAX_ROWS]


def control_page(row: Measurement, exchange: Exchange, number: int, lineage: str) -> Control:
    """A page that was fetched in another way as a control row; `lineage` says how."""
    url = split_url(exchange.request.url if exchange.request else None)
    facts = _response_facts(exchange, None)
    kept = ("http_status", "http_body_bytes", "http_title", "http_header_names")
    made = _control(
        row,
        number,
        hour_of(row),
        "http",
        exchange.failure,
        exchange.failure is None,
        {"hostname": url[1] if url else None, **{k: facts[k] for k in kept if k in facts}},
    )
    return msgspec.structs.replace(made, lineage=lineage)


def control_lookup(row: Measurement, number: int, host: str, addresses: list[str]) -> Control:
    """A look-up that a control resolver answered as a control row."""
    facts = {"hostname": host, "dns_answers": addresses}
    return _control(row, number, hour_of(row), "dns", None, True, facts)


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
    facts: dict[str, Any],
) -> Control:
    facts["http_title"] = clean(" ".join((facts.get("http_title") or "").split()), 512)
    return Control(
        measurement_id=row.measurement_id,
        number=number,
        hour=hour,
        layer=layer,
        succeeded=int(ok),
        failed=int(not ok),
        failure=clean(failure),
        lineage="test_helper",
        **facts,
    )


def _response_facts(exchange: Exchange, probe_cc: str | None) -> dict[str, Any]:
    response = exchange.response
    if response is None or not 0 < (response.code or 0) < MAX_STATUS:
        return {}
    body, size = text_of(response.body)
    headers = {name.lower(): text_of(value)[0] for name, value in (response.headers or {}).items()}
    location = headers.get("location")
    shown, doubtful = page_fingerprint(body[:_SEARCHED], headers, probe_cc)
    open_page = response.code == 200 and shown is None and _without_encryption(exchange)
    return {
        "http_status": response.code,
        "http_body_bytes": size if response.body is not None else None,
        "http_body_truncated": bool(response.body_is_truncated),
        "http_title": title_of(body),
        "http_server": clean(headers.get("server"), 128),
        "http_location": clean(location, MAX_URL),
        "http_header_names": sorted(headers)[:MAX_HEADERS],
        "http_fingerprint": shown,
        "http_refusal": doubtful or refusal(response.code or 0, headers, body),
        "http_simhash": simhash(body[:MAX_TEXT]) if open_page else None,
    }


def _without_encryption(exchange: Exchange) -> bool:
    return exchange.request is not None and (exchange.request.url or "").startswith("http:")


def _answer_kinds(
    answers: list[str], probe_cc: str | None, names: Iterable[str | None] = (), in_network: bool = False
) -> list[str]:
    kinds = ["bogon"] if any(is_bogon(a) for a in answers) else []
    kinds += ["in_network"] if in_network else []
    return kinds + sorted(answer_fingerprints([*answers, *filter(None, names)], probe_cc))


def chain_of(certificates: list[Binary] | None) -> tuple[bytes, ...]:
    """The certificates of a handshake (df-006), leaf first; one that is not base64 is left empty, and none are missed.

    One more than `MAX_CHAIN` is enough to see that there are too many.
    """
    return tuple(_der(c) for c in (certificates or [])[: MAX_CHAIN + 1])


def _der(certificate: Binary) -> bytes:
    try:
        return b64decode(certificate.data or "")
    except (BadBase64, ValueError):
        return b""
