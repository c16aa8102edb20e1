"""Count verdicts by cell, by kind of session, by rule and by mechanism, with DuckDB in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from lightkeeper.signals.witnesses import KIND_CAP, SESSION_CAP

OF_MEASUREMENT = ("measurement_id", "report_id", "probe_cc", "probe_asn", "started_at", "software")
"""Columns of `measurement` that are looked at,"""
OF_VERDICT = ("measurement_id", "target", "layer", "state", "mechanism", "rule", "validity")
"""and of `verdict`."""
RULES_KEPT = 8

_SEEN = """
CREATE TABLE seen AS
WITH run AS (
    SELECT measurement_id, min(struct_pack(r := report_id, c := probe_cc, a := probe_asn, w := software, t := us)) AS m
    FROM measurement WHERE us IS NOT NULL GROUP BY measurement_id
), doubtful AS (
    SELECT DISTINCT measurement_id FROM verdict WHERE layer = 'all' AND validity <> 'valid'
), once AS (
    SELECT measurement_id, target, layer, max(struct_pack(state := state, mechanism := mechanism, rule := rule)) AS v
    FROM verdict LEFT JOIN doubtful d USING (measurement_id)
    WHERE validity = 'valid' AND (layer = 'all' OR d.measurement_id IS NULL) GROUP BY measurement_id, target, layer
), placed AS (
    SELECT target, m.c AS probe_cc, m.a AS probe_asn, layer, m.t // 3600000000 AS hour,
        coalesce(nullif(m.r, ''), measurement_id) AS session, coalesce(m.w, '') AS kind,
        v.state AS state, v.mechanism AS mechanism, v.rule AS rule
    FROM once JOIN run USING (measurement_id)
)
SELECT *, dense_rank() OVER (ORDER BY target, probe_cc NULLS FIRST, probe_asn NULLS FIRST, layer, hour) - 1 AS cell
FROM placed
"""
_CELL = """
SELECT cell, any_value(target) AS target, any_value(probe_cc) AS probe_cc, any_value(probe_asn) AS probe_asn,
    any_value(layer) AS layer, any_value(hour) AS hour, count(*) AS measurements,
    count(DISTINCT session) AS sessions, count(DISTINCT nullif(kind, '')) AS kinds,
    count_if(state = 'blocked') AS blocked, count_if(state = 'throttled') AS throttled,
    count_if(state = 'down') AS down, count_if(state = 'ok') AS ok, count_if(state = 'insufficient') AS insufficient,
    dense_rank() OVER (ORDER BY any_value(target), any_value(probe_cc) NULLS FIRST, any_value(probe_asn) NULLS FIRST,
        any_value(layer)) AS series
FROM seen GROUP BY cell ORDER BY cell
"""
_KIND = """
WITH voice AS (
    SELECT cell, kind, session, count_if(state IN ('blocked', 'throttled')) AS bad,
        count_if(state = 'blocked') AS blocked,
        count_if(state = 'throttled') AS throttled, count_if(state = 'ok') AS ok, count_if(state = 'down') AS down
    FROM seen GROUP BY cell, kind, session
), capped AS (SELECT *, bad + ok + down AS telling, least(bad + ok + down, $cap) AS counted FROM voice)
SELECT cell, dense_rank() OVER (ORDER BY kind) AS kind, any_value(kind) AS name,
    count_if(telling > 0) AS telling_sessions,
    count_if(bad > 0) AS bad, count_if(ok > 0) AS ok, count_if(down > 0) AS down, count_if(blocked > 0) AS blocked,
    count_if(throttled > 0) AS throttled, sum(counted)::DOUBLE AS telling,
    sum(if(telling > 0, counted * bad / telling, 0))::DOUBLE AS bad_telling
FROM capped GROUP BY cell, capped.kind ORDER BY cell, capped.kind
"""
_RULES = """
SELECT cell, list(rule || '=' || n ORDER BY n DESC, rule)[:$kept] AS rules
FROM (SELECT cell, rule, count(*) AS n FROM seen GROUP BY cell, rule) GROUP BY cell ORDER BY cell
"""
_MECHANISM = """
WITH heard AS (
    SELECT s.cell, s.mechanism, least(count(DISTINCT s.session), $cap) AS voices
    FROM seen s JOIN decided d ON s.cell = d.cell AND s.state = d.state
    JOIN counted k ON s.cell = k.cell AND s.kind = k.name
    WHERE s.mechanism IS NOT NULL GROUP BY s.cell, s.kind, s.mechanism
)
SELECT cell, mechanism FROM (SELECT cell, mechanism, sum(voices) AS n FROM heard GROUP BY cell, mechanism)
QUALIFY row_number() OVER (PARTITION BY cell ORDER BY n DESC, mechanism) = 1
"""


class Counts:
    """The counts of some verdicts. Cells are numbered from 0 in the order of their key."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._db = connection

    def cells(self) -> pa.Table:
        """A row for each cell: its key, its counts, and the number of its series. The hour is in hours since 1970."""
        return self._db.sql(_CELL).to_arrow_table()

    def kinds(self) -> pa.Table:
        """A row for each kind of session (probe software) in each cell: sessions by what they saw."""
        return self._db.sql(_KIND, params={"cap": SESSION_CAP}).to_arrow_table()

    def rules(self) -> pa.Table:
        """A row for each cell: its rules as `rule=count`, the most frequent first."""
        return self._db.sql(_RULES, params={"kept": RULES_KEPT}).to_arrow_table()

    def mechanisms(self, decided: pa.Table, counted: pa.Table) -> pa.Table:
        """The mechanism of each cell that has one.

        `decided` gives `cell` and `state`; `counted` gives `cell` and `name` of the kinds that are listened to.
        """
        self._db.register("decided", decided)
        self._db.register("counted", counted)
        return self._db.sql(_MECHANISM, params={"cap": KIND_CAP}).to_arrow_table()


@contextmanager
def counting(measurement: pa.Table, verdict: pa.Table) -> Iterator[Counts]:
    """Place each verdict in its cell. A measurement or verdict that stands twice counts once.

    Of two verdicts that contradict each other under one id, `blocked` is never the one that is kept. A doubt of the
    whole is a doubt of each layer: rows of layers do not say so themselves.
    """
    us = measurement["started_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    others = [name for name in OF_MEASUREMENT if name != "started_at"]
    with duckdb.connect(":memory:") as db:
        db.execute("SET enable_external_access = false")
        db.register("measurement", measurement.select(others).append_column("us", us))
        db.register("verdict", verdict.select(list(OF_VERDICT)))
        db.execute(_SEEN)
        yield Counts(db)
