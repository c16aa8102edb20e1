"""The row of nettests: which module reads which record."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

import msgspec

import lightkeeper.observe as room
from lightkeeper.model import Measurement
from lightkeeper.observe import tables
from lightkeeper.observe.decode import envelope, keys, measurement, name_in, whole, whole_decoder
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


def _modules() -> dict[str, Nettest]:
    """Every module of the room that has a `NAME`, by it and its `ALIASES`: to add a nettest is to add its file."""
    names = [found.name for found in iter_modules(room.__path__) if f"{room.__name__}.{found.name}" != __name__]
    modules: list[Any] = [import_module(f"{room.__name__}.{name}") for name in sorted(names)]
    nettests = [module for module in modules if hasattr(module, "NAME")]
    return {name: module for module in nettests for name in (module.NAME, *getattr(module, "ALIASES", ()))}


NETTESTS: dict[str, Nettest] = _modules()
_ANY = msgspec.json.Decoder(dict[str, Any])
_OF_ALL = frozenset({"agent", "client_resolver", "failed_operation", "retries", "socksproxy", "success", "tunnel"})
"""Keys of many nettests that hold no measurement."""
_WHOLE = {name: whole_decoder(nettest.DECODER.type) for name, nettest in NETTESTS.items()}


def observe(data: bytes, *, file_sha256: str, line: int) -> Seen:
    """One record as facts. A nettest that no module reads gives the measurement alone, and says so in `notes`.

    `data` is one JSON object; `file_sha256` and `line` say where it stands. Raises SetAside where it cannot be read.
    """
    record, nettest, found, misfits = read(data)
    target = nettest.target(record) if nettest else record.test_name or "unknown"
    row = measurement(record, data=data, target=target, file_sha256=file_sha256, line=line)
    if nettest is None:
        repeated = found.repeated if isinstance(found, tables.Table) else None
        return Seen(row, [], [], [f"unknown nettest: {row.test_name}"], repeated)
    seen = tables.observe(row, found, nettest) if isinstance(found, tables.Table) else nettest.observe(row, found)
    if row.stated_at and row.started_at and row.stated_at - row.started_at >= timedelta(hours=1):
        seen.notes.append("the probe's clock was ahead of the collector's, whose time stands")
    if misfits:
        seen.notes.append(f"{misfits} parts of the record had other types than the specification and were left out")
    of_record = not isinstance(found, tables.Table)
    if of_record and not (seen.observations or seen.notes) and (unread := keys_not_read(data, nettest)):
        seen.notes.append(f"the record has a form that is not read: {unread} of its keys are not known")
    return seen


def read(data: bytes) -> tuple[Envelope, Nettest | None, Any, int]:
    """A record, its nettest, its `test_keys` as that has them, and how many parts had wrong types and were dropped.

    In place of the keys comes the `Table` of a record that is one measurement of an observation table.
    """
    name = name_in(data)
    decoder = _WHOLE.get(name or "")
    if name and decoder and (known := whole(data, name, decoder)) and not tables.has_rows(known):
        return known, NETTESTS[name], known.test_keys or NETTESTS[name].DECODER.type(), 0
    record, dropped = envelope(data)
    nettest = NETTESTS.get(record.test_name or "")
    if tables.has_rows(record):
        found, misfits = tables.table_of(record)
    elif nettest is not None:
        found, misfits = keys(record, nettest.DECODER)
    else:
        return record, None, None, 0
    return record, nettest, found, len(dropped) + len(misfits)


def keys_not_read(data: bytes, nettest: Nettest) -> int:
    """How many keys of a record hold something and are none of those that its nettest reads."""
    try:
        keys = _ANY.decode(data).get("test_keys")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # in a part that the nettest does not read
        return 0
    known = {*nettest.DECODER.type.__struct_encode_fields__, *_OF_ALL}
    return sum(1 for key, value in keys.items() if key not in known and value) if isinstance(keys, dict) else 0
