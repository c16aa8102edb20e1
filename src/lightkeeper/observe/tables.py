"""Observation tables: one measurement's rows of OONI's `obs_web`, as the keys that its nettest reads.

A row is what OONI's pipeline joined of a look-up, a connection, a handshake and an exchange, by address
(ooni/data, `transforms/nettests/measurement_transformer.py`). What a table does not have stays missing: a body, a
certificate, a control. A blank says nothing where the column is not there, and a 0 beside no failure is no failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from lightkeeper.model import Measurement, Observation
from lightkeeper.observe.addresses import hostname, is_address, is_public, split_url
from lightkeeper.observe.certificates import issuer_of_name
from lightkeeper.observe.decode import clean, keys
from lightkeeper.observe.facts import MAX_BYTES, Seen
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.tor import Endpoint
from lightkeeper.observe.wire import (
    Answer,
    Connect,
    ConnectStatus,
    Envelope,
    Exchange,
    Handshake,
    Query,
    Request,
    Response,
    Text,
    Wire,
)

PAGES = frozenset({"telegram", "whatsapp", "signal", "facebook_messenger", "web_connectivity"})
"""Nettests whose keys are look-ups, connections, handshakes and exchanges, and no options of their own."""
WEB = "web_connectivity"
TOR = "tor"
NOT_READ = "the rows of this nettest do not tell how they were made, and are not read"
IN_BETWEEN = "answers without a status were left out: another's page stands among them, and they may be its own"
NO_NAME = "handshakes were left out: the table does not tell for which name they were"
MAX_HOPS = 20
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.0*)?")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PLAIN_PORT = 80


class TableRow(Wire):
    """One row, as text, under the names of its columns."""

    target_id: Text = None
    hostname: Text = None
    ip: Text = None
    port: Text = None
    ip_asn: Text = None
    dns_engine: Text = None
    dns_query_type: Text = None
    dns_engine_resolver_address: Text = None
    dns_failure: Text = None
    dns_answer: Text = None
    dns_answer_asn: Text = None
    tcp_success: Text = None
    tcp_failure: Text = None
    tls_server_name: Text = None
    tls_success: Text = None
    tls_failure: Text = None
    tls_version: Text = None
    tls_is_certificate_valid: Text = None
    tls_handshake_time: Text = None
    tls_end_entity_certificate_fingerprint: Text = None
    tls_end_entity_certificate_issuer: Text = None
    tls_end_entity_certificate_issuer_common_name: Text = None
    http_request_url: Text = None
    http_network: Text = None
    http_failure: Text = None
    http_request_redirect_from: Text = None
    http_response_status_code: Text = None
    http_response_body_length: Text = None
    http_response_body_is_truncated: Text = None
    http_response_header_location: Text = None
    http_response_header_server: Text = None


class Table(Wire):
    """All rows of one measurement. `lacks`: columns of outcomes that the table has not; `repeated`: rows left out."""

    rows: list[TableRow] = []
    lacks: list[str] = []
    repeated: int = 0


class Nettest(Protocol):
    """What is needed of the nettest's module."""

    NAME: str
    DECODER: msgspec.json.Decoder[Any]

    def observe(self, row: Measurement, keys: Any) -> Seen:
        """The facts in the keys."""


_TABLE: msgspec.json.Decoder[Table] = msgspec.json.Decoder(Table)


def has_rows(record: Envelope) -> bool:
    """Whether a record is one measurement of an observation table."""
    return bytes(record.observation_table) != b"null"


def table_of(record: Envelope) -> tuple[Table, list[str]]:
    """The rows of a record, and the paths of what had wrong types. Raises SetAside for what is no JSON."""
    return keys(msgspec.structs.replace(record, test_keys=record.observation_table), _TABLE)


def observe(row: Measurement, table: Table, nettest: Nettest) -> Seen:
    """The facts in the rows of one measurement, named as those of a raw record are. No control comes with them."""
    known = _Known(table)
    if nettest.NAME in PAGES:
        exchanges = known.exchanges(table.rows)
        elsewhere = set() if nettest.NAME == WEB else _hosts_elsewhere(exchanges, row.target)
        kept = [e for e in exchanges if not elsewhere or not _may_be_anothers(e)]
        made = nettest.DECODER.type(
            queries=known.queries(table.rows),
            tcp_connect=[c for c in known.connects(table.rows) if c.ip not in elsewhere],
            tls_handshakes=known.handshakes(table.rows, quic=False),
            quic_handshakes=known.handshakes(table.rows, quic=True),
            requests=_in_order(kept, table.rows, row.input),
        )
        seen = nettest.observe(row, made)
        _name_connections(seen.observations, known.hosts)
        seen.notes += [f"{len(exchanges) - len(kept)} {IN_BETWEEN}"] if len(kept) < len(exchanges) else []
    elif nettest.NAME == TOR:
        seen = nettest.observe(row, nettest.DECODER.type(targets=_endpoints(table.rows, known)))
    else:
        return Seen(row, [], [], [NOT_READ], table.repeated)
    _add_what_stands_beside(seen.observations, table.rows)
    seen.repeated = table.repeated
    seen.notes += [f"{known.unnamed} {NO_NAME}"] if known.unnamed else []
    return seen


class _Known:
    """What the rows of one measurement tell together: which columns there are, and which names an address has."""

    def __init__(self, table: Table) -> None:
        self.lacks = frozenset(table.lacks)
        self.hosts: dict[str, set[str]] = {}
        self.asked: set[str] = set()
        self.unnamed = 0
        for row in table.rows:
            host = hostname(row.hostname)
            if host and row.ip and not is_address(host):
                self.hosts.setdefault(row.ip, set()).add(host)
            if (parts := split_url(row.http_request_url)) and parts[0] == "https":
                self.asked.add(parts[1])

    def queries(self, rows: Iterable[TableRow]) -> list[Query]:
        """Look-ups: the answers of one engine to one question are one, each failure is one."""
        found: list[Query] = []
        answered: dict[tuple[str | None, ...], list[Answer]] = {}
        for row in rows:
            if not hostname(row.hostname):
                continue
            question = (row.hostname, row.dns_engine, row.dns_query_type, row.dns_engine_resolver_address)
            told = not self.lacks & {"dns_failure", "dns_answer"}
            if row.dns_failure:
                found.append(_query(question, row.dns_failure, []))
            elif row.dns_answer or (row.dns_engine and told):
                if question not in answered:
                    answered[question] = []
                    found.append(_query(question, None, answered[question]))
                if row.dns_answer:
                    answered[question].append(_answer(row))
        return found

    def connects(self, rows: Iterable[TableRow]) -> list[Connect]:
        """TCP connections: those with a failure, and those that are said to be made."""
        return [
            Connect(r.ip, _number(r.port), ConnectStatus(r.tcp_failure, r.tcp_failure is None))
            for r in rows
            if r.tcp_failure or _true(r.tcp_success)
        ]

    def handshakes(self, rows: Iterable[TableRow], *, quic: bool) -> list[Handshake]:
        """Handshakes: those with a failure, and those of which the row has what only a completed one gives."""
        found = []
        for row in rows:
            if (row.http_network in ("udp", "quic")) is not quic or not (row.tls_failure or self._completed(row)):
                continue
            name = self._server_name(row)
            if name is None and "tls_server_name" in self.lacks and row.target_id is None:
                self.unnamed += 1
                continue
            checked = "tls_is_certificate_valid" in self.lacks or _true(row.tls_is_certificate_valid)
            taken = _seconds(row.tls_handshake_time)
            found.append(
                Handshake(
                    address=_at(row),
                    server_name=name,
                    no_tls_verify=row.tls_failure is None and not checked,
                    failure=row.tls_failure,
                    t0=None if taken is None else 0.0,
                    t=taken,
                )
            )
        return found

    def exchanges(self, rows: Iterable[TableRow]) -> list[Exchange]:
        """HTTP exchanges. One without a failure got through, whatever its status was."""
        return [
            _exchange(r)
            for r in rows
            if r.http_request_url and (r.http_failure or _number(r.http_response_status_code) or self._no_failure)
        ]

    @property
    def _no_failure(self) -> bool:
        return "http_failure" not in self.lacks

    def _completed(self, row: TableRow) -> bool:
        if "tls_failure" in self.lacks:
            return _true(row.tls_is_certificate_valid)
        if row.tls_success is not None and "tls_success" not in self.lacks and not _true(row.tls_success):
            return False
        return any((_true(row.tls_success), row.tls_handshake_time, row.tls_version, row.tls_is_certificate_valid))

    def _server_name(self, row: TableRow) -> str | None:
        """The name in the handshake; where the table has no such column, the only one that it can have been."""
        if row.tls_server_name or "tls_server_name" not in self.lacks:
            return row.tls_server_name
        names = self.hosts.get(row.ip or "", set())
        if len(names) > 1:
            names = names & self.asked
        return next(iter(names)) if len(names) == 1 else None


def _endpoints(rows: Iterable[TableRow], known: _Known) -> dict[str, Endpoint]:
    """Tor's endpoints, each with what was done with it. Which protocol it speaks is in no column."""
    groups: dict[str, list[TableRow]] = {}
    for row in rows:
        groups.setdefault(row.target_id or f"{row.ip} {row.port}", []).append(row)
    return {
        name: Endpoint(
            target_address=next(filter(None, map(_at, group)), None),
            tcp_connect=known.connects(group),
            tls_handshakes=[
                msgspec.structs.replace(h, no_tls_verify=True)  # relays sign for themselves (ts-023)
                for h in known.handshakes([_of_tor(r) for r in group], quic=False)
            ],
            requests=known.exchanges(group),
        )
        for name, group in groups.items()
    }


def _of_tor(row: TableRow) -> TableRow:
    return msgspec.structs.replace(row, target_id=row.target_id or "unnamed")


def _query(question: tuple[str | None, ...], failure: str | None, answers: list[Answer]) -> Query:
    host, engine, kind, resolver = question
    return Query(host, kind, engine, failure, answers, resolver)


def _answer(row: TableRow) -> Answer:
    said = row.dns_answer or ""
    asn = _number(row.dns_answer_asn) or (_number(row.ip_asn) if row.ip == said else None)
    if not is_address(said):
        return Answer(answer_type="CNAME", hostname=said, asn=asn)
    if ":" in said:
        return Answer(answer_type="AAAA", ipv6=said, asn=asn)
    return Answer(answer_type="A", ipv4=said, asn=asn)


def _exchange(row: TableRow) -> Exchange:
    headers: dict[str, Any] = {
        name: value
        for name, value in (
            ("location", row.http_response_header_location),
            ("server", row.http_response_header_server),
        )
        if value
    }
    status = _number(row.http_response_status_code)
    cut = _true(row.http_response_body_is_truncated)
    return Exchange(
        failure=row.http_failure,
        request=Request(url=row.http_request_url),
        response=Response(code=status, headers=headers, body_is_truncated=cut) if status else None,
        address=_at(row),
    )


def _hosts_elsewhere(exchanges: Iterable[Exchange], service: str) -> set[str]:
    """Hosts that answered and are not the service's.

    Something in between, such as the portal of a Wi-Fi network, sent the probe to its own page. Where only failures are
    on record, the redirect looks like an answer of the service.
    """
    urls = [e.request.url for e in exchanges if e.request and not e.failure]
    return {parts[1] for url in urls if (parts := split_url(url)) and _is_elsewhere(url, service)}


def _may_be_anothers(exchange: Exchange) -> bool:
    """Whether nothing on record tells an answer from one that something in between wrote: no status, no encryption."""
    url = (exchange.request.url if exchange.request else None) or ""
    return not exchange.failure and not exchange.response and not url.startswith("https:")


def _is_elsewhere(url: str | None, service: str) -> bool:
    """Whether a URL is not one that the nettest of a service asks for: of another service, or a page at an address."""
    parts = split_url(url)
    if parts is None:
        return False
    if is_address(parts[1]):
        return not is_public(parts[1]) or urlsplit(url or "").path not in ("", "/")
    return target_of(parts[1]).partition("/")[0] != service


def _in_order(exchanges: list[Exchange], rows: Iterable[TableRow], url: str | None) -> list[Exchange]:
    """Exchanges as probes list them: the last of a chain of redirects first, that of the tested URL last."""
    came = {r.http_request_url: r.http_request_redirect_from for r in rows if r.http_request_redirect_from}

    def depth(exchange: Exchange) -> tuple[bool, int]:
        here, steps = exchange.request.url if exchange.request else None, 0
        while here in came and steps < MAX_HOPS:
            here, steps = came[here], steps + 1
        return bool(steps) or here != url, steps

    return sorted(exchanges, key=depth, reverse=True)


def _name_connections(observations: list[Observation], hosts: dict[str, set[str]]) -> None:
    """Give connections the name that their row has, where no look-up on record leads to the address."""
    for at, seen in enumerate(observations):
        names = hosts.get(seen.ip or "", set())
        if seen.tcp_tried and seen.hostname is None and len(names) == 1:
            host = next(iter(names))
            observations[at] = msgspec.structs.replace(seen, hostname=host, target=target_of(host))


def _add_what_stands_beside(observations: list[Observation], rows: Iterable[TableRow]) -> None:
    """Put in what the table has apart from the wire form: the leaf's hash and issuer, and the length of a body.

    A handshake on port 80 was joined to its connection by the address alone, and its own port is not known.
    """
    leaves: dict[tuple[str | None, str | None], TableRow] = {}
    sizes: dict[str | None, int] = {}
    for row in rows:
        if row.tls_end_entity_certificate_issuer or row.tls_end_entity_certificate_fingerprint:
            leaves.setdefault((row.ip, hostname(row.tls_server_name or row.hostname)), row)
        if (size := _number(row.http_response_body_length)) is not None and size < MAX_BYTES:
            sizes.setdefault(row.http_request_url, size)
    repeats = Counter(o.http_url for o in observations if o.http_tried)
    for at, seen in enumerate(observations):
        more: dict[str, Any] = {}
        if seen.tls_tried or seen.quic_tried:
            if seen.port == _PLAIN_PORT:
                more["port"] = None
            if leaf := leaves.get((seen.ip, seen.tls_server_name)):
                more |= {"tls_issuer": _issuer(leaf), "tls_certificate_sha256": _sha256(leaf)}
        elif seen.http_status and seen.http_url in sizes and repeats[seen.http_url] == 1:
            more["http_body_bytes"] = sizes[seen.http_url]
        if more:
            observations[at] = msgspec.structs.replace(seen, **more)


def _sha256(row: TableRow) -> str | None:
    text = row.tls_end_entity_certificate_fingerprint or ""
    return text if _FINGERPRINT.fullmatch(text) else None


def _issuer(row: TableRow) -> str | None:
    """The issuer as our own reading of a certificate has it; `…_issuer` is a name of RFC 4514."""
    try:
        return issuer_of_name(x509.Name.from_rfc4514_string(row.tls_end_entity_certificate_issuer or ""))
    except (ValueError, TypeError):
        return clean(row.tls_end_entity_certificate_issuer_common_name, 128)


def _at(row: TableRow) -> str | None:
    port = _number(row.port)
    if not row.ip or not port or not is_address(row.ip):
        return None
    return f"[{row.ip}]:{port}" if ":" in row.ip else f"{row.ip}:{port}"


def _number(text: str | None) -> int | None:
    found = _NUMBER.fullmatch(text) if text else None
    return int(found[1]) if found else None


def _seconds(text: str | None) -> float | None:
    try:
        found = float(text) if text else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < 1e5 else None


def _true(text: str | None) -> bool:
    return text is not None and (text.lower() == "true" or _number(text) == 1)
