"""Web Connectivity, versions 0.2 to 0.5 (ts-017): a web page, fetched by the probe and by a test helper elsewhere."""

from __future__ import annotations

from urllib.parse import urljoin

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import MAX_URL, hostname, split_url
from lightkeeper.observe.facts import Rows, Seen, controls_of, text_of
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.transfers import add_transfers
from lightkeeper.observe.wire import ControlAnswer, Envelope, Exchange, Keys, Query

NAME = "web_connectivity"
MAX_HOPS = 20


class WebKeys(Keys):
    """`test_keys` of Web Connectivity. What the probe itself concluded (`blocking`, `accessible`) is not read."""

    control: ControlAnswer | None = None
    control_failure: str | None = None
    x_dns_duplicate_responses: list[Query] | None = None


DECODER: msgspec.json.Decoder[WebKeys] = msgspec.json.Decoder(WebKeys)


def target(record: Envelope) -> str:
    """The target that the tested URL belongs to."""
    parts = split_url(record.input if isinstance(record.input, str) else None)
    return target_of(parts[1] if parts else None)


def observe(row: Measurement, keys: WebKeys) -> Seen:
    """One observation a look-up, connection, handshake and exchange; one control row a thing the helper tried."""
    exchanges = chain(row.input, keys.requests or [])
    hops = hops_of(row.input, exchanges)
    first = next(iter(hops), None)
    rows = Rows(row, lambda host: row.target if hops.get(host or "", 0) == 0 else target_of(host))
    rows.lookups(keys.queries or [], hops)
    named = {o.hostname for o in rows.rows}
    by_address = hosts_by_address(rows)
    rows.connections(keys.tcp_connect or [], lambda ip: by_address.get(ip, first))
    rows.handshakes(keys.tls_handshakes or [], hops)
    rows.handshakes(keys.quic_handshakes or [], hops, quic=True)
    rows.exchanges(exchanges)
    rows.cut += left_out(keys.requests, exchanges)
    add_transfers(rows, exchanges, keys.network_events)
    control = None if keys.control_failure else keys.control
    controls = list(rows.at_most(controls_of(control, row, first)))
    notes = rows.notes()
    if first and first not in named and not _is_literal(first):
        notes.append("no DNS look-up of the tested name is in the record")
    if twice := _answered_twice(keys):
        notes.append(f"{twice} look-ups were answered more than once, and not alike, as where an answer is injected")
    if keys.control_failure:
        notes.append("the test helper could not be reached")
    return Seen(row, rows.rows, controls, notes)


def _answered_twice(keys: WebKeys) -> int:
    """How many late answers differ from all that the same resolver had given before (0.5, `x_dns_duplicate_responses`).

    Which of the two is right, they do not say; so this is told and not judged.
    """
    first: dict[tuple[str | None, str | None, str | None], set[str]] = {}
    for query in keys.queries or []:
        first.setdefault(_question(query), set()).update(_addresses(query))
    late = [(first.get(_question(q), set()), _addresses(q)) for q in keys.x_dns_duplicate_responses or []]
    return sum(1 for before, after in late if before and after and not before & after)


def _question(query: Query) -> tuple[str | None, str | None, str | None]:
    return query.hostname, query.query_type, query.resolver_address


def _addresses(query: Query) -> set[str]:
    return {address for a in query.answers or [] if (address := a.ipv4 or a.ipv6)}


def chain(url: str | None, requests: list[Exchange]) -> list[tuple[int, Exchange]]:
    """The exchanges in the order of redirects, each with its hop from 0. Probes list the last one first.

    Several exchanges for one URL (one an address) share a hop.
    """
    ordered = [r for r in reversed(requests) if r.request and r.request.url]
    start = split_url(url)
    if (
        ordered
        and start
        and (split_url(ordered[0].request.url if ordered[0].request else None) or ("", "", 0))[1] != start[1]
    ):
        ordered.reverse()
    found: list[tuple[int, Exchange]] = []
    hop, last = -1, None
    for exchange in ordered:
        here = exchange.request.url if exchange.request else None
        if here != last:
            hop, last = hop + 1, here
        if hop < MAX_HOPS:
            found.append((hop, exchange))
    return found


def left_out(requests: list[Exchange] | None, exchanges: list[tuple[int, Exchange]]) -> int:
    """How many exchanges of a record lie beyond the last hop that is read."""
    return sum(1 for r in requests or [] if r.request and r.request.url) - len(exchanges)


def hops_of(url: str | None, exchanges: list[tuple[int, Exchange]]) -> dict[str, int]:
    """The hop at which each host first comes, from 0 for that of the tested URL."""
    hops: dict[str, int] = {}
    start = split_url(url)
    if start:
        hops[start[1]] = 0
    for hop, exchange in exchanges:
        parts = split_url(exchange.request.url if exchange.request else None)
        if parts:
            hops.setdefault(parts[1], hop)
    if exchanges and (after := _redirected_to(exchanges[-1][1])):
        hops.setdefault(after, exchanges[-1][0] + 1)
    return hops


def _redirected_to(exchange: Exchange) -> str | None:
    """Host that a redirect leads to, whether or not the probe got there."""
    if not exchange.request or not exchange.response or not 300 <= (exchange.response.code or 0) < 400:
        return None
    headers = {name.lower(): value for name, value in (exchange.response.headers or {}).items()}
    try:
        parts = split_url(urljoin(exchange.request.url or "", text_of(headers.get("location"))[0][:MAX_URL]))
    except ValueError:
        return None
    return parts[1] if parts else None


def hosts_by_address(rows: Rows) -> dict[str, str]:
    """The host name that resolved to each address, the earliest hop's where several did."""
    found: dict[str, str] = {}
    for row in sorted(rows.rows, key=lambda o: o.hop, reverse=True):
        for address in row.dns_answers:
            if row.hostname:
                found[address] = row.hostname
    return found


def _is_literal(host: str) -> bool:
    return hostname(host) is None or host.replace(".", "").isdigit() or ":" in host
