"""The row of nettests: which module reads which record."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe import (
    browser_web,
    dash,
    dns_consistency,
    dns_n_http,
    dnscheck,
    dnsping,
    echcheck,
    facebook_messenger,
    http_header_field_manipulation,
    http_invalid_request_line,
    http_requests,
    meek_fronted_requests_test,
    ndt,
    openvpn,
    psiphon,
    quicping,
    riseupvpn,
    signal,
    simplequicping,
    sni_blocking,
    stunreachability,
    tcpping,
    telegram,
    tlsping,
    tor,
    torsf,
    urlgetter,
    vanilla_tor,
    web_connectivity,
    whatsapp,
)
from lightkeeper.observe.decode import envelope, keys, measurement
from lightkeeper.observe.facts import Seen
from lightkeeper.observe.wire import Envelope


class Nettest(Protocol):
    """What a module of this room offers."""

    NAME: str
    DECODER: msgspec.json.Decoder[Any]

    def target(self, record: Envelope) -> str:
        """The stable name of what the record tests."""

    def observe(self, row: Measurement, keys: Any) -> Seen:
        """The facts in the record."""


_MODULES: tuple[Any, ...] = (
    browser_web,
    dash,
    dns_consistency,
    dns_n_http,
    dnscheck,
    dnsping,
    echcheck,
    facebook_messenger,
    http_header_field_manipulation,
    http_invalid_request_line,
    http_requests,
    meek_fronted_requests_test,
    ndt,
    openvpn,
    psiphon,
    quicping,
    riseupvpn,
    signal,
    simplequicping,
    sni_blocking,
    stunreachability,
    tcpping,
    telegram,
    tlsping,
    tor,
    torsf,
    urlgetter,
    vanilla_tor,
    web_connectivity,
    whatsapp,
)
NETTESTS: dict[str, Nettest] = {module.NAME: module for module in _MODULES}


def observe(data: bytes, *, file_sha256: str, line: int) -> Seen:
    """One record as facts. A nettest that no module reads gives the measurement alone, and says so in `notes`.

    `data` is one JSON object; `file_sha256` and `line` say where it stands. Raises SetAside where it cannot be read.
    """
    record, dropped = envelope(data)
    nettest = NETTESTS.get(record.test_name or "")
    target = nettest.target(record) if nettest else record.test_name or "unknown"
    row = measurement(record, data=data, target=target, file_sha256=file_sha256, line=line)
    if nettest is None:
        return Seen(row, [], [], [f"unknown nettest: {row.test_name}"])
    found, misfits = keys(record, nettest.DECODER)
    seen = nettest.observe(row, found)
    if dropped or misfits:
        seen.notes.append("parts of the record had other types than the specification and were left out")
    return seen
