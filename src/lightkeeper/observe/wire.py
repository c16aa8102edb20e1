"""A measurement as OONI's probes send it: the parts that are read, with the types they should have.

Formats: OONI data formats df-000 to df-009 and nettest specifications ts-000 to ts-035. Fields not listed here are
skipped by the decoder without being built. A record whose types differ goes through `repair`.
"""

from __future__ import annotations

from typing import Any

import msgspec

Text = str | None
Number = float | None
Failure = str | None | msgspec.UnsetType
"""How something failed (df-007): null where it did not, and unset where the record does not say how it ended."""


class Wire(msgspec.Struct, gc=False):
    """Base of all parts of a record."""


class Answer(Wire):
    """One answer of a DNS query (df-002)."""

    answer_type: Text = None
    hostname: Text = None
    ipv4: Text = None
    ipv6: Text = None
    asn: int | None = None


class Query(Wire):
    """One DNS query (df-002)."""

    hostname: Text = None
    query_type: Text = None
    engine: Text = None
    failure: Failure = msgspec.UNSET
    answers: list[Answer] | None = None
    resolver_address: Text = None
    t: Number = None
    t0: Number = None


class ConnectStatus(Wire):
    """How a TCP connection ended (df-005). Probes of 2016 wrote `false` for no failure (ts-019, Example)."""

    failure: str | bool | None = None
    success: bool | None = None


class Connect(Wire):
    """One TCP connection (df-005)."""

    ip: Text = None
    port: int | None = None
    status: ConnectStatus | None = None
    t: Number = None
    t0: Number = None


class Binary(Wire):
    """Bytes that are not UTF-8 (df-001)."""

    data: Text = None
    format: Text = None


class Handshake(Wire):
    """One TLS or QUIC handshake (df-006, df-009)."""

    address: Text = None
    server_name: Text = None
    no_tls_verify: bool | None = None
    failure: Failure = msgspec.UNSET
    t: Number = None
    t0: Number = None
    peer_certificates: list[Binary] | None = None


class Request(Wire):
    """The request side of an HTTP exchange (df-001)."""

    url: Text = None
    x_transport: Text = None


class Response(Wire):
    """The response side of an HTTP exchange (df-001)."""

    code: int | None = None
    body: str | Binary | None = None
    body_is_truncated: bool | None = None
    headers: dict[str, str | Binary] | None = None


class Exchange(Wire):
    """One HTTP exchange (df-001)."""

    failure: Failure = msgspec.UNSET
    request: Request | None = None
    response: Response | None = None
    address: Text = None
    transaction_id: int | None = None


class NetworkEvent(Wire):
    """One event of a connection (df-008), such as bytes read; `t` in seconds since the measurement began."""

    operation: Text = None
    num_bytes: Number = None
    t: Number = None
    transaction_id: int | None = None


class ControlDns(Wire):
    """What the test helper resolved (ts-017)."""

    failure: Text = None
    addrs: list[str] | None = None


class ControlConnect(Wire):
    """How the test helper's connection ended (ts-017)."""

    status: bool | None = None
    failure: Text = None


class ControlHttp(Wire):
    """What the test helper fetched (ts-017)."""

    failure: Text = None
    status_code: int | None = None
    body_length: int | None = None
    title: Text = None
    headers: dict[str, str | Binary] | None = None


class ControlAddress(Wire):
    """What the test helper knows of an address (ts-017, version 0.5)."""

    asn: int | None = None
    flags: int | None = None


class ControlAnswer(Wire):
    """The test helper's whole answer (ts-017)."""

    dns: ControlDns | None = None
    tcp_connect: dict[str, ControlConnect] | None = None
    tls_handshake: dict[str, ControlConnect] | None = None
    quic_handshake: dict[str, ControlConnect] | None = None
    http_request: ControlHttp | None = None
    ip_info: dict[str, ControlAddress] | None = None


class Keys(Wire):
    """`test_keys` that many nettests share."""

    queries: list[Query] | None = None
    tcp_connect: list[Connect] | None = None
    tls_handshakes: list[Handshake] | None = None
    quic_handshakes: list[Handshake] | None = None
    requests: list[Exchange] | None = None
    network_events: list[NetworkEvent] | None = None
    failure: Text = None


class Annotations(Wire):
    """Notes of the probe's software about itself."""

    platform: Text = None
    network_type: Text = None
    engine_version: Text = None


class Envelope(Wire):
    """The outer record (df-000). `test_keys` stays as bytes until the nettest is known.

    A measurement of an observation table has its rows under `observation_table` in place of `test_keys`.
    """

    test_name: Text = None
    test_version: Text = None
    measurement_uid: Text = None
    id: Text = None
    report_id: Text = None
    probe_cc: Text = None
    probe_asn: str | int | None = None
    resolver_asn: str | int | None = None
    input: Any = None
    measurement_start_time: Text = None
    test_start_time: Text = None
    software_name: Text = None
    software_version: Text = None
    annotations: Annotations | None = None
    observation_table: msgspec.Raw = msgspec.Raw(b"null")
    is_verified: str | bool | None = None
    test_keys: msgspec.Raw = msgspec.Raw(b"null")
