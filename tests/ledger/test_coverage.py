"""Days of coverage: parts of a service, and floods. All rows here are synthetic."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.web_records import load, verdicts_of
from ledger.ledger_rows import NETWORKS, VOTE, Rows, case, ledger, together
from lightkeeper.ledger.coverage import Coverage, coverage
from lightkeeper.model import Measurement, Verdict
from lightkeeper.run.judging import Judged, judge_record
from lightkeeper.signals import cells, country_cells

FLOOD = 10_000
_number = count()


def session(
    state: str, software: str, n: int = 1, *, asn: int = NETWORKS[0], minutes: float = 0, target: str = "signal/chat",
    own: str | None = None, report: str = "", **more: str,
) -> Rows:  # fmt: skip
    """`n` measurements of `target`, each with a report of its own unless one is given."""
    measurements, verdicts = [], []
    for _ in range(n):
        name = f"m{next(_number):07}"
        measurements.append(
            Measurement(
                measurement_id=name, report_id=report or f"r-{name}", test_name="test", probe_cc="IR", probe_asn=asn,
                target=own or target, started_at=VOTE + timedelta(minutes=minutes), software=software,
                file_sha256="0" * 64, file_line=1,
            )
        )  # fmt: skip
        facts = {"measurement_id": name, "target": target, "layer": "all", "state": state, "rule": "r"}
        verdicts.append(Verdict(**{**facts, "ruleset": "1", **more}))
    return measurements, verdicts


def honest(state: str, **more: float) -> Rows:
    return together(session(state, "android 3.8", 3, **more), session(state, "ios 3.8", 3, **more))


def spread(state: str, software: str, n: int) -> Rows:
    """One measurement every few minutes, all day: too thin to be a flood of any hour."""
    return together(*(session(state, software, minutes=420 * i / n) for i in range(n)))


def covered(rows: Rows, topic: str = "platforms", **more: object) -> Coverage:
    watched = case(**more)
    (ask,) = [a for a in watched.asks if a.topic == topic]
    return coverage(watched, ask, None, *rows)


def state(rows: Rows) -> str:
    (day,) = covered(rows).days
    return day.state


@pytest.mark.parametrize("software", ["forged 1", "android 3.8"])
@pytest.mark.parametrize(("true", "false"), [("ok", "blocked"), ("blocked", "ok"), ("blocked", "down")])
def test_ten_thousand_forged_rows_leave_the_day_that_two_kinds_of_witnesses_saw(
    true: str, false: str, software: str
) -> None:
    assert state(together(honest(true), session(false, software, FLOOD))) == true


def test_a_flood_where_nobody_else_measures_is_no_block_and_no_evidence() -> None:
    found = covered(session("blocked", "forged", FLOOD))
    assert [d.state for d in found.days] == ["insufficient"]
    assert found.deciding == []
    assert len(found.measurements) == FLOOD, "they stay on record"


def test_a_flood_beside_a_true_block_is_no_evidence_of_it() -> None:
    true = together(*(honest("blocked", asn=asn) for asn in NETWORKS))
    found = covered(together(true, session("blocked", "forged", FLOOD)))
    assert found.deciding == sorted(m.measurement_id for m in true[0])


def test_a_forger_who_spreads_his_rows_over_the_day_divides_it_and_turns_it_into_nothing() -> None:
    for true, false in (("ok", "blocked"), ("blocked", "ok")):
        for rows in (spread(false, "forged", 300), session(false, "forged", 3)):
            (day,) = covered(together(honest(true), rows)).days
            assert (day.seen, day.state) == ("divided", "insufficient")


def test_names_of_software_count_for_nothing() -> None:
    names = together(*(session("blocked", f"forged {n}", 1) for n in range(40)))
    assert state(together(honest("ok"), names)) == "insufficient"
    assert state(names) == state(session("blocked", "forged", 40)) == "blocked"


def test_the_volume_before_the_window_says_what_is_usual() -> None:
    days = range(5, 25)
    usual = together(*(session("ok", "android 3.8", 10, minutes=-1440 * day) for day in days))
    many = session("blocked", "android 3.8", 150)
    assert state(many) == "insufficient"
    assert state(together(usual, many)) == "blocked"


def test_one_session_that_saw_both_is_no_block() -> None:
    torn = together(session("blocked", "a", 3, report="x"), session("ok", "a", 3, report="x"))
    assert state(torn) == "insufficient"


SESSIONS = st.lists(
    st.tuples(st.sampled_from(["blocked", "ok", "down", "insufficient"]), st.sampled_from("abc")),
    min_size=5,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(SESSIONS, st.sampled_from("abcz"), st.sampled_from(["blocked", "ok"]), st.sampled_from([1, 5, 30, 60, 400]))
def test_a_flood_turns_no_day(some: list[tuple[str, str]], software: str, false: str, n: int) -> None:
    true = together(*(session(s, kind) for s, kind in some))
    before, after = state(true), state(together(true, session(false, software, n)))
    assert after in (before, "insufficient") or before == "insufficient"


def with_parts(own: str, state: str, parts: dict[str, str], n: int = 3) -> Rows:
    """`n` measurements of `own`, each with a verdict on its parts beside its own."""
    measurements, verdicts = session(state, "a", n, target=own)
    made = [
        msgspec.structs.replace(v, target=part, state=seen) for v in verdicts for part, seen in sorted(parts.items())
    ]
    return measurements, [*made, *verdicts]


def watching(*patterns: str) -> dict[str, list[dict[str, object]]]:
    return {
        "watched": [
            {"id": p.rstrip("*/").replace("/", "-"), "name": p, "targets": [p], "kind": "messaging"} for p in patterns
        ]
    }


def test_a_whole_is_named_by_the_pattern_of_its_parts() -> None:
    assert [(d.service, d.state) for d in covered(session("blocked", "a", 3, target="signal")).days] == [
        ("signal", "blocked")
    ]


def test_one_measurement_has_one_voice_a_service_that_of_its_whole() -> None:
    rows = with_parts("signal", "ok", {"signal/chat": "blocked", "signal/cdn": "blocked"})
    assert state(rows) == "ok"
    assert state(with_parts("signal", "blocked", {"signal/chat": "blocked"}, n=2)) == "insufficient", "below the floor"


def test_a_part_speaks_for_the_service_that_its_name_alone_belongs_to() -> None:
    rows = with_parts("tor/network", "ok", {"tor/obfs4": "blocked", "tor/or_port": "ok"})
    found = covered(rows, **watching("tor/network", "tor/obfs4*"))
    assert [(d.service, d.state) for d in found.days] == [("tor-network", "ok"), ("tor-obfs4", "blocked")]
    assert [d.service for d in covered(rows, **watching("tor/*")).days] == ["tor"]


def test_different_parts_of_one_service_do_not_make_up_a_number_together() -> None:
    rows = together(
        with_parts("tor/network", "ok", {"tor/obfs4": "blocked", "tor/obfs4_x": "ok"}, n=1),
        with_parts("tor/network", "ok", {"tor/obfs4": "ok", "tor/obfs4_x": "blocked"}, n=1),
        with_parts("tor/network", "ok", {"tor/obfs4": "ok", "tor/obfs4_x": "ok"}, n=1),
    )
    assert [d.state for d in covered(rows, **watching("tor/obfs4*")).days] != ["blocked"]


def test_of_two_verdicts_that_contradict_each_other_under_one_id_the_block_is_not_kept() -> None:
    measurements, verdicts = session("blocked", "a", 6)
    twins = [msgspec.structs.replace(v, state="ok") for v in verdicts]
    assert state((measurements, [*verdicts, *twins])) == state((measurements, [*twins, *verdicts])) == "ok"


def poisoned() -> bytes:
    """SYNTHETIC: an emulated record with its own control, which is fine, and a reset; from one Iranian network."""
    record = load("tlsBlockingConnectionResetWithConsistentDNS")
    assert verdicts_of(record)[-1].state == "blocked", "taken alone it is as good as any"
    record |= {
        "probe_cc": "IR",
        "probe_asn": f"AS{NETWORKS[0]}",
        "input": "https://www.instagram.com/",
        "measurement_start_time": f"{VOTE:%Y-%m-%d %H:%M:%S}",
        "report_id": "REPORT",
        "software_name": "forged",
    }
    return msgspec.json.encode(record)


def test_a_poisoned_record_that_brings_its_own_control_blocks_nothing_however_often_it_is_sent() -> None:
    data = poisoned().replace(b"www.example.com", b"www.instagram.com")
    judged = [judge_record(data.replace(b"REPORT", b"R%d" % i), "forged.jsonl", i) for i in range(1, FLOOD + 1)]
    assert all(isinstance(j, Judged) for j in judged)
    measurements = [j.seen.measurement for j in judged if isinstance(j, Judged)]
    verdicts = [v for j in judged if isinstance(j, Judged) for v in j.verdicts]
    assert len({m.measurement_id for m in measurements}) == FLOOD
    assert {m.target for m in measurements} == {"instagram/website"}
    assert {v.state for v in verdicts if v.layer == "all"} == {"blocked"}
    counted = cells(measurements, verdicts)
    whole = next(c for c in counted if c.layer == "all")
    assert (whole.measurements, whole.state, whole.reason) == (FLOOD, "insufficient", "flood")
    assert "blocked" not in {c.state for c in [*counted, *country_cells(counted)]}
    assert ledger(rows=(measurements, verdicts))["A1", None].answer == "insufficient"
    true = honest("ok", target="instagram/website")
    both = together((measurements, verdicts), true)
    assert {c.state for c in cells(*both) if c.layer == "all"} == {"ok"}
    assert [d.state for d in covered(both).days] == ["ok"]
