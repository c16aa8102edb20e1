"""What the nettests of messaging apps share: names, endpoints and requests, and no control in the record."""

from __future__ import annotations

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import split_url
from lightkeeper.observe.facts import NameTarget, Rows, Seen
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Keys


def observe_app(
    row: Measurement, keys: Keys, *, fallback: str | None = None, name_target: NameTarget = target_of
) -> Seen:
    """Observations of an app's nettest.

    `fallback` names the target of endpoints that are given by address only; they are pools such as Telegram's data
    centres. Requests to an address are matched to the host name that resolved to it, where one did.
    """

    def named(host: str | None) -> str:
        if fallback and (host is None or host.replace(".", "").isdigit()):
            return fallback
        return name_target(host)

    rows = Rows(row, named)
    rows.lookups(keys.queries or [], {})
    by_address = {a: o.hostname for o in rows.rows for a in o.dns_answers}
    rows.connections(keys.tcp_connect or [], by_address.get)
    rows.handshakes(keys.tls_handshakes or [], {})
    readable = [(0, r) for r in keys.requests or [] if r.request and split_url(r.request.url)]
    rows.unread += len(keys.requests or []) - len(readable)
    rows.exchanges(readable)
    return Seen(row, rows.rows, [], rows.notes())
