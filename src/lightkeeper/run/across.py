"""Across networks: judge again, beside what others saw, what lacked a control, and what whole tables tell more of."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.judge import beside
from lightkeeper.judge.around import Around
from lightkeeper.judge.orders import Order
from lightkeeper.judge.proof import LINEAGES
from lightkeeper.judge.rule import rules_in_force
from lightkeeper.judge.session import SESSION
from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control, Measurement, Observation, Verdict
from lightkeeper.observe.facts import Seen
from lightkeeper.run.attempts import around_of, leave_what_fails_in_few, open_lake
from lightkeeper.run.choice import Choice, chosen
from lightkeeper.run.comparisons import Rows, comparisons_of
from lightkeeper.run.judging import Judged
from lightkeeper.store.lake import Lake

_PART = "judged"
_CANDIDATE = """
CREATE TABLE candidate AS
WITH controlled AS (
    SELECT DISTINCT measurement_id FROM control WHERE layer <> 'address' AND NOT list_contains($around, lineage)
)
SELECT v.measurement_id, bool_or(c.measurement_id IS NULL
    AND len(list_filter(v.rules_fired, lambda r: regexp_matches(r, $wanting))) > 0) AS lacking
FROM verdict v LEFT JOIN controlled c USING (measurement_id)
GROUP BY v.measurement_id
HAVING lacking OR bool_or(v.state = 'blocked' OR len(list_filter(v.rules_fired,
    lambda r: regexp_matches(r, $excused))) > 0)
"""
_WANTING = (
    r"^(dns\.(failed_without_proof|bogon_without_control|androids_word)|instrument\.version"
    r"|(tcp|tls|http)\.time_out_on_a_line_in_doubt|tls\.refused_without_its_certificate|tcp\.ipv6_in_doubt"
    r"|(tcp|tls|quic|app)\.fails_without_control|http\.fails_without_proof|app\.(bootstrap_stalls|handshake_fails)"
    r"|.*_where_others_.*|.*\.others_prove_nothing)$"
)
"""Rules for want of a control, and those that a run of this kind decided by: it judges the same ones again."""
_EXCUSED = r"\.(fails|page|answer)_in_most_countries$"
"""Rules that excuse what a record by itself accuses: the accused ones are asked about, whatever control they carry."""
_MADE = LINEAGES | beside.LINEAGES
"""Rows that a run of this kind makes, and takes away before it makes them again."""
_COMPARED = """
SELECT measurement_id FROM control WHERE list_contains($beside, lineage)
UNION SELECT measurement_id FROM verdict
WHERE len(list_filter(rules_fired, lambda r: regexp_matches(r, $beside_rules))) > 0
"""
_BESIDE_RULES = (
    r"^(rate\.(held|slow|line_slower)|tls\.(slow|one_issuer)|http\.page_(un)?like"
    r"|dns\.(one_address|no_answer_for_this_name))_"
)
"""Rules that rest on whole tables: a measurement that they judged is judged again, so that nothing stale stands."""


class Summary(msgspec.Struct, frozen=True):
    """What became of a run: measurements judged again, and those whose own state is another than before."""

    judged_again: int
    changed: int
    blocked: int
    throttled: int
    parts: int


def judge_across(
    out: Path, *, on_step: Callable[[str], None] = lambda _: None, choice: Choice | None = None
) -> Summary:
    """Judge the tables that `judge --out` made again, where a control across networks may tell more.

    Verdicts and the control rows that they rest on are written into the part of their measurement, whole or not at all.
    All is counted from the facts, so that a second run, or one after a kill, leaves the same bytes. Raises InputError
    where there are no tables. `choice` names other rules than the current ones, as for `judge_into`.
    """
    lake = Lake(out)
    if not lake.parts(Verdict):
        raise InputError(
            "there are no tables to judge", remedy="Run `lightkeeper judge FILES --out` first", where=str(out)
        )
    again = _compare(out, on_step)
    on_step(f"Judging {len(again.names)} measurements again")
    with chosen(choice):
        made = [_judge_part(lake, part, again) for part in lake.parts(Verdict)]
    return Summary(*(sum(getattr(one, name) for one in made) for name in Summary.__struct_fields__))


def _compare(out: Path, on_step: Callable[[str], None], orders: Sequence[Order] = ()) -> Again:
    """What others saw of the measurements that lack a control or accuse, and what whole tables tell of any."""
    on_step("Looking for failures without a control, and for accusations")
    with open_lake(out) as db:
        db.execute(_CANDIDATE, {"wanting": _WANTING, "around": sorted(_MADE | {SESSION}), "excused": _EXCUSED})
        leave_what_fails_in_few(db)
        found = {str(name): bool(lacking) for name, lacking in db.sql("FROM candidate").fetchall()}
        on_step(f"Counting what others saw of {len(found)} measurements")
        around = around_of(db, orders)
        told = comparisons_of(db, on_step)
        earlier = {"beside": sorted(beside.LINEAGES), "beside_rules": _BESIDE_RULES}
        before = db.execute(_COMPARED, earlier).fetchall()
    return Again(found, around, told, found.keys() | told.keys() | {str(row[0]) for row in before})


def judged_across(judged: Sequence[Judged], orders: Sequence[Order] = ()) -> list[Judged]:
    """The same measurements, judged again as `judge_across` does, in tables that last as long as this takes.

    Control rows made from the others are added to those of each record. One that stands twice is counted once.
    `orders` are hours that documents give.
    """
    rows = {j.seen.measurement.measurement_id: j for j in judged}
    if not rows:
        return []
    with tempfile.TemporaryDirectory(prefix="lightkeeper-") as folder:
        lake = Lake(Path(folder))
        lake.write(Measurement, [j.seen.measurement for j in rows.values()], part=_PART)
        lake.write(Observation, [o for j in rows.values() for o in j.seen.observations], part=_PART)
        lake.write(Control, [c for j in rows.values() for c in j.seen.controls], part=_PART)
        lake.write(Verdict, [v for j in rows.values() for v in j.verdicts], part=_PART)
        again = _compare(lake.root, lambda _: None, orders)
    told = {name: again.told(rows[name].seen) for name in sorted(again.names)}
    made = []
    for one in judged:
        name = one.seen.measurement.measurement_id
        if name in told:
            seen = msgspec.structs.replace(one.seen, controls=[*one.seen.controls, *told[name]])
            made.append(msgspec.structs.replace(one, seen=seen, verdicts=judge(one.seen, told[name])))
        else:
            made.append(one)
    return made


class Again(NamedTuple):
    """What is judged again: all names, those that others are asked about (true: for lack of a control of its own), and
    what is told of both.
    """

    asked: dict[str, bool]
    around: Around
    beside: Rows
    names: set[str]

    def told(self, seen: Seen) -> list[Control]:
        """The control rows of one measurement, numbered after its own."""
        name = seen.measurement.measurement_id
        found = self.around.rows(seen, lacking=self.asked[name]) if name in self.asked else []
        first = max((c.number for c in [*seen.controls, *found]), default=-1) + 1
        return [*found, *(msgspec.structs.replace(c, number=first + c.number) for c in self.beside.get(name, ()))]


def _judge_part(lake: Lake, part: str, again: Again) -> Summary:
    """Judge the candidates of one part again. Control comes first, so that no verdict lacks what it rests on."""
    rows = {m.measurement_id: m for m in lake.read(Measurement, part, measurements=again.names)}
    if not rows:
        return Summary(0, 0, 0, 0, 0)
    observations: dict[str, list[Observation]] = {name: [] for name in rows}
    for o in lake.read(Observation, part, measurements=rows):
        observations[o.measurement_id].append(o)
    controls, verdicts = lake.read(Control, part), lake.read(Verdict, part)
    own: dict[str, list[Control]] = {name: [] for name in rows}
    for c in controls:
        if c.measurement_id in rows and c.lineage not in _MADE:
            own[c.measurement_id].append(c)
    before = {(v.measurement_id, v.target): v for v in verdicts if v.layer == "all"}
    told_before = {c.measurement_id for c in controls if c.lineage in _MADE}
    new_controls, new_verdicts, changed = list[Control](), list[Verdict](), 0
    states: Counter[str] = Counter()
    for name, row in sorted(rows.items()):
        old = before.get((name, row.target))
        seen = Seen(row, observations[name], own[name], _notes(old) if old else [])
        told = again.told(seen)
        if again.asked.get(name) is False and not told and name not in told_before:
            del rows[name]  # an accusation that no other country excuses stands as it is
            continue
        judged = judge(seen, told)
        new_controls += told
        new_verdicts += judged
        changed += old is None or judged[-1].state != old.state
        states[judged[-1].state] += 1
    kept = [c for c in controls if c.measurement_id not in rows or c.lineage not in _MADE]
    if kept + new_controls != controls:
        lake.write(Control, kept + new_controls, part=part)
    lake.write(Verdict, [v for v in verdicts if v.measurement_id not in rows] + new_verdicts, part=part)
    return Summary(len(rows), changed, states["blocked"], states["throttled"], 1)


def _notes(old: Verdict) -> list[str]:
    """What was said of the record itself, which no table keeps apart: the sentences that no rule says."""
    whys = [rule.why for rules in rules_in_force().values() for rule in rules]
    said = old.reasons[1:] if old.rule.startswith("instrument.") else old.reasons
    return [reason.removesuffix(".") for reason in said if not any(why in reason for why in whys)]
