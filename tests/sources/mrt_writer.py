"""Write small MRT files for tests: synthetic, and said to be so."""

from __future__ import annotations

import ipaddress
import struct

BEGIN = 1_767_888_000
"""2026-01-08 16:00 UTC."""
ESTABLISHED = 6
IDLE = 1


def record(second: int, kind: int, subtype: int, body: bytes) -> bytes:
    return struct.pack(">IHHI", second, kind, subtype, len(body)) + body


def prefix(text: str) -> bytes:
    network = ipaddress.ip_network(text)
    return bytes([network.prefixlen]) + network.network_address.packed[: (network.prefixlen + 7) // 8]


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack(">BBH", 0x50, kind, len(value)) + value


def path(*asns: int) -> bytes:
    return attribute(2, bytes([2, len(asns)]) + b"".join(struct.pack(">I", asn) for asn in asns))


def peer_head(peer: tuple[str, int]) -> bytes:
    address = ipaddress.ip_address(peer[0])
    return struct.pack(">IIHH", peer[1], 64500, 0, 1 if address.version == 4 else 2) + 2 * address.packed


def update(second: int, peer: tuple[str, int], *, announce: str = "", withdraw: str = "", origin: int = 64500) -> bytes:
    """One BGP4MP_MESSAGE_AS4 with one prefix announced or withdrawn, or none (an End-of-RIB)."""
    gone = attributes = nlri = b""
    if withdraw:
        six = ":" in withdraw
        gone = b"" if six else prefix(withdraw)
        attributes = attribute(15, b"\0\2\1" + prefix(withdraw)) if six else b""
    if announce:
        six = ":" in announce
        reach = attribute(14, b"\0\2\1\x10" + bytes(16) + b"\0" + prefix(announce)) if six else b""
        attributes = attribute(1, b"\0") + path(peer[1], origin) + reach
        nlri = b"" if six else prefix(announce)
    body = struct.pack(">H", len(gone)) + gone + struct.pack(">H", len(attributes)) + attributes + nlri
    return record(second, 16, 4, peer_head(peer) + message(2, body))


def message(kind: int, body: bytes) -> bytes:
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def keepalive(second: int, peer: tuple[str, int]) -> bytes:
    return record(second, 16, 4, peer_head(peer) + message(4, b""))


def state(second: int, peer: tuple[str, int], old: int, new: int) -> bytes:
    return record(second, 16, 5, peer_head(peer) + struct.pack(">HH", old, new))


def table(second: int, peers: list[tuple[str, int]], routes: dict[str, dict[int, int]]) -> bytes:
    """A TABLE_DUMP_V2: for each prefix, the origin that each peer (by its place) has."""
    entries = b""
    for address, asn in peers:
        packed = ipaddress.ip_address(address).packed
        entries += bytes([2 + (len(packed) == 16)]) + bytes(4) + packed + struct.pack(">I", asn)
    found = record(second, 13, 1, struct.pack(">IHH", 0, 0, len(peers)) + entries)
    for number, (text, origins) in enumerate(routes.items()):
        body = struct.pack(">I", number) + prefix(text) + struct.pack(">H", len(origins))
        for peer, origin in origins.items():
            attributes = attribute(1, b"\0") + path(peers[peer][1], origin)
            body += struct.pack(">HIH", peer, second, len(attributes)) + attributes
        found += record(second, 13, 4 if ":" in text else 2, body)
    return found
