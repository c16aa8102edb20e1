"""DNS injection (ts-012 0.2.0, obsolete): one name, asked of an address where no resolver listens."""

from __future__ import annotations

import msgspec

from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import is_address
from lightkeeper.observe.facts import Rows, Seen
from lightkeeper.observe.fetch import named_host, named_target
from lightkeeper.observe.wire import Answer, Envelope, Query, Wire

NAME = "dns_injection"
ANSWERED = "answered_where_none_listens"


class InjectedQuery(Query):
    """One query; the probes of that time gave the addresses alone, too."""

    addrs: list[str] | None = None


class InjectionKeys(Wire):
    """`test_keys` of DNS injection. What the probe concluded (`injected`) is not read."""

    queries: list[InjectedQuery] | None = None


DECODER: msgspec.json.Decoder[InjectionKeys] = msgspec.json.Decoder(InjectionKeys)


def target(record: Envelope) -> str:
    """The target that the tested name belongs to."""
    return named_target(record.input)


def observe(row: Measurement, keys: InjectionKeys) -> Seen:
    """For each query that was answered, one observation of that and one of the answer. The record has no control.

    Somebody on the way answered, if the record is right that no resolver listens there; it cannot show that. Silence is
    what one expects (ts-012, Test description), and says nothing of the name.
    """
    rows = Rows(row, lambda _: row.target)
    name = named_host(row.input)
    for query in rows.at_most(keys.queries or []) if name else []:
        answers = [a for a in query.answers or [] if is_address(a.ipv4 or a.ipv6 or "")]
        answers = answers or [Answer(ipv4=a) for a in query.addrs or [] if is_address(a)]
        if answers:
            rows.app(row.target, "query to an address without a resolver", ANSWERED, host=name)
            asked = Query(hostname=name, query_type=query.query_type, engine="udp", answers=answers)
            rows.lookups([asked], {})
    return Seen(row, rows.rows, [], rows.notes())
