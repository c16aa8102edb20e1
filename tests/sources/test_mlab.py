"""Speed tests of M-Lab: quantiles with their number, never a quantile of a handful, and a day left out is no zero.

All rows that stand here are synthetic.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model.signal import LINEAGES, Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import mlab, mlab_tables, mlab_tests, series_fetch
from lightkeeper.sources.continents import COUNTRIES, continent_of
from lightkeeper.sources.mlab_quantiles import Place, least_tests
from lightkeeper.sources.rows import Unreadable
from lightkeeper.sources.web import Web
from sources.server import Answer, replaying

IR = Place("IR")


def day(at: str, tests: object = 500, **more: object) -> dict[str, object]:
    row: dict[str, object] = {"date": at, "bucket_min": 0, "dl_samples_bucket": 1}
    for way, count in mlab.WAYS.items():
        row |= {count: tests, f"{way}_Q25": 1.0, f"{way}_MED": 2.0, f"{way}_Q75": 4.0}
    return row | more


def found(rows: object, place: Place = IR) -> dict[tuple[str, str], tuple[float | None, str | None]]:
    got = [s for s in mlab.parse(msgspec.json.encode(rows), place) if isinstance(s, Signal)]
    return {(s.metric, f"{s.step_at:%m-%d}"): (s.value, s.missing) for s in got}


def aside(rows: object) -> list[Unreadable]:
    return [row for row in mlab.parse(msgspec.json.encode(rows), IR) if isinstance(row, Unreadable)]


def test_the_eight_buckets_of_a_day_are_one_step() -> None:
    rows = [day("2026-09-01", bucket_min=n) for n in range(8)]
    got = found(rows)
    assert got["ndt_download_p50", "09-01"] == (2.0, None)
    assert got["ndt_upload_tests", "09-01"] == (500.0, None)
    assert len(got) == 8
    assert aside(rows) == []


def test_a_day_that_the_file_leaves_out_is_unknown_and_not_zero_tests() -> None:
    got = found([day("2026-09-01"), day("2026-09-03")])
    assert got["ndt_download_tests", "09-02"] == (None, "gap_in_source")
    assert got["ndt_download_p50", "09-02"] == (None, "gap_in_source")


def test_a_quantile_of_too_few_tests_is_missing_and_their_number_is_not() -> None:
    got = found([day("2026-09-01", tests=9)])
    assert got["ndt_download_p50", "09-01"] == (None, "too_few_tests")
    assert got["ndt_download_tests", "09-01"] == (9.0, None)


@pytest.mark.parametrize("percent", [5, 10, 25, 50, 75, 90])
def test_as_many_tests_as_are_asked_for_hold_the_quantile_in_their_range(percent: int) -> None:
    n, rng = least_tests(percent), np.random.default_rng(7)
    sample = rng.lognormal(0.0, 1.0, size=(20_000, n))
    truth = np.exp(np.sqrt(2) * _inverse_erf(2 * percent / 100 - 1))
    held = np.mean((sample.min(axis=1) <= truth) & (truth <= sample.max(axis=1)))
    assert held > 0.945


def _inverse_erf(x: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(x))


def test_a_network_in_a_country_has_its_own_series() -> None:
    place = mlab.place_of("ir", asn="AS58224")
    first = next(s for s in mlab.parse(msgspec.json.encode([day("2026-09-01")]), place) if isinstance(s, Signal))
    assert (first.series, first.entity_type, first.entity) == ("mlab/ndt_download_tests/AS58224/IR", "asn", "58224")
    assert first.lineage in LINEAGES


@pytest.mark.parametrize(
    "row",
    [
        day("yesterday"),
        day("0001-01-01"),
        day("2026-09-01", download_MED=-1),
        day("2026-09-01", download_MED="1e999"),
        day("2026-09-01", dl_samples_day=[1]),
        day("2026-09-01", download_Q25=9.0),
        {"date": "2026-09-01"},
        {"date": None},
    ],
)
def test_a_hostile_row_is_set_aside_and_gives_no_speed(row: dict[str, object]) -> None:
    assert aside([row, day("2026-09-02")])
    got = found([row, day("2026-09-02")])
    assert got["ndt_download_p50", "09-02"] == (2.0, None)
    assert got.get(("ndt_download_p50", "09-01"), (None, ""))[0] is None


def test_two_accounts_of_one_day_do_not_both_count() -> None:
    rows = [day("2026-09-01"), day("2026-09-01", tests=501)]
    assert "two accounts" in aside(rows)[0].what
    assert found(rows)["ndt_download_tests", "09-01"] == (500.0, None)


def test_a_wrong_year_does_not_make_a_million_rows() -> None:
    with pytest.raises(InputError, match="the days run from"):
        found([day("2010-01-01"), day("2026-01-01")])


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"<html>", b"[" * 5000, b"\xff"])
def test_what_is_no_such_file_is_an_error_with_a_remedy(body: bytes) -> None:
    with pytest.raises(InputError, match="no file of M-Lab"):
        list(mlab.parse(body, IR))
    assert mlab.check(body)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["date", *mlab._named()]), st.none() | st.text() | st.floats(), max_size=9)
    )
)
def test_no_row_makes_the_reader_crash(rows: list[dict[str, object]]) -> None:
    with suppress(InputError):
        list(mlab.parse(msgspec.json.encode(rows), IR))


def test_a_file_is_asked_for_by_place_and_year() -> None:
    settings = Settings(mlab_url="https://x")
    plan = mlab.plan(
        [IR, mlab.place_of("IR", "IR-23"), mlab.place_of("IR", asn=58224)],
        date(2025, 12, 31),
        date(2026, 1, 2),
        settings,
    )
    assert [request.url.removeprefix("https://x/v0/AS/") for request in plan] == [
        "IR/2025/histogram_daily_stats.json",
        "IR/2026/histogram_daily_stats.json",
        "IR/IR-23/2025/histogram_daily_stats.json",
        "IR/IR-23/2026/histogram_daily_stats.json",
        "IR/asn/AS58224/2025/histogram_daily_stats.json",
        "IR/asn/AS58224/2026/histogram_daily_stats.json",
    ]
    assert [mlab.asked(request.url).path for request in plan[::2]] == ["IR", "IR-23", "AS58224/IR"]
    with pytest.raises(InputError, match="continent of `A1`"):
        mlab.plan([Place("A1")], date(2025, 1, 1), date(2026, 1, 1), settings)
    with pytest.raises(InputError, match="not a region"):
        mlab.place_of("IR", "../../etc")


@pytest.mark.parametrize("path", ["", "/v0/AS", "/v0/AS/IRAN/2025/x.json", "/v0/AS/IR/IR-23/asn/2025/x.json"])
def test_an_address_that_we_did_not_make_names_no_place(path: str) -> None:
    with pytest.raises(InputError, match=r"not a URL of M-Lab|not the code of a country"):
        mlab.asked(f"https://x{path}")


def test_every_country_has_its_continent() -> None:
    assert all(continent_of(country.alpha_2) in COUNTRIES for country in pycountry.countries)
    assert [continent_of(code) for code in ("IR", "UG", "VE", "TR", "RU")] == ["AS", "AF", "SA", "AS", "EU"]
    assert sum(len(codes.split()) for codes in COUNTRIES.values()) == 250


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Answer(msgspec.json.encode([])), 0),
        (Answer(b"", 429), 1),
        (Answer(b"", 500), 1),
        (Answer(b"no such file", 404), 1),
        (Answer(b"[{}]" * 100, cut=20), 1),
        (Answer(b"[{}]", pause_s=0.7), 1),
        (Answer(b""), 1),
        (Answer(b"<html>maintenance</html>"), 1),
    ],
)
def test_a_broken_reply_is_a_failure_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, failed: int
) -> None:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    monkeypatch.setattr("lightkeeper.sources.series_fetch.DEADLINE_S", 1.0)
    with replaying(lambda _asked: answer) as server:
        settings = Settings(allow_hosts=[server.host], mlab_url=server.url, http_timeout_s=0.5)
        plan = mlab.plan([IR], date(2025, 1, 1), date(2025, 2, 1), settings)
        summary = series_fetch.fetch(mlab.TERMS, plan, Archive(tmp_path), settings)
    assert (len(summary.failed), len(summary.files)) == (failed, 1 - failed)


TABLE = """hour,country,asn,samples,p10,p50,upload_samples,upload_p50
2026-01-08 16:00:00 UTC,IR,58224,40,1.5,6,9,2
2026-01-08 17:00:00 UTC,IR,,,1.5,6,,
2026-01-08 18:00:00 UTC,IR,x,40,1.5,6,9,2
2026-01-08 18:00:00 UTC,IR,,40,7,6,9,2
2026-01-08 18:00:00 UTC,DE,,40,1,6,9,2
"""


def test_a_table_of_an_own_query_gives_quantiles_by_hour_and_network(tmp_path: Path) -> None:
    path = tmp_path / "query.csv"
    path.write_text(TABLE)
    rows = list(mlab_tables.read(path, "IR"))
    got = {(s.series, s.step_at.hour): (s.value, s.missing) for s in rows if isinstance(s, Signal)}
    assert got["mlab/ndt_download_p10/AS58224/IR", 16] == (1.5, None)
    assert got["mlab/ndt_upload_p50/AS58224/IR", 16] == (None, "too_few_tests")
    assert got["mlab/ndt_download_p50/IR", 17] == (None, "null_at_source")
    assert {s.step_s for s in rows if isinstance(s, Signal)} == {3600}
    assert [u.what[:20] for u in rows if isinstance(u, Unreadable)] == ["`X` is not the numbe", "the quantiles of dow"]


def test_the_same_table_as_parquet_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "query.parquet"
    at = [datetime(2026, 1, 8, 16, tzinfo=UTC)]
    table = pa.table(
        {"hour": at, "country": ["IR"], "asn": [58224], "samples": [40], "p10": [1.5], "p50": [float("nan")]}
    )
    pq.write_table(table, path)
    assert [u.what for u in mlab_tables.read(path) if isinstance(u, Unreadable)] == [
        "`nan` cannot be a speed in Mbit/s"
    ]
    pq.write_table(table.set_column(5, "p50", pa.array([6.0])), path)
    assert [s.value for s in mlab_tables.read(path) if isinstance(s, Signal)] == [40, 1.5, 6]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_table_without_the_columns_or_of_other_bytes_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("country,samples\nIR,3\n")
    with pytest.raises(InputError):
        list(mlab_tables.read(path))


def test_the_published_percentiles_of_a_month_are_one_step(shared: Path) -> None:
    path = shared / "series" / "mlab" / "iqb_20251001Tdownloads_by_country.parquet"
    rows = list(mlab_tables.read_month(path, date(2025, 10, 1), date(2025, 11, 1)))
    assert all(isinstance(row, Signal) for row in rows)
    iran = {s.metric: s.value for s in rows if isinstance(s, Signal) and s.entity == "IR"}
    assert (iran["ndt_download_tests"], round(iran["ndt_download_p50"] or 0, 1)) == (6747, 9.2)
    assert {s.step_s for s in rows if isinstance(s, Signal)} == {31 * 86_400}
    few = {s.entity for s in rows if isinstance(s, Signal) and s.missing == "too_few_tests"}
    assert few
    assert "IR" not in few


def raw(second: object, octets: object = 10**7, lasted: object = 10**7, country: str = "VE") -> str:
    return f"{second},{octets},{lasted},0,0,{country}\n"


HEADER = ",".join([mlab_tests.TIME, mlab_tests.OCTETS, *mlab_tests.LIMITED, mlab_tests.COUNTRY]) + "\n"


def file_of(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(rows))
    return path


def test_speed_is_octets_in_bits_over_microseconds(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", *(raw(1_390_000_000 + n) for n in range(30)))
    got = {s.metric: s.value for s in mlab_tests.read(path, "VE") if isinstance(s, Signal)}
    assert got["ndt_download_p10"] == got["ndt_download_p90"] == 8.0
    assert got["ndt_download_tests"] == 30


def test_a_day_without_a_test_in_single_tests_has_zero_tests_and_no_speed(tmp_path: Path) -> None:
    path = file_of(tmp_path / "a.csv", raw(1_390_000_000), raw(1_390_000_000 + 2 * 86_400))
    got = [(s.value, s.missing) for s in mlab_tests.read(path, "VE") if isinstance(s, Signal)][6:8]
    assert got == [(0.0, None), (None, "too_few_tests")]


def test_tests_that_mlab_does_not_count_are_told_and_hostile_ones_set_aside(tmp_path: Path) -> None:
    rows = [raw(1_390_000_000), raw(1_390_000_001, lasted=5), raw(1_390_000_002, octets=1), raw("nan"), raw(-5), raw(1)]
    path = file_of(tmp_path / "a.csv", *rows, raw(1_390_000_003, octets="1e999"), raw(1_390_000_000, country="DE"))
    found = list(mlab_tests.read(path, "VE"))
    assert next(s.value for s in found if isinstance(s, Signal)) == 1
    said = [u.what for u in found if isinstance(u, Unreadable)]
    assert len(said) == 5
    assert said[-1].startswith("2 tests moved too little")


def test_venezuelas_tests_give_quantiles_for_each_day(shared: Path) -> None:
    path = shared / "series" / "mlab" / "ndt-VE-2014-01-01-to-05-30.csv.gz"
    found = [s for s in mlab_tests.read(path, "VE") if isinstance(s, Signal)]
    assert sum(s.value or 0 for s in found if s.metric == "ndt_download_tests") == 16_626
    assert len({s.step_at for s in found}) == 210
    assert all(s.value is not None for s in found)
    hours = [s for s in mlab_tests.read(path, "VE", 3600) if isinstance(s, Signal) and s.metric == "ndt_download_p10"]
    assert sum(s.missing == "too_few_tests" for s in hours) > 0.99 * len(hours)
