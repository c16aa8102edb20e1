"""Tor's live CSVs: estimates with their bounds, weak days masked, gaps and nulls kept apart. All rows are synthetic."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES, Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import series_fetch, tor_metrics
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.web import Web
from sources.server import Answer, Asked, Play, Replay, replaying

RELAY = b"""#
# The Tor Project
#
date,country,users,lower,upper,frac
2024-01-01,ir,40000,30000,50000,64
2024-01-03,ir,,30000,50000,64
2024-01-04,ir,41000,,,12
2024-01-05,ir,0,,,64
"""
COMBINED = b"""# comment
date,country,transport,high,low,frac
2024-01-01,ir,obfs4,900,700,90
2024-01-01,ir,<OR>,20,10,90
"""


def signals(body: bytes) -> list[Signal]:
    return [row for row in tor_metrics.parse(body) if isinstance(row, Signal)]


def aside(body: bytes) -> list[Unreadable]:
    return [row for row in tor_metrics.parse(body) if isinstance(row, Unreadable)]


def test_a_gap_a_null_a_weak_day_and_a_zero_are_four_things() -> None:
    found = {s.step_at.day: (s.value, s.missing) for s in signals(RELAY)}
    assert found == {
        1: (40000.0, None),
        2: (None, "gap_in_source"),
        3: (None, "null_at_source"),
        4: (None, "weak_estimate"),
        5: (0.0, None),
    }


def test_the_peers_expectation_is_kept_and_goes_into_no_series() -> None:
    first = next(iter(tor_metrics.estimates(RELAY)))
    assert isinstance(first, tor_metrics.Estimate)
    assert (first.expected_low, first.expected_high, first.frac) == (30000, 50000, 64)
    assert {s.series for s in signals(RELAY)} == {"tor_metrics/relay_users/IR"}
    assert all(s.expected_low is None and s.expected_high is None for s in signals(RELAY))


def test_a_transport_has_a_series_for_each_bound_whatever_the_order_of_columns() -> None:
    found = {s.series: s.value for s in signals(COMBINED)}
    assert found == {
        "tor_metrics/bridge_users_low/IR/obfs4": 700,
        "tor_metrics/bridge_users_high/IR/obfs4": 900,
        "tor_metrics/bridge_users_low/IR/default": 10,
        "tor_metrics/bridge_users_high/IR/default": 20,
    }
    assert {s.lineage for s in signals(COMBINED)} <= set(LINEAGES)


def test_bridge_users_are_not_taken_for_relay_users() -> None:
    assert signals(b"date,country,users,frac\n2024-01-01,ir,5,90\n")[0].series == "tor_metrics/bridge_users/IR"


def test_all_countries_together_are_the_world_and_the_unresolved_are_no_country() -> None:
    found = signals(b"date,country,users,frac\n2024-01-01,,5,90\n2024-01-01,??,6,90\n")
    assert [(s.entity_type, s.entity) for s in found] == [("world", "world"), ("country", "ZZ")]
    assert signals(b"date,transport,users,frac\n2024-01-01,obfs4,5,90\n")[0].series == (
        "tor_metrics/bridge_users/world/obfs4"
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-01-02,ir,1e999,,,64", "number of users"),
        ("2024-01-02,ir,nan,,,64", "number of users"),
        ("2024-01-02,ir,-3,,,64", "number of users"),
        ("yesterday,ir,3,,,64", "not a day"),
        ("2024-01-02,ir\x00\u202e<script>,3,,,64", "not the code of a country"),
        ("2024-01-02,ir,3,,,", "percentage"),
        ("2024-01-02", "percentage"),
        ("2024-01-01,ir,3,,,64", "stands twice"),
    ],
)
def test_a_hostile_row_is_set_aside_with_its_reason_and_the_others_stay(row: str, said: str) -> None:
    body = b"date,country,users,lower,upper,frac\n2024-01-01,ir,7,,,64\n" + row.encode() + b"\n"
    assert [u.what for u in aside(body) if said in u.what]
    assert [s.value for s in signals(body)] == [7]
    assert all(c.isprintable() for u in aside(body) for c in u.what)


def test_a_wrong_century_does_not_make_a_million_rows() -> None:
    with pytest.raises(InputError, match="the days run from"):
        signals(b"date,country,users,frac\n0001-01-01,ir,5,90\n2024-01-01,ir,5,90\n")


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_crash(body: bytes) -> None:
    try:
        list(tor_metrics.parse(b"date,country,users,frac\n" + body))
        list(tor_metrics.parse(body))
    except InputError:
        pass


def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: Play) -> tuple[tor_metrics.FetchSummary, Replay]:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    with replaying(play) as server:
        settings = Settings(allow_hosts=[server.host], tor_metrics_url=server.url, http_timeout_s=0.5)
        plan = tor_metrics.plan(["IR"], date(2024, 1, 1), date(2024, 1, 6), settings)
        return series_fetch.fetch(tor_metrics.TERMS, plan, Archive(tmp_path), settings), server


def test_each_file_is_asked_for_by_country_and_by_days_that_are_both_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(asked: Asked) -> Answer:
        return Answer(RELAY if "relay" in asked.path else b"# No data available for the given parameters.\n")

    summary, server = fetching(tmp_path, monkeypatch, play)
    assert [asked.path for asked in server.asked] == [f"/{name}" for name in tor_metrics.FILES.values()]
    assert server.asked[0].query == {"start": "2024-01-01", "end": "2024-01-05", "country": "ir", "events": "off"}
    assert (summary.fetched, summary.failed) == (3, [])
    assert {file.licence for file in summary.files} == {"CC0-1.0"}
    again, server = fetching_again(tmp_path, monkeypatch, play, server)
    assert (again.fetched, again.skipped) == (0, 3)


def fetching_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, play: Play, before: Replay
) -> tuple[tor_metrics.FetchSummary, Replay]:
    settings = Settings(allow_hosts=[before.host], tor_metrics_url=before.url, http_timeout_s=0.5)
    plan = tor_metrics.plan(["IR"], date(2024, 1, 1), date(2024, 1, 6), settings)
    return series_fetch.fetch(tor_metrics.TERMS, plan, Archive(tmp_path), settings), before


@pytest.mark.parametrize(
    "answer", [Answer(b"", 429), Answer(b"", 500), Answer(RELAY, cut=50), Answer(RELAY, pause_s=0.7)]
)
def test_a_source_that_stays_broken_is_a_failure_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("lightkeeper.sources.series_fetch.DEADLINE_S", 1.0)
    summary, _ = fetching(tmp_path, monkeypatch, lambda _asked: answer)
    assert (len(summary.failed), summary.files) == (3, [])
    assert all(failure.remedy for failure in summary.failed)


@pytest.mark.parametrize("body", [b"", b"<html>Down for maintenance</html>", b"\xff\xfe", b"a,b\n1,2\n"])
def test_a_reply_that_is_no_file_of_tors_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    summary, _ = fetching(tmp_path, monkeypatch, lambda _asked: Answer(body))
    assert len(summary.failed) == 3


def test_days_are_asked_for_again_while_tor_still_corrects_them() -> None:
    request = tor_metrics.plan(["IR"], date(2024, 1, 1), date(2024, 1, 6), Settings())[0]
    assert request.ends_at is not None
    assert (request.ends_at.date() - date(2024, 1, 6)).days == 7
