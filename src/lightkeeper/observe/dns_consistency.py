"""DNS consistency (ts-002 0.2.0, obsolete): one name, asked of several resolvers and of a control resolver."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Control, Measurement
from lightkeeper.observe.addresses import hostname, is_address, is_bogon
from lightkeeper.observe.facts import Rows, Seen, control_lookup
from lightkeeper.observe.fetch import named_host, named_target
from lightkeeper.observe.wire import Envelope, Query, Text, Wire

NAME = "dns_consistency"


class OldQuery(Query):
    """One query, as probes of that time wrote it."""

    resolver_hostname: Text = None
    resolver_port: int | None = None


class ConsistencyKeys(Wire):
    """`test_keys` of DNS consistency. What the probe concluded (`inconsistent`, `errors`) is not read."""

    control_resolver: Text = None
    queries: list[OldQuery] | None = None


DECODER: msgspec.json.Decoder[ConsistencyKeys] = msgspec.json.Decoder(ConsistencyKeys)


def target(record: Envelope) -> str:
    """The target that the tested name belongs to."""
    return named_target(record.input)


def observe(row: Measurement, keys: ConsistencyKeys) -> Seen:
    """One observation a look-up of the name; what the control resolver answered is the control.

    A resolver on the probe's own network counts as the system's. Reverse look-ups are left out. A control resolver
    that gives no address is no control: its port is filtered on many networks.
    """
    name = named_host(row.input)
    asked = [q for q in keys.queries or [] if name and hostname(q.hostname) == name]
    rows = Rows(row, lambda _: row.target)
    controls: list[Control] = []
    for query in asked:
        if keys.control_resolver and _resolver(query) == keys.control_resolver:
            found = [a.ipv4 or a.ipv6 or "" for a in query.answers or []]
            found = [a for a in found if is_address(a)]
            if found:
                controls.append(control_lookup(row, len(controls), name or "", found))
        else:
            near = is_bogon(query.resolver_hostname or "")
            rows.lookups([msgspec.structs.replace(query, engine="system" if near else "udp")], {})
    return Seen(row, rows.rows, controls[:1], rows.notes())


def _resolver(query: OldQuery) -> str:
    return f"{query.resolver_hostname}:{query.resolver_port}"
