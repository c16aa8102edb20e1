"""What one probe saw at one endpoint: facts, no conclusions."""

from __future__ import annotations

from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col


class Observation(Table, frozen=True, kw_only=True):
    """What one probe saw of one name or at one endpoint. A DNS look-up has no `ip`; an endpoint has one.

    Failure strings are OONI's (data format df-007); an empty failure beside a true `*_tried` is a success.
    """

    table_name: ClassVar[str] = "observation"

    measurement_id: Annotated[str, col("Measurement it belongs to", key=True)]
    number: Annotated[int, col("Place within the measurement, from 0", key=True)]
    target: Annotated[str, col("Stable name of the part that was tested: telegram/dc, example.org")]
    hostname: Annotated[str | None, col("Host name, lower case, in A-label form")] = None
    ip: Annotated[str | None, col("Address of the server; never of the probe")] = None
    port: Annotated[int | None, col("TCP or UDP port of the server")] = None
    hop: Annotated[int, col("0 for the first request, 1 after one redirect, and so on")] = 0

    dns_engine: Annotated[str | None, col("Resolver used: system, getaddrinfo, udp, doh, …")] = None
    dns_query_type: Annotated[str | None, col("Query type: A, AAAA, ANY")] = None
    dns_resolver: Annotated[
        str | None, col("Public resolver that the probe asked by itself, not the one of its line: 8.8.8.8, dns.google")
    ] = None
    dns_failure: Annotated[str | None, col("Failure of the look-up")] = None
    dns_lookup_s: Annotated[float | None, col("Time of the look-up, where it was answered", unit="s")] = None
    dns_answers: Annotated[list[str], col("Addresses in the answer")] = []
    dns_answer_asns: Annotated[list[int], col("Autonomous systems of these addresses, as the record names them")] = []
    dns_answer_kinds: Annotated[
        list[str],
        col(
            "What is odd about them: bogon, in_network (that of the probe), fingerprint:NAME, "
            "fingerprint_elsewhere:NAME (known from another country), fingerprint_other:NAME (of a product, an "
            "institution or a server)"
        ),
    ] = []

    tcp_tried: Annotated[bool, col("A TCP connection was attempted")] = False
    tcp_failure: Annotated[str | None, col("Failure of the TCP connection")] = None
    tcp_connect_s: Annotated[float | None, col("Time of the connection: about one round trip", unit="s")] = None
    tls_tried: Annotated[bool, col("A TLS handshake was attempted")] = False
    tls_failure: Annotated[str | None, col("Failure of the TLS handshake")] = None
    tls_server_name: Annotated[str | None, col("Server name in the ClientHello (SNI)")] = None
    tls_handshake_s: Annotated[float | None, col("Time of the handshake", unit="s")] = None
    tls_certificate_sha256: Annotated[str | None, col("SHA-256 of the leaf certificate, DER")] = None
    tls_issuer: Annotated[str | None, col("Issuer of the leaf certificate, at most 128 characters")] = None
    tls_certificate_check: Annotated[
        str | None,
        col(
            "What our own check of the chain, the name and the date found: valid, unknown_authority, self_signed, "
            "wrong_name, expired, not_yet_valid, unreadable; none where no certificate is on record or nobody can tell"
        ),
    ] = None
    tls_unverified: Annotated[bool, col("The probe did not check the certificate, on purpose")] = False
    quic_tried: Annotated[bool, col("A QUIC handshake was attempted")] = False
    quic_failure: Annotated[str | None, col("Failure of the QUIC handshake")] = None

    http_tried: Annotated[bool, col("An HTTP request was sent")] = False
    http_url: Annotated[str | None, col("URL requested, at most 2,048 characters")] = None
    http_failure: Annotated[str | None, col("Failure of the HTTP exchange")] = None
    http_status: Annotated[int | None, col("Status code of the response")] = None
    http_body_bytes: Annotated[int | None, col("Length of the body as kept by the probe", unit="bytes")] = None
    http_body_truncated: Annotated[bool, col("The probe kept only the beginning of the body")] = False
    http_title: Annotated[str | None, col("Title of the page, at most 512 characters")] = None
    http_server: Annotated[str | None, col("Server header, at most 128 characters")] = None
    http_location: Annotated[str | None, col("Location header, at most 2,048 characters")] = None
    http_header_names: Annotated[list[str], col("Names of the response's headers, lower case, sorted, at most 64")] = []
    http_simhash: Annotated[
        str | None, col("Simhash of the words of the body, 64 bits in hexadecimal (Charikar 2002)")
    ] = None
    http_refusal: Annotated[
        str | None,
        col(
            "Who refuses that is not the network: a service known by its marks (cloudflare, akamai, …), or "
            "fingerprint:NAME, fingerprint_elsewhere:NAME"
        ),
    ] = None
    http_fingerprint: Annotated[str | None, col("Block page fingerprint found in the response")] = None
    http_notice: Annotated[
        str | None,
        col("Language in which a short page says that something is withheld, by a law, a court or an office"),
    ] = None

    app_tried: Annotated[bool, col("A protocol above these layers was tried, such as Tor's bootstrap")] = False
    app_step: Annotated[
        str | None, col("What was tried there, or how far it got: obfs4 handshake, bootstrap at 14 % (handshake)")
    ] = None
    app_failure: Annotated[str | None, col("Failure above these layers, in the nettest's own words")] = None
    app_duration_s: Annotated[
        float | None, col("Time until it got through, such as that of the bootstrap", unit="s")
    ] = None
    rate_tried: Annotated[bool, col("A speed was to be measured")] = False
    rate_failure: Annotated[str | None, col("Failure of the speed measurement")] = None
    rate_bits_per_s: Annotated[float | None, col("Speed, as the nettest measured it", unit="bit/s")] = None
    rate_bytes: Annotated[int | None, col("Bytes received over the connection", unit="bytes")] = None
    rate_duration_s: Annotated[float | None, col("Time in which they came", unit="s")] = None
