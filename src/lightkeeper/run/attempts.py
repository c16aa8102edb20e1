"""Attempts: the columns that `judge.around` compares, out of the tables of a lake, with DuckDB."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from lightkeeper.judge.around import EXACT_ID, GOT_THROUGH, PROMPT_S, Around, Attempts
from lightkeeper.judge.clocks import NO_CLOCK, clocks_of, local_hours
from lightkeeper.judge.everywhere import LEAST_COUNTRIES
from lightkeeper.judge.failure import kind
from lightkeeper.judge.lines import LEVELS, Lines, Traffic
from lightkeeper.judge.orders import Order
from lightkeeper.judge.proof import HELPERS, kind_made_by_network
from lightkeeper.model.verdict import MUTE

MEMORY = "300MB"
"""What DuckDB may take for tables of its own, for sorting and for grouping."""
TABLES = ("measurement", "observation", "control", "verdict")

_RUN = """
CREATE TABLE run AS
SELECT measurement_id, coalesce(nullif(any_value(report_id), ''), measurement_id) AS session,
    any_value(probe_cc) AS cc, any_value(probe_asn) AS asn,
    epoch_us(any_value(started_at)) // 3600000000 AS hour, epoch_us(any_value(started_at)) // 60000000 AS minute,
    concat_ws('|', string_split(any_value(software), ' ')[1], any_value(platform), any_value(network_type),
        any_value(resolver_asn)) AS kind,
    any_value(software) AS software, any_value(platform) AS platform,
    any_value(resolver_asn) IS NOT DISTINCT FROM any_value(probe_asn) AS own_resolver,
    coalesce(regexp_matches(measurement_id, '{exact}')
        AND abs(epoch_us(any_value(received_at)) - epoch_us(any_value(started_at))) <= {prompt_us}, false) AS prompt
FROM measurement ANTI JOIN doubted USING (measurement_id)
WHERE started_at IS NOT NULL AND coalesce(probe_asn, 0) > 0 AND probe_cc IS NOT NULL AND probe_cc <> 'ZZ'
GROUP BY measurement_id
"""
_DOUBTED = """
CREATE TABLE doubted AS
SELECT DISTINCT measurement_id FROM verdict
WHERE layer = 'all' AND (list_contains({mute}, validity) OR list_contains(rules_fired, 'instrument.root_store'))
"""
"""Measurements that are in doubt as a whole: no witnesses here, and no control elsewhere. A doubt about one failure
is one that other measurements may resolve."""
_TRIED = """
CREATE VIEW tried AS
WITH one AS (SELECT *, list_filter(dns_answer_kinds, lambda k: k = 'bogon' OR starts_with(k, 'fingerprint:')) AS odd
    FROM observation WHERE NOT ({helpers}))
SELECT measurement_id, 'dns' AS layer, target, coalesce(hostname, '') AS host, '' AS ip, 0 AS port, '' AS step,
    CASE WHEN dns_failure IS NOT NULL THEN dns_failure WHEN len(odd) > 0 THEN 'dns_bogon_error'
        WHEN len(dns_answers) = 0 THEN 'dns_no_answer' END AS failure, true AS checked
FROM one WHERE dns_engine IS NOT NULL AND dns_engine NOT IN ('doh', 'dot', 'doq')
    AND dns_query_type IS DISTINCT FROM 'AAAA'
{others}
"""
_OTHER = """
UNION ALL SELECT measurement_id, '{layer}', target, coalesce(hostname, ''), coalesce(ip, ''), coalesce(port, 0), {step},
    {layer}_failure, {checked} FROM one WHERE {layer}_tried
"""
_STEP = "CASE WHEN starts_with(app_step, 'bootstrap') THEN 'bootstrap' ELSE coalesce(app_step, '') END"
_CHECKED = "NOT tls_unverified OR tls_certificate_check IS NOT DISTINCT FROM 'valid'"
_WANTED = """
CREATE TABLE wanted AS
WITH failed AS (SELECT DISTINCT t.layer, t.target, t.host, t.ip, t.port, t.step
    FROM tried t JOIN candidate USING (measurement_id) JOIN run USING (measurement_id) WHERE t.failure IS NOT NULL)
SELECT *, row_number() OVER (ORDER BY layer, target, host, ip, port, step) - 1 AS key
FROM (FROM failed UNION SELECT layer, target, host, '', port, step FROM failed WHERE host <> '' AND ip <> '')
"""
_ATTEMPTS = """
CREATE TABLE attempt AS
WITH place AS (
    SELECT t.*, t.ip AS at FROM tried t
    UNION ALL BY NAME SELECT t.* REPLACE ('' AS ip), t.ip AS at FROM tried t WHERE host <> '' AND ip <> '')
SELECT w.key, r.hour, r.cc, r.asn, r.session, p.layer, p.failure, r.software, r.platform, r.prompt,
    r.own_resolver, r.minute, r.kind
FROM place p JOIN wanted w USING (layer, target, host, ip, port, step) JOIN run r USING (measurement_id)
WHERE p.layer <> 'dns' OR p.failure IS NULL OR r.own_resolver
GROUP BY ALL
"""
_BROAD = """
CREATE TEMP TABLE broad AS SELECT t.layer, t.target, t.host, t.port, t.step
FROM tried t JOIN run r USING (measurement_id) WHERE t.failure IS NOT NULL
GROUP BY ALL HAVING count(DISTINCT r.cc) > {countries};
DELETE FROM candidate WHERE NOT lacking AND measurement_id NOT IN (
    SELECT t.measurement_id FROM tried t SEMI JOIN broad b USING (layer, target, host, port, step)
    WHERE t.failure IS NOT NULL)
"""
_LOOKED = """
SELECT count(DISTINCT (r.cc, r.asn, t.target, r.hour // 504))
FROM tried t JOIN run r USING (measurement_id) JOIN candidate c USING (measurement_id)
WHERE c.lacking AND t.failure IS NOT NULL
"""
"""Networks, services and spells of three weeks that are looked at: where one of them fails, it may be by accident."""
_TRAFFIC = """
SELECT n.network, r.hour, s.session, t.target, t.layer, bool_or(t.failure IS NULL) AS ok
FROM tried t JOIN run r USING (measurement_id)
JOIN network n ON n.cc = r.cc AND n.asn = r.asn JOIN session s ON s.name = r.session
WHERE t.layer <> 'http' AND (t.failure IS NOT NULL OR t.checked)
    AND (r.cc, r.asn) IN (SELECT (r.cc, r.asn) FROM run r JOIN candidate c USING (measurement_id) WHERE c.lacking)
GROUP BY n.network, r.hour, s.session, t.target, t.layer
ORDER BY ALL
"""


@contextmanager
def open_lake(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with the tables of a lake as views, and `tried`: what each observation tried, a row a layer.

    Its own work takes at most `MEMORY`; what is more goes to a folder that is gone in the end.
    """
    with tempfile.TemporaryDirectory(prefix="lightkeeper-") as spill, duckdb.connect(":memory:") as db:
        db.execute(f"SET memory_limit = '{MEMORY}'")
        db.execute("SET temp_directory = $spill", {"spill": spill})
        db.execute("SET TimeZone = 'UTC'")
        _make_views(db, root)
        yield db


def _make_views(db: duckdb.DuckDBPyConnection, root: Path) -> None:
    for table in TABLES:
        files = str(root.resolve() / table / "*.parquet").replace("'", "''")
        db.execute(f"CREATE VIEW {table} AS FROM read_parquet('{files}', union_by_name = true)")
    db.execute(_DOUBTED.format(mute=list(MUTE)))
    db.execute(_RUN.format(exact=EXACT_ID, prompt_us=PROMPT_S * 1_000_000))
    steps = {layer: _STEP if layer == "app" else "''" for layer in LEVELS if layer != "dns"}
    others = "".join(
        _OTHER.format(layer=layer, step=step, checked=_CHECKED if layer in ("tls", "quic") else "true")
        for layer, step in steps.items()
    )
    helpers = " OR ".join(f"starts_with(target, '{name}')" for name in HELPERS)
    db.execute(_TRIED.format(others=others, helpers=helpers))


def leave_what_fails_in_few(db: duckdb.DuckDBPyConnection) -> None:
    """Take from `candidate` the records with a control of their own that fail as too few countries do at any time."""
    db.execute(_BROAD.format(countries=LEAST_COUNTRIES))


def around_of(db: duckdb.DuckDBPyConnection, orders: Sequence[Order] = ()) -> Around:
    """What others make of the failures of the measurements in the table `candidate` (measurement_id, lacking)."""
    db.execute(_WANTED)
    db.execute(_ATTEMPTS)
    db.execute(
        "CREATE TABLE network AS SELECT *, row_number() OVER (ORDER BY cc, asn) - 1 AS network "
        "FROM (SELECT DISTINCT cc, asn FROM run)"
    )
    db.execute(
        "CREATE TABLE session AS SELECT name, row_number() OVER (ORDER BY name) - 1 AS session "
        "FROM (SELECT DISTINCT session AS name FROM run)"
    )
    rows = db.sql(
        "SELECT a.key, a.hour, n.network, s.session, a.layer, a.failure, a.software, a.platform, a.prompt, "
        "a.own_resolver, a.minute, a.kind "
        "FROM attempt a JOIN network n USING (cc, asn) JOIN session s ON s.name = a.session ORDER BY ALL"
    ).to_arrow_table()
    outcomes, outcome = _outcomes(rows)
    networks = db.sql("SELECT cc, asn FROM network ORDER BY network").fetchall()
    minute = _ints(rows, "minute")
    clocks = clocks_of({country for country, _ in networks}, minute)
    wanted = db.sql("FROM wanted ORDER BY key").fetchall()
    tried = Attempts(
        key=_ints(rows, "key"),
        hour=_ints(rows, "hour"),
        network=_ints(rows, "network"),
        session=_ints(rows, "session"),
        outcome=outcome,
        software=_codes(rows, "software"),
        platform=_codes(rows, "platform"),
        prompt=np.array(rows["prompt"].to_numpy(), dtype=np.bool_),
        own_resolver=np.array(rows["own_resolver"].to_numpy(), dtype=np.bool_),
        local=local_hours(clocks, networks, _ints(rows, "network"), minute),
        kind=_codes(rows, "kind"),
        keys={tuple(key): code for *key, code in wanted},
        outcomes=outcomes,
        networks=networks,
        sessions=dict(db.sql("SELECT name, session FROM session").fetchall()),
        clocks=["" if clocks[country] else NO_CLOCK for country, _ in networks],
        orders=orders,
        looked=int(db.sql(_LOOKED).fetchall()[0][0]),
    )
    return Around(tried, Lines(_traffic(db)))


def _traffic(db: duckdb.DuckDBPyConnection) -> Traffic:
    rows = db.sql(_TRAFFIC).to_arrow_table()
    part = rows["target"].combine_chunks().dictionary_encode()
    layer = rows["layer"].combine_chunks().dictionary_encode()
    level = np.array([LEVELS[name] for name in layer.dictionary.to_pylist()], np.int64)
    return Traffic(
        network=_ints(rows, "network"),
        hour=_ints(rows, "hour"),
        session=_ints(rows, "session"),
        part=_indices(part),
        level=level[_indices(layer)],
        ok=np.array(rows["ok"].to_numpy(), dtype=np.bool_),
        parts={name: code for code, name in enumerate(part.dictionary.to_pylist())},
    )


def _outcomes(rows: pa.Table) -> tuple[list[str], Any]:
    """Names of the outcomes, and the code of each row. Failures repeat, so that each is looked at once."""
    columns = (rows[name].combine_chunks() for name in ("layer", "failure"))
    layer, failure = (column.dictionary_encode(null_encoding="encode") for column in columns)
    layers, failures = layer.dictionary.to_pylist(), failure.dictionary.to_pylist()
    pairs, which = np.unique(_indices(layer) * len(failures) + _indices(failure), return_inverse=True)
    named = [_outcome(layers[pair // len(failures)], failures[pair % len(failures)]) for pair in pairs.tolist()]
    outcomes = sorted(set(named))
    return outcomes, np.array([outcomes.index(name) for name in named], np.int64)[which]


def _outcome(layer: str, failure: str | None) -> str:
    return GOT_THROUGH if failure is None else kind_made_by_network(layer, failure) or kind(failure) or "failure"


def _indices(column: pa.DictionaryArray) -> Any:
    return column.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _ints(rows: pa.Table, name: str) -> Any:
    return np.array(rows[name].to_numpy(), dtype=np.int64)


def _codes(rows: pa.Table, name: str) -> Any:
    """Codes of a column of text; -1 where it is empty."""
    coded = rows[name].combine_chunks().dictionary_encode().indices
    return np.array(coded.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
