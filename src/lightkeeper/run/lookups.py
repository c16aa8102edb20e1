"""Look-ups: what the resolvers of networks answered, out of a lake with DuckDB, for `judge.injection`."""

from __future__ import annotations

import duckdb
import msgspec

from lightkeeper.judge.everywhere import EVERYWHERE, fails_in_most
from lightkeeper.judge.failure import names_of
from lightkeeper.judge.injection import NAME, OTHERS, SILENCE, Answer, injections
from lightkeeper.judge.proof import HELPERS
from lightkeeper.model import Control

STAGE_HOURS = 7 * 24
"""Windows in which answers are compared, aligned to 1970."""
DAY_HOURS = 24
NEAR_HOURS, DAYS_HOURS = 1, 36
"""Around a look-up: in which other names must be answered, and in which this one counts."""

_LOOKUP = """
CREATE TEMP TABLE lookup AS
SELECT o.measurement_id, o.hostname AS host, o.target, o.dns_answers AS answers, o.dns_failure AS failure,
    o.dns_engine IN ('doh', 'dot', 'doq') AS private, r.cc, r.asn, r.hour, r.session, r.prompt, r.own_resolver
FROM observation o JOIN run r USING (measurement_id)
WHERE o.dns_engine IS NOT NULL AND o.dns_query_type IS DISTINCT FROM 'AAAA' AND o.hostname IS NOT NULL
    AND NOT ({helpers})
"""
_RIGHT = """
CREATE TEMP TABLE answered AS
SELECT measurement_id, host, unnest(answers) AS address, cc, asn, hour, session, prompt
FROM lookup WHERE own_resolver AND NOT private AND failure IS NULL;
CREATE TEMP TABLE shared AS
SELECT hour // {stage} AS stage, cc, asn, address FROM answered
GROUP BY ALL HAVING count(DISTINCT host) >= 3;
DELETE FROM shared WHERE address IN (
    SELECT ip FROM observation WHERE tls_tried AND tls_failure IS NULL AND ip IS NOT NULL
        AND coalesce(tls_certificate_check, 'valid') = 'valid' AND NOT tls_unverified
    UNION SELECT ip FROM control WHERE layer = 'tls' AND succeeded > failed AND ip IS NOT NULL);
DELETE FROM shared WHERE address NOT IN (
    SELECT ip FROM observation WHERE ip IS NOT NULL AND (tcp_tried OR tls_tried OR http_tried));
CREATE TEMP TABLE suspect AS
SELECT DISTINCT a.host FROM answered a JOIN shared s
ON s.cc = a.cc AND s.asn = a.asn AND s.address = a.address AND s.stage = a.hour // {stage};
CREATE TEMP TABLE theirs AS
SELECT DISTINCT hostname AS host, unnest(dns_answers) AS address, '' AS cc
FROM control WHERE layer = 'dns' AND hostname IN (SELECT host FROM suspect)
UNION SELECT DISTINCT host, unnest(answers), '' FROM lookup WHERE private AND host IN (SELECT host FROM suspect)
UNION SELECT DISTINCT host, address, cc FROM answered WHERE host IN (SELECT host FROM suspect);
"""
_WRONG = """
SELECT a.cc, a.asn, a.hour // {stage} AS stage, a.address, a.host, a.session, a.hour // 24 AS day,
    a.prompt OR EXISTS (SELECT 1 FROM answered b WHERE b.session = a.session AND b.address <> a.address) AS was_open,
    a.measurement_id
FROM answered a SEMI JOIN shared s
    ON s.cc = a.cc AND s.asn = a.asn AND s.address = a.address AND s.stage = a.hour // {stage}
WHERE EXISTS (SELECT 1 FROM theirs t WHERE t.host = a.host AND t.cc <> a.cc)
    AND NOT EXISTS (SELECT 1 FROM theirs t WHERE t.host = a.host AND t.address = a.address AND t.cc <> a.cc)
ORDER BY ALL
"""
_OWN = """
SELECT a.cc, a.asn, a.hour // {stage} AS stage, a.host, count(DISTINCT a.session)
FROM answered a JOIN theirs t ON t.host = a.host AND t.address = a.address AND t.cc <> a.cc GROUP BY ALL
"""
_SILENT = """
WITH plain AS (
    SELECT *, failure IS NOT NULL AND list_contains($weak, failure) AS silent,
        failure IS NULL AND len(answers) > 0 AS ok
    FROM lookup WHERE own_resolver AND NOT private),
asked AS (SELECT DISTINCT cc, asn, host, target, hour, measurement_id FROM plain WHERE silent),
voice AS (SELECT cc, asn, host, hour, session, bool_or(ok) AS ok, bool_or(silent) AS silent
    FROM plain WHERE (cc, asn, host) IN (SELECT (cc, asn, host) FROM asked) GROUP BY ALL),
of_name AS (
    SELECT a.measurement_id, a.host, count(DISTINCT v.session) FILTER (v.ok) AS passed,
        count(DISTINCT v.session) FILTER (v.silent AND NOT v.ok) AS failed,
        count(DISTINCT v.hour // 24) FILTER (v.silent AND NOT v.ok) AS days
    FROM asked a JOIN voice v ON v.cc = a.cc AND v.asn = a.asn AND v.host = a.host
        AND v.hour BETWEEN a.hour - {days} AND a.hour + {days} GROUP BY ALL),
part AS (SELECT cc, asn, hour, target, bool_or(ok) AS ok, bool_or(silent) AS silent FROM plain
    WHERE (cc, asn) IN (SELECT (cc, asn) FROM asked) GROUP BY ALL),
of_others AS (
    SELECT a.measurement_id, a.host, count(DISTINCT p.target) FILTER (p.ok) AS passed,
        count(DISTINCT p.target) FILTER (p.silent AND NOT p.ok) AS failed
    FROM asked a JOIN part p ON p.cc = a.cc AND p.asn = a.asn AND p.target <> a.target
        AND p.hour BETWEEN a.hour - {near} AND a.hour + {near} GROUP BY ALL)
SELECT n.measurement_id, n.host, n.passed, n.failed, n.days, coalesce(o.passed, 0), coalesce(o.failed, 0)
FROM of_name n LEFT JOIN of_others o USING (measurement_id, host) WHERE n.failed > 1 ORDER BY ALL
"""


_COMMON = """
WITH accused AS (
    SELECT DISTINCT l.measurement_id, l.host, unnest(l.answers) AS address, l.cc, l.hour // {day} AS stage
    FROM lookup l JOIN verdict v USING (measurement_id)
    WHERE v.layer = 'dns' AND NOT l.private AND l.failure IS NULL
        AND (v.state = 'blocked' OR list_contains(v.rules_fired, 'dns.answer_in_most_countries'))),
voice AS (
    SELECT host, hour // {day} AS stage, cc, session, list_distinct(flatten(list(answers))) AS answers
    FROM lookup WHERE NOT private AND failure IS NULL AND host IN (SELECT host FROM accused) GROUP BY ALL),
of_country AS (
    SELECT a.host, a.stage, a.address, v.cc, avg(list_contains(v.answers, a.address)::INT) > 0.5 AS too
    FROM (SELECT DISTINCT host, stage, address FROM accused) a JOIN voice v USING (host, stage) GROUP BY ALL)
SELECT a.measurement_id, a.host, a.address, count(*) FILTER (c.too), count(*) FILTER (NOT c.too)
FROM accused a JOIN of_country c ON c.host = a.host AND c.stage = a.stage AND c.address = a.address AND c.cc <> a.cc
GROUP BY ALL ORDER BY ALL
"""


def lookups_of(db: duckdb.DuckDBPyConnection) -> dict[str, list[Control]]:
    """Rows by measurement about addresses given for unrelated names, and about names without an answer."""
    helpers = " OR ".join(f"starts_with(o.target, '{name}')" for name in HELPERS)
    db.execute(_LOOKUP.format(helpers=helpers))
    db.execute(_RIGHT.format(stage=STAGE_HOURS))
    wrong = [Answer(*row) for row in db.execute(_WRONG.format(stage=STAGE_HOURS)).fetchall()]
    right = {tuple(key): int(count) for *key, count in db.execute(_OWN.format(stage=STAGE_HOURS)).fetchall()}
    made = injections(wrong, right)
    for row in [*_silences(db), *_common(db)]:
        made.setdefault(row.measurement_id, []).append(row)
    return made


def _common(db: duckdb.DuckDBPyConnection) -> list[Control]:
    """Rows for accusing look-ups whose address most other countries are given too, on that day."""
    rows = []
    for name, host, address, too, others in db.execute(_COMMON.format(day=DAY_HOURS)).fetchall():
        row = Control(
            measurement_id=name, number=0, layer="dns", lineage=EVERYWHERE, hostname=host, ip=address, failed=too,
            succeeded=others, countries=too + others,
        )  # fmt: skip
        rows += [row] if fails_in_most(row) else []
    return rows


def _silences(db: duckdb.DuckDBPyConnection) -> list[Control]:
    query = _SILENT.format(days=DAYS_HOURS, near=NEAR_HOURS)
    found = db.execute(query, {"weak": sorted(names_of({"servfail", "timeout"}))}).fetchall()
    rows = []
    for name, host, passed, failed, days, others, others_failed in found:
        base = Control(measurement_id=name, number=0, layer="dns", lineage=SILENCE, hostname=host)
        rows += [
            msgspec.structs.replace(base, step=NAME, succeeded=passed, failed=failed, days=days),
            msgspec.structs.replace(base, step=OTHERS, succeeded=others, failed=others_failed),
        ]
    return rows
