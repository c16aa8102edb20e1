"""Comparisons of whole tables: speeds, issuers and pages, out of a lake with DuckDB, as control rows by measurement."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from lightkeeper.judge.interception import Shown, controls_for, interceptions
from lightkeeper.judge.likeness import Page, controls_of_pages
from lightkeeper.judge.slow import Slow, controls_of
from lightkeeper.judge.slow_lines import slow_lines
from lightkeeper.judge.speeds import GENERAL, LEAST_BYTES, Metric, Samples
from lightkeeper.judge.throttling import throttled
from lightkeeper.judge.validity import HOSTING
from lightkeeper.model import Control
from lightkeeper.run.lookups import lookups_of

Rows = dict[str, list[Control]]
"""Control rows by measurement."""
PAGE_HOURS, ISSUER_HOURS = 24, 7 * 24
"""Windows in which pages and issuers are compared, aligned to 1970. Interception is rarer to meet than pages."""
MOST_PAGES = 2_000_000

_SAMPLES = """
WITH trip AS (
    SELECT measurement_id, ip, port, min(tcp_connect_s) AS s FROM observation WHERE tcp_connect_s > 0 GROUP BY ALL
)
SELECT o.measurement_id, o.target, r.cc, r.asn, r.hour, r.session, coalesce(r.software, '') AS software,
    coalesce(CASE WHEN contains(o.ip, ':') THEN o.ip ELSE array_to_string(string_split(o.ip, '.')[1:3], '.') END, '')
        AS server, t.s AS trip, {speed} AS speed, {size} AS size
FROM observation o JOIN run r USING (measurement_id)
LEFT JOIN trip t ON t.measurement_id = o.measurement_id AND t.ip = o.ip AND t.port = o.port
WHERE {wanted} AND NOT (o.target = 'unknown' OR starts_with(o.target, 'sni/') OR starts_with(o.target, 'ech/'))
    AND NOT list_contains($hosting, r.asn)
ORDER BY o.measurement_id, o.number
"""
_METRICS: dict[Metric, tuple[str, str]] = {
    "bits_per_s": (
        "o.rate_bits_per_s",
        f"o.rate_bits_per_s > 0 AND o.target <> 'ndt/upload' AND (o.rate_bytes >= {LEAST_BYTES} "
        f"OR o.target IN {tuple(sorted(GENERAL))})",
    ),
    "handshake": ("t.s / o.tls_handshake_s", "o.tls_tried AND o.tls_failure IS NULL AND o.tls_handshake_s > 0"),
}
_SHOWN = """
SELECT DISTINCT r.hour // {hours} AS stage, r.cc, r.asn, coalesce(o.tls_server_name, o.hostname) AS host,
    coalesce(o.tls_certificate_sha256, '') AS leaf, coalesce(o.tls_issuer, '') AS issuer,
    o.tls_certificate_check AS checked, r.session, coalesce(r.software, '') AS software, o.measurement_id
FROM observation o JOIN run r USING (measurement_id)
WHERE o.tls_certificate_check IN ('valid', 'unknown_authority', 'self_signed', 'wrong_name')
    AND coalesce(o.tls_server_name, o.hostname) IS NOT NULL
    AND NOT (starts_with(o.target, 'sni/') OR starts_with(o.target, 'ech/'))
    AND NOT list_contains($hosting, r.asn)
"""
_ISSUERS = """
CREATE TABLE shown AS WITH every AS ({shown}), bad AS (
    SELECT stage, issuer FROM every WHERE checked <> 'valid' AND issuer <> ''
    GROUP BY ALL HAVING count(DISTINCT host) >= 3
), hosts AS (SELECT DISTINCT stage, host FROM every SEMI JOIN bad USING (stage, issuer) WHERE checked <> 'valid')
SELECT * FROM every e WHERE (checked <> 'valid' AND (stage, issuer) IN (FROM bad))
    OR (checked = 'valid' AND (stage, host) IN (FROM hosts))
"""
_PAGES = """
WITH page AS (
    SELECT o.measurement_id, o.http_url AS url, r.hour // {hours} AS stage, r.cc, r.asn, r.session,
        o.http_status AS status, o.http_simhash AS simhash, coalesce(o.http_title, '') AS title
    FROM observation o JOIN run r USING (measurement_id)
    WHERE o.http_tried AND o.http_failure IS NULL AND starts_with(o.http_url, 'http://')
        AND o.http_simhash IS NOT NULL AND o.http_status < 400 AND NOT list_contains($hosting, r.asn)
)
SELECT * FROM page WHERE (url, stage) IN (SELECT (url, stage) FROM page SEMI JOIN lone USING (measurement_id))
ORDER BY ALL LIMIT {most}
"""
_LONE = """
CREATE TABLE lone AS SELECT DISTINCT measurement_id FROM verdict v
WHERE len(list_filter(rules_fired, lambda r: r IN (
    'http.page_without_control', 'http.page_like_all_others', 'http.page_unlike_all_others',
    'http.page_in_most_countries') OR starts_with(r, 'http.other_page') OR starts_with(r, 'http.block_page'))) > 0
"""


def comparisons_of(db: duckdb.DuckDBPyConnection, on_step: Callable[[str], None] = lambda _: None) -> Rows:
    """All rows that whole tables give; numbers are those within one measurement, from 0.

    `db` is an opened lake (`attempts.open_lake`). What probes among servers measured is left out.
    """
    made: Rows = {}
    for metric in ("bits_per_s", "handshake"):
        on_step(f"Comparing speeds ({metric})")
        samples = samples_in(db, metric)
        found = throttled(samples)
        _add_slow(made, found)
        if metric == "bits_per_s":
            _add_slow(made, slow_lines(samples))
    on_step("Comparing certificates and pages")
    for _, shown in shown_in(db):
        for one in interceptions(shown):
            for name in one.measurements:
                made.setdefault(name, []).extend(controls_for(one, name))
    for name, rows in lookups_of(db).items():
        made.setdefault(name, []).extend(rows)
    pages, lone = pages_in(db)
    for row in controls_of_pages(pages, lone):
        made.setdefault(row.measurement_id, []).append(row)
    return {name: _numbered(rows) for name, rows in made.items()}


def samples_in(db: duckdb.DuckDBPyConnection, metric: Metric) -> Samples:
    """The samples of one metric. Rows of an unknown place or time are left out, as are pages too small for a speed."""
    speed, wanted = _METRICS[metric]
    size = "o.rate_bytes::DOUBLE" if metric == "bits_per_s" else "NULL::DOUBLE"
    query = _SAMPLES.format(speed=speed, wanted=wanted, size=size)
    rows = db.sql(query, params={"hosting": list(HOSTING)}).to_arrow_table()
    column = {name: _shared(rows[name]) for name in ("measurement_id", "target", "cc", "asn", "session", "software")}
    return Samples(
        metric,
        measurement_id=column["measurement_id"],
        target=column["target"],
        probe_cc=column["cc"],
        probe_asn=column["asn"],
        hour=np.array(rows["hour"].to_numpy(), np.int64),
        session=column["session"],
        speed=_floats(rows, "speed"),
        round_trip_s=_floats(rows, "trip"),
        software=column["software"],
        server=_shared(rows["server"], _place),
        size=_floats(rows, "size"),
    )


def shown_in(db: duckdb.DuckDBPyConnection) -> Iterable[tuple[int, list[Shown]]]:
    """Certificates shown, window after window: those of issuers that answer for three names or more, and the valid
    ones of the same names.
    """
    shown = _SHOWN.format(hours=ISSUER_HOURS)
    db.execute("DROP TABLE IF EXISTS shown")
    db.execute(_ISSUERS.format(shown=shown), {"hosting": list(HOSTING)})
    for (stage,) in db.sql("SELECT DISTINCT stage FROM shown ORDER BY stage").fetchall():
        found = db.execute("SELECT * EXCLUDE stage FROM shown WHERE stage = ? ORDER BY ALL", [stage]).fetchall()
        yield stage, [Shown(*row) for row in found]


def pages_in(db: duckdb.DuckDBPyConnection) -> tuple[list[Page], frozenset[str]]:
    """Pages without encryption that a measurement got which has no control of its own or is accused by them, and others
    of the same address and window; and those measurements.
    """
    db.execute("DROP TABLE IF EXISTS lone")
    db.execute(_LONE)
    found = db.execute(_PAGES.format(hours=PAGE_HOURS, most=MOST_PAGES), {"hosting": list(HOSTING)}).fetchall()
    return [Page(*row) for row in found], frozenset(str(row[0]) for row in db.sql("FROM lone").fetchall())


def _add_slow(made: Rows, found: list[Slow]) -> None:
    for slow in found:
        for name in slow.measurements:
            made.setdefault(name, []).extend(controls_of(slow, name))


def _numbered(rows: list[Control]) -> list[Control]:
    return [msgspec.structs.replace(row, number=n) for n, row in enumerate(rows)]


def _floats(rows: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(rows[name].to_numpy(), np.float64)


def _shared(column: pa.ChunkedArray, made: Callable[[Any], Any] = lambda value: value) -> list[Any]:
    """The values of a column, each made once: millions of rows name a few thousand places and programs."""
    coded = column.combine_chunks().dictionary_encode()
    values = np.array([made(value) for value in coded.dictionary.to_pylist()], object)
    shared: list[Any] = values[coded.indices.to_numpy(zero_copy_only=False)].tolist() if len(values) else []
    return shared


def _place(server: str) -> str:
    """The /48 of an IPv6 address; the /24 of others stands there already."""
    return str(ipaddress.ip_network((server, 48), strict=False)) if ":" in server else server
