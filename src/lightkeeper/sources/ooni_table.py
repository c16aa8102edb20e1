"""Observation table: OONI's rows of what probes saw, one an endpoint, as records of one measurement each.

The form is `obs_web` of OONI's data pipeline, version 5 (ooni/data, `oonidata/models/observations.py`), as CSV or
Parquet, with more columns or fewer: it is known by `measurement_uid`, `test_name` and a column of an outcome. A record
has the envelope of a raw one (df-000) and, in place of `test_keys`, the rows as text under `observation_table`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources.ooni_record import Broken, Record, Unreadable
from lightkeeper.sources.ooni_table_sort import Packed, Sorter

IDENTITY = (
    "measurement_uid",
    "test_name",
    "report_id",
    "input",
    "probe_cc",
    "probe_asn",
    "measurement_start_time",
)
"""What all rows of one measurement have alike, else they are not of one."""
CIRCUMSTANCES = ("test_version", "resolver_asn", "software_name", "software_version", "is_verified")
ANNOTATIONS = ("platform", "network_type", "engine_version")
FACTS = (
    "target_id hostname ip port ip_asn "
    "dns_engine dns_query_type dns_engine_resolver_address dns_failure dns_answer dns_answer_asn "
    "tcp_success tcp_failure "
    "tls_server_name tls_success tls_failure tls_version tls_is_certificate_valid tls_handshake_time "
    "tls_end_entity_certificate_fingerprint tls_end_entity_certificate_issuer "
    "tls_end_entity_certificate_issuer_common_name "
    "http_request_url http_network http_failure http_request_redirect_from http_response_status_code "
    "http_response_body_length http_response_body_is_truncated http_response_header_location "
    "http_response_header_server"
).split()
"""Columns that are read. What the probe or the pipeline concluded (`probe_analysis`, `failure_class`) is not."""
_PLACES = ("observation_idx", "transaction_id", "dns_t", "tcp_t", "tls_t", "http_t")
"""Columns that tell two rows apart and are not read otherwise."""
_OUTCOMES = ("dns_failure", "dns_answer", "tcp_success", "tcp_failure", "tls_failure", "http_failure")
_TELLING = (*_OUTCOMES, "tls_success", "tls_server_name", "tls_is_certificate_valid")
"""Columns without which a blank means nothing."""
NEEDED = ("measurement_uid", "test_name")
_BLANK = frozenset(("", "nan", "NaN", "None", "null", "NULL", "\\N", "NaT", "<NA>", "[]"))
_NOT_SAID = "unknown"
"""What OONI's pipeline writes for an annotation that the record does not have."""
_UID = re.compile(r"[0-9A-Za-z._:-]{8,200}")
_WHOLE = re.compile(r"([0-9]{1,10})\.0+")
_encode = msgspec.json.Encoder().encode
Row = tuple[int, Sequence[str]]
"""Line, and the cells of `Form.columns`."""


class Torn(NamedTuple):
    """A row that cannot be read and belongs to a measurement that is known: the others of it are not all of it."""

    problem: Unreadable
    uid: str


class Form(NamedTuple):
    """Columns that are read, and their places. `lacks`: columns that are missing, so that a blank means nothing."""

    columns: list[str]
    places: list[int]
    lacks: list[str]


def form_of(header: Sequence[str]) -> Form | str:
    """The form of a table with this header, or a clause that says why it is none."""
    names = [name.strip().strip("\ufeff") for name in header]
    if lacking := [name for name in NEEDED if name not in names]:
        return f"it has no column {' and no '.join(f'`{name}`' for name in lacking)}"
    if not any(name in names for name in _OUTCOMES):
        return f"it has none of the columns {', '.join(f'`{name}`' for name in _OUTCOMES)}"
    known = [*IDENTITY, *CIRCUMSTANCES, *ANNOTATIONS, *FACTS, *_PLACES]
    if twice := [name for name in known if names.count(name) > 1]:
        return f"the column `{twice[0]}` stands twice"
    found = [name for name in known if name in names]
    return Form(found, [names.index(n) for n in found], [n for n in _TELLING if n not in names])


def is_uid(text: str) -> bool:
    """Whether a text can be the id of a measurement."""
    return bool(_UID.fullmatch(text))


def records(rows: Iterable[Row | Unreadable | Torn], form: Form, file: str) -> Iterator[Record | Unreadable]:
    """One record a measurement, wherever its rows stand, in order of `measurement_uid`, after what cannot be read.

    Rows that stand twice are left out; the record says how many. A measurement is set aside where a row of it is torn:
    what is left might say that all failed, or that nothing did.
    """
    try:
        yield from _records(rows, form, file)
    except Broken as problem:
        yield problem.at(file, 0)


def _records(rows: Iterable[Row | Unreadable | Torn], form: Form, file: str) -> Iterator[Record | Unreadable]:
    torn: set[str] = set()
    with Sorter() as sorter:
        for row in rows:
            found = _pack(row, form.columns, file) if isinstance(row, tuple) and not isinstance(row, Torn) else row
            if isinstance(found, Packed):
                sorter.add(found)
            else:
                yield found.problem if isinstance(found, Torn) else found
                torn |= {found.uid} if isinstance(found, Torn) and len(torn) < limits.MAX_TORN else set()
        for group in sorter.groups():
            yield _record(file, group, form.lacks, is_torn=group[0].uid in torn)


def _pack(row: Row, columns: Sequence[str], file: str) -> Packed | Unreadable:
    line, cells = row
    told = {n: c[: limits.MAX_CELL_CHARS] for n, c in zip(columns, cells, strict=True) if c not in _BLANK}
    uid = told.get("measurement_uid", "")
    if not is_uid(uid) or "test_name" not in told:
        remedy = "Take the row out, or export the table again"
        return Unreadable(file, line, "the row does not name its measurement and nettest", remedy)
    for name in ("probe_asn", "resolver_asn"):
        if name in told and (whole := _WHOLE.fullmatch(told[name])):
            told[name] = whole[1]
    identity = {n: told[n] for n in IDENTITY if n in told}
    circumstances: dict[str, object] = {n: told[n] for n in CIRCUMSTANCES if n in told}
    if notes := {n: told[n] for n in ANNOTATIONS if told.get(n, _NOT_SAID) != _NOT_SAID}:
        circumstances["annotations"] = notes
    facts = {n: told[n] for n in FACTS if n in told}
    return Packed(uid, line, hash(tuple(cells)), _encode(identity), _encode(circumstances), _encode(facts))


def _record(file: str, group: Sequence[Packed], lacks: list[str], *, is_torn: bool) -> Record | Unreadable:
    """The rows of one measurement as a record."""
    first = group[0]
    if is_torn:
        what = f"{first.uid} is not whole: a row of it could not be read"
        return Unreadable(file, first.line, what, "Fetch or export the table again")
    if any(row.identity != first.identity for row in group):
        return Unreadable(
            file,
            first.line,
            f"the rows of {first.uid} differ in what one measurement has once, such as its network",
            "Leave it out: somebody wrote rows under the id of another measurement",
        )
    kept = list({row.key: row.facts for row in group}.values())
    if len(kept) > limits.MAX_ROWS_OF_ONE:
        what = f"{first.uid} has more than {limits.MAX_ROWS_OF_ONE:,} rows"
        return Unreadable(file, first.line, what, "Leave it out: this is not how measurements look")
    circumstances = _agreed([row.circumstances for row in group])
    told = {"lacks": lacks, "repeated": len(group) - len(kept)}
    parts = [part[1:-1] for part in (first.identity, circumstances, _encode(told)) if part != b"{}"]
    envelope = b",".join(parts[:-1])
    return Record(
        file,
        first.line,
        b'{%s,"observation_table":{%s,"rows":[%s]}}' % (envelope, parts[-1], b",".join(kept)),
    )


def _agreed(every: Sequence[bytes]) -> bytes:
    """What all rows say alike of the circumstances: a look-up of OONI's may have changed from row to row."""
    if len(different := set(every)) == 1:
        return every[0]
    first, *others = [msgspec.json.decode(one) for one in sorted(different)]
    return _encode({n: v for n, v in first.items() if all(o.get(n) == v for o in others)})
