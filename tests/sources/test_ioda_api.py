"""IODA's API: what is asked, and what is made of replies. All replies here are synthetic, in the documented form."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Event, Signal
from lightkeeper.model.signal import LINEAGES
from lightkeeper.settings import Settings
from lightkeeper.sources import ioda_api, series_fetch
from lightkeeper.sources.ioda_alerts import Alert, outages, parse_alerts, parse_events
from lightkeeper.sources.ioda_api import DATASOURCES, LIMIT, Entity, asked, check, entity_of, plan
from lightkeeper.sources.ioda_signals import parse
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.web import Web
from places import SHARED
from sources.server import Answer, replaying

IR, AS1, REGION = Entity("country", "IR"), Entity("asn", "58224"), Entity("region", "1906")
DAY = datetime(2026, 1, 8, tzinfo=UTC)
NOON = int(DAY.timestamp()) + 43_200
LATER = datetime(2026, 3, 1, tzinfo=UTC)


def url(entity: Entity = IR, datasource: str = "bgp", hours: int = 1, kind: str = "signals") -> str:
    times = f"from={NOON}&until={NOON + hours * 3600}"
    if kind == "signals":
        return f"https://ioda/v2/signals/raw/{entity.type}/{entity.code}?{times}&datasource={datasource}"
    return f"https://ioda/v2/outages/{kind}?{times}&entityType={entity.type}&entityCode={entity.code}"


def series(values: list[Any], entity: Entity = IR, datasource: str = "bgp", **more: Any) -> dict[str, Any]:
    step = more.get("step", 300)
    return {
        "entityType": entity.type,
        "entityCode": entity.code,
        "entityName": "A place",
        "entityFqid": "x",
        "datasource": datasource,
        "subtype": "",
        "from": NOON,
        "until": NOON + step * len(values),
        "step": step,
        "nativeStep": step,
        "values": values,
        **more,
    }


def reply(*found: Any) -> bytes:
    return json.dumps({"type": "signals", "error": None, "perf": None, "data": [list(found)]}).encode()


def listed(*found: Any) -> bytes:
    return json.dumps({"type": "outages", "error": None, "data": list(found)}).encode()


def rows(body: bytes, where: str = "", at: datetime = LATER) -> list[Signal]:
    return [row for row in parse(body, where or url(), at, "sha") if isinstance(row, Signal)]


def refused(body: bytes, where: str = "") -> list[str]:
    return [row.what for row in parse(body, where or url(), LATER) if isinstance(row, Unreadable)]


def test_a_value_is_a_count_at_its_step_with_its_lineage_and_its_file() -> None:
    row = rows(reply(series([11_000, 10_500, *[9_000] * 10])))[1]
    assert (row.series, row.entity_type, row.entity) == ("ioda_api/bgp_visible_slash24/IR", "country", "IR")
    assert (row.step_at, row.step_s, row.value) == (DAY + timedelta(hours=12, minutes=5), 300, 10_500.0)
    assert (row.lineage, row.unit, row.file_sha256) == ("control_plane", "/24 networks", "sha")


@pytest.mark.parametrize(
    ("name", "lineage"),
    [("bgp", "control_plane"), ("ping-slash24", "active_probing"), ("merit-nt", "telescope"), ("gtr", "traffic")],
)
def test_each_datasource_has_the_lineage_of_what_feeds_it(name: str, lineage: str) -> None:
    assert DATASOURCES[name].lineage == lineage
    assert {source.lineage for source in DATASOURCES.values()} <= set(LINEAGES)


def test_a_null_stays_a_null_and_a_zero_a_zero() -> None:
    got = [(row.value, row.missing) for row in rows(reply(series([0, None, 5])))]
    assert got[:3] == [(0.0, None), (None, "null_at_source"), (5.0, None)]


def test_steps_that_the_reply_leaves_out_before_and_after_are_rows_without_a_value() -> None:
    got = rows(reply(series([7], **{"from": NOON + 600})))
    assert len(got) == 12
    assert [(row.value, row.missing) for row in got[:4]] == [
        (None, "gap_in_source"),
        (None, "gap_in_source"),
        (7.0, None),
        (None, "gap_in_source"),
    ]


def test_a_series_that_ioda_does_not_have_is_missing_at_every_step_of_its_own_length() -> None:
    got = rows(b'{"error": null, "data": [[]]}', url(datasource="ping-slash24"))
    assert [row.step_s for row in got] == [600] * 6
    assert {(row.value, row.missing) for row in got} == {(None, "no_series_at_source")}


def test_the_last_empty_steps_of_a_fresh_reply_are_not_published_yet_and_none_is_later_than_the_reply() -> None:
    at = datetime.fromtimestamp(NOON + 1500, tz=UTC)
    got = rows(reply(series([4, None, 4, None, None])), at=at)
    assert [row.missing for row in got] == [
        None,
        "null_at_source",
        None,
        "not_yet_published",
        "not_yet_published",
    ]


def test_the_step_is_that_of_the_reply() -> None:
    got = rows(reply(series([1, 2, 3, 4], step=900)))
    assert [(row.step_s, row.step_at.minute) for row in got] == [(900, 0), (900, 15), (900, 30), (900, 45)]


def test_a_first_step_that_ioda_rounded_down_to_before_the_time_is_left_out() -> None:
    got = rows(reply(series([1, 2, 3], step=1800, **{"from": NOON - 1800})))
    assert [(row.value, row.step_at) for row in got] == [
        (2.0, DAY + timedelta(hours=12)),
        (3.0, DAY + timedelta(hours=12, minutes=30)),
    ]


def test_loss_and_latency_stand_in_lists_of_one_object() -> None:
    values = [
        [{"agg_values": {"loss_pct": 2.5}}],
        [{"agg_values": {"loss_pct": None}}],
        [],
        [{"agg_values": 3}, {}],
        "x",
        None,
    ]
    got = rows(reply(series(values, datasource="ping-slash24-loss", step=600)), url(datasource="ping-slash24-loss"))
    assert [(row.value, row.missing) for row in got] == [
        (2.5, None),
        (None, "null_at_source"),
        (None, "null_at_source"),
        (None, "unreadable_in_source"),
        (None, "unreadable_in_source"),
        (None, "null_at_source"),
    ]


def test_a_product_of_google_is_a_series_of_its_own() -> None:
    got = rows(reply(series([3.5, 4], datasource="gtr", step=1800, subtype="WEB_SEARCH")), url(datasource="gtr"))
    assert {row.series for row in got} == {"ioda_api/google_traffic_web_search/IR"}


def test_networks_and_regions_with_the_same_number_have_different_series() -> None:
    names = {rows(reply(series([1], entity)), url(entity))[0].series for entity in (Entity("asn", "1906"), REGION, IR)}
    assert names == {f"ioda_api/bgp_visible_slash24/{end}" for end in ("AS1906", "region-1906", "IR")}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (series([1], AS1), "was not asked for"),
        (series([1], datasource="merit-nt"), "was not asked for"),
        (series([1], step=0), "cannot be"),
        (series([1], step=10**30), "cannot be"),
        (series([1], **{"from": 0}), "outside of the time"),
        (series([1], **{"from": "now"}), "Expected `int`"),
        (series([1], subtype="../../etc"), "is not a name"),
        (series([1] * 60_000), "cannot be"),
        ({"values": [1]}, "missing required field"),
        ("text", "Expected `object`"),
        (7, "Expected `object`"),
    ],
)
def test_a_series_that_cannot_be_is_set_aside_with_the_reason(found: Any, why: str) -> None:
    told = refused(reply(found))
    assert len(told) == 1
    assert why in told[0]


@pytest.mark.parametrize("value", [-1, 1e300, True, "5", [5], {"a": 1}])
def test_a_value_that_is_no_number_of_networks_is_missing_for_that_reason(value: Any) -> None:
    first = rows(reply(series([value, 5])))[0]
    assert (first.value, first.missing) == (None, "unreadable_in_source")


def test_a_series_that_stands_twice_is_told_and_the_first_is_kept() -> None:
    body = reply(series([1]), series([2]))
    assert rows(body)[0].value == 1
    assert "stands twice" in refused(body)[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff\xfe", b"<html>Down</html>", b'{"error": "no such entity", "data": null}', b"[" * 90_000],
)
def test_a_body_that_is_no_reply_is_refused_as_a_whole(body: bytes) -> None:
    assert check(body)
    with pytest.raises(InputError):
        list(parse(body, url(), LATER))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.integers(),
        st.lists,
    )
)
def test_no_values_make_the_reader_crash(value: Any) -> None:
    assert len(rows(reply(series([value, 1])))) == 12


def test_signals_and_alerts_are_asked_by_pieces_and_events_at_once() -> None:
    found = plan([IR, AS1], date(2026, 1, 1), date(2026, 3, 1), Settings())
    kinds = Counter((asked(r.full_url).entity.type, asked(r.full_url).kind) for r in found)
    pieces = kinds["country", "alerts"]
    assert pieces == 3
    assert kinds["country", "signals"] == pieces * len(ioda_api.ASKED)
    assert kinds["asn", "signals"] == pieces * (len(ioda_api.ASKED) - 1), "Google's traffic is of countries only"
    assert kinds["country", "events"] == kinds["asn", "events"] == 1
    assert all(request.ends_at == asked(request.full_url).ends_at for request in found)
    assert next(r for r in found if r.params.get("datasource") == "gtr").params["sourceParams"] == "WEB_SEARCH"


def test_the_points_asked_for_are_those_of_five_minutes_whatever_the_time() -> None:
    for request in plan([IR], date(2026, 1, 1), date(2026, 2, 20), Settings(), datasources=["merit-nt"]):
        if "maxPoints" in request.params:
            length = int(request.params["until"]) - int(request.params["from"])
            assert int(request.params["maxPoints"]) * 300 == length


@pytest.mark.parametrize(
    ("kind", "code"), [("country", "Iran"), ("region", "IR-23"), ("asn", "x"), ("asn", "../1"), ("county", "1")]
)
def test_what_is_no_entity_of_ioda_is_refused_with_a_remedy(kind: str, code: str) -> None:
    with pytest.raises(InputError, match=r"AS58224|as in IR"):
        entity_of(kind, code)


def test_a_datasource_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InputError, match="is not a datasource"):
        plan([IR], date(2026, 1, 1), date(2026, 1, 2), Settings(), datasources=["weather"])


def alert(minute: int, level: str = "critical", value: float | None = 50, **more: Any) -> dict[str, Any]:
    return {
        "datasource": "bgp",
        "entity": {"code": "IR", "name": "Iran", "type": "country", "attrs": {}},
        "time": NOON + minute * 60,
        "level": level,
        "condition": "< 0.99",
        "value": value,
        "historyValue": 200,
        "method": "median",
        **more,
    }


def alerts(*found: Any, entity: Entity = IR) -> list[Alert]:
    where = url(entity, kind="alerts")
    return [row for row in parse_alerts(listed(*found), where, "IR") if isinstance(row, Alert)]


def test_an_outage_runs_from_the_first_alert_to_the_next_normal_one_and_is_as_deep_as_its_deepest() -> None:
    (event,) = outages(alerts(alert(30, value=20), alert(0), alert(60, "normal", 199)))
    at = datetime.fromtimestamp(NOON, tz=UTC)
    assert (event.onset_earliest, event.onset_latest) == (at - timedelta(minutes=5), at + timedelta(minutes=5))
    assert event.end_latest == at + timedelta(minutes=65)
    assert (event.severity, event.lineages, event.source) == (pytest.approx(0.9), ["control_plane"], "ioda_alerts")
    assert (event.country, event.entity_type, event.entity, event.flags) == ("IR", "country", "IR", [])


def test_an_outage_over_two_replies_is_one() -> None:
    assert len(list(outages(alerts(alert(0)) + alerts(alert(40), alert(60, "normal"))))) == 1


def test_an_outage_that_no_alert_ends_has_no_end() -> None:
    (event,) = outages(alerts(alert(0)))
    assert (event.end_earliest, event.end_latest, event.flags) == (None, None, ["no_end"])


def test_series_and_rules_have_outages_of_their_own() -> None:
    found = outages(
        alerts(alert(0), alert(10, "normal", datasource="ping-slash24"), alert(20, "normal", method="sarima"))
    )
    assert [event.flags for event in found] == [["no_end"]]


def test_a_normal_alert_alone_is_no_outage() -> None:
    assert list(outages(alerts(alert(0, "normal")))) == []


def test_an_end_that_ioda_saw_after_half_a_week_may_be_its_baselines_and_says_so() -> None:
    (event,) = outages(alerts(alert(0), alert(5 * 24 * 60, "normal")))
    assert event.flags == ["end_may_be_the_baselines"]


@pytest.mark.parametrize("value", [None, -5, 1e999])
def test_a_fall_that_the_numbers_do_not_tell_is_no_depth(value: float | None) -> None:
    body = listed(alert(0, value=value)).replace(b"Infinity", b"1e308")
    found = [row for row in parse_alerts(body, url(kind="alerts"), "IR") if isinstance(row, Alert)]
    assert [event.severity for event in outages(found)] in ([None], [0.0])


def test_the_country_of_a_region_is_the_one_that_ioda_names() -> None:
    place = {"code": "1906", "name": "Cagliari", "type": "region", "attrs": {"country_code": "IT"}}
    (event,) = outages(alerts(alert(0, entity=place), entity=REGION))
    assert (event.country, event.entity_type, event.entity) == ("IT", "region", "Cagliari")


@pytest.mark.parametrize(
    "more",
    [
        {"time": 10**20},
        {"time": "x"},
        {"level": "\u202efine"},
        {"datasource": "weather"},
        {"method": "a b"},
        {"entity": {"code": "US", "type": "country"}},
        {"entity": 5},
    ],
)
def test_an_alert_that_cannot_be_is_set_aside(more: dict[str, Any]) -> None:
    (row,) = parse_alerts(listed(alert(0, **more)), url(kind="alerts"), "IR")
    assert isinstance(row, Unreadable)
    assert row.what.isprintable()


def event(**more: Any) -> dict[str, Any]:
    return {
        "location": "country/IR",
        "start": NOON,
        "duration": 3600,
        "uncertainty": None,
        "method": "median",
        "datasource": "ping-slash24",
        "status": 0,
        "fraction": None,
        "score": 24_585.36,
        "location_name": "Iran",
        "overlaps_window": False,
        **more,
    }


def events(*found: Any, entity: Entity = IR) -> list[Event | Unreadable]:
    return list(parse_events(listed(*found), url(entity, kind="events"), "IR"))


def test_an_event_has_brackets_of_one_step_either_way() -> None:
    (row,) = events(event())
    assert isinstance(row, Event)
    at, near = datetime.fromtimestamp(NOON, tz=UTC), timedelta(minutes=10)
    assert (row.onset_earliest, row.onset_latest) == (at - near, at + near)
    assert (row.end_earliest, row.end_latest) == (at + timedelta(minutes=50), at + timedelta(minutes=70))
    assert (row.source, row.lineages) == ("ioda_events", ["active_probing"])
    assert row.event_id == f"ioda_events:ping-slash24.median:IR:{NOON}"


def test_an_event_that_ioda_cut_off_at_the_end_of_the_time_has_no_end() -> None:
    (row,) = events(event(overlaps_window=True))
    assert isinstance(row, Event)
    assert (row.end_earliest, row.end_latest) == (datetime.fromtimestamp(NOON + 3600, tz=UTC), None)
    assert row.flags == ["no_end"]


def test_a_network_is_in_the_country_that_was_asked_for() -> None:
    (row,) = events(event(location="asn/58224"), entity=AS1)
    assert isinstance(row, Event)
    assert (row.country, row.entity_type, row.entity) == ("IR", "asn", "58224")


@pytest.mark.parametrize(
    "more",
    [
        {"location": "country/TO"},
        {"start": -5},
        {"duration": -1},
        {"duration": 10**18},
        {"datasource": None},
        {"datasource": "weather"},
        {"overlaps_window": "yes"},
    ],
)
def test_an_event_that_cannot_be_is_set_aside(more: dict[str, Any]) -> None:
    assert [type(row) for row in events(event(**more))] == [Unreadable]


def test_a_full_reply_says_that_more_may_have_been_left_out() -> None:
    found = events(*[event(start=NOON + n * 7200) for n in range(LIMIT)])
    assert isinstance(found[-1], Unreadable)
    assert "more may have been left out" in found[-1].what
    assert len(found) == LIMIT + 1


def test_an_error_in_a_reply_of_status_200_is_a_failure_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    with replaying(
        lambda one: Answer(b'{"error": "backend", "data": null}' if "raw" in one.path else listed())
    ) as server:
        settings = Settings(allow_hosts=[server.host], ioda_url=server.url, http_timeout_s=0.5)
        requests = plan([IR], date(2026, 1, 1), date(2026, 1, 8), settings, datasources=["bgp"])
        summary = series_fetch.fetch(ioda_api.TERMS, requests, Archive(tmp_path), settings)
    assert [failure.error for failure in summary.failed] == ["IODA answered: backend"]
    assert len(summary.files) == 2
    assert {file.licence for file in summary.files} == {ioda_api.LICENCE}


def test_the_recorded_events_are_read() -> None:
    path = SHARED / "api_shapes" / "ioda_outages_events_codf_2026-09.json"
    if not path.exists():
        pytest.skip("the recorded replies are not at hand")
    where = url(REGION, kind="events")
    found = list(parse_events(path.read_bytes(), where, "IT"))
    assert [type(row) for row in found] == [Event, Unreadable], "the second is of another country"
    assert isinstance(found[0], Event)
    assert (found[0].entity, found[0].flags) == ("Cagliari", ["no_end"])


def test_a_recorded_series_of_another_kind_is_set_aside() -> None:
    path = SHARED / "api_shapes" / "ioda_signals_1299_upstream_delay_penult_asns.json"
    if not path.exists():
        pytest.skip("the recorded replies are not at hand")
    assert check(path.read_bytes()) is None
    assert any("was not asked for" in what for what in refused(path.read_bytes(), url(Entity("asn", "1299"))))
