"""SNI blocking (ts-024, Expected output): a handshake with a helper under the tested name, and under a harmless one."""

from __future__ import annotations

from itertools import accumulate

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host
from lightkeeper.observe.wire import Envelope, Handshake, Keys, Text, Wire

NAME = "sni_blocking"
MAX_EVENTS = 2000
LEAST_BYTES = 1000
"""Bytes of an answer below which an equal length may be chance: an alert has 7, a chain of certificates thousands."""
SAME_LENGTH = (
    "what came under the tested name has the length of what came under the harmless one: the same certificates"
)


class Attempt(Keys):
    """One handshake with the helper under the name `sni`, and what went before it."""

    sni: Text = None
    th_address: Text = None


class SniKeys(Wire):
    """`test_keys` of SNI blocking. What the probe concluded (`result`) is not read."""

    control: Attempt | None = None
    target: Attempt | None = None


DECODER: msgspec.json.Decoder[SniKeys] = msgspec.json.Decoder(SniKeys)


def target(record: Envelope) -> str:
    """The tested name, as the name in a handshake with someone else's server: `sni/example.org`."""
    return f"sni/{named_host(record.input) or 'unknown'}"


def observe(row: Measurement, keys: SniKeys) -> Seen:
    """One observation a connection and handshake. The harmless name shows that the helper and the probe work.

    Probes of 2020 kept no certificate of a handshake that failed for its name. Where what came has to the byte the
    length of what came under the harmless name, it was the helper's own answer: "the sequence of network events may
    possibly be useful to detect" a box between (ts-024, Possible conclusions).
    """
    rows = Rows(row)
    target, notes = keys.target, []
    if target is not None and keys.control is not None and _is_the_same_answer(target, keys.control):
        shown = _named(keys.control)[0].peer_certificates
        shakes = [msgspec.structs.replace(s, peer_certificates=shown) for s in _named(target)]
        target, notes = msgspec.structs.replace(target, tls_handshakes=shakes), [SAME_LENGTH]
    for part, attempt in (("sni/control", keys.control), (row.target, target)):
        if attempt is not None:
            rows.connections(attempt.tcp_connect or [], lambda _: None, target=part)
            rows.handshakes(_named(attempt), {}, at=attempt.th_address, target=part)
            if attempt.failure and not attempt.tls_handshakes and not attempt.tcp_connect:
                rows.app(part, "access to the helper", attempt.failure)
    return Seen(row, rows.rows, [], [*rows.notes(), *notes])


def _is_the_same_answer(target: Attempt, control: Attempt) -> bool:
    """Whether a handshake that failed for its name alone got what the harmless name got, counted in bytes."""
    shakes, theirs = target.tls_handshakes or [], control.tls_handshakes or []
    if len(shakes) != 1 or len(theirs) != 1 or target.th_address != control.th_address or theirs[0].failure:
        return False
    if shakes[0].failure != "ssl_invalid_hostname" or shakes[0].peer_certificates:
        return False
    came = sum(_reads(target))
    return came >= LEAST_BYTES and came in accumulate(_reads(control))


def _reads(attempt: Attempt) -> list[float]:
    events = (attempt.network_events or [])[:MAX_EVENTS]
    return [event.num_bytes for event in events if event.operation == "read" and event.num_bytes]


def _named(attempt: Attempt) -> list[Handshake]:
    """The handshakes, with their name where the record gives it only once for all (ts-024, Example)."""
    shakes = attempt.tls_handshakes or []
    return [s if s.server_name else msgspec.structs.replace(s, server_name=attempt.sni) for s in shakes]
