"""Real histories, told as events: Iran 2026 and 2019, a hurricane, YouTube in Russia, Tor users, a blocked site."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detect.made import write
from lightkeeper.cli import app

IODA = {
    "Google (Search)": "google_search/IR",
    "Telescope (# Unique Source IPs)": "ioda/telescope/IR",
    "BGP (#Visible /24s)": "ioda/bgp/IR",
    "Active Probing (#/24s Up)": "ioda/active_probing/IR",
    "Mozilla (City Count)": "mozilla/IR",
}
Open = Callable[[str], list[dict[str, str]]]


@pytest.fixture
def rows(shared: Path) -> Open:
    """Rows of a CSV file among the real series."""

    def read(name: str) -> list[dict[str, str]]:
        path = shared / "series" / name
        if not path.exists():
            pytest.skip(f"needs ../shared/data/series/{name}, whose licence forbids carrying it")
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            return list(csv.DictReader(file))

    return read


def detect(*files: Path, code: int = 0) -> list[dict]:
    result = CliRunner().invoke(app, ["detect", *map(str, files), "--json"])
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def ioda(rows: Open) -> list[tuple[object, ...]]:
    found = rows("ioda-iran-2026/half-hourly-2025-12-01-to-2026-01-29.csv")
    return [(name, r["Time (UTC)"].replace(" ", "T") + "Z", r[c]) for r in found for c, name in IODA.items()]


def test_the_cut_of_8_january_2026_is_one_national_event(rows: Open, tmp_path: Path) -> None:
    events = detect(write(tmp_path / "a.csv", ioda(rows)))
    assert [e for e in events if e["onset_latest"] < "2025-12-28"] == [], "nothing is raised in the quiet weeks"
    (event,) = (e for e in events if "2026-01-08" <= e["onset_latest"] < "2026-01-09")
    assert (event["members"], event["scope"], event["kind"]) == (5, "national", "outage")
    assert event["onset_earliest"] <= "2026-01-08T16:30:00Z" <= event["onset_latest"] <= "2026-01-08T17:00:00Z"
    assert event["ended"]["ioda/active_probing/IR"][:10] == "2026-01-27"
    assert event["ended"]["google_search/IR"][:10] in ("2026-01-18", "2026-01-19")
    assert set(event["lineages"]) == {"active_probing", "control_plane", "telescope", "traffic"}


def test_files_and_rows_in_any_order_give_the_same_events(rows: Open, tmp_path: Path) -> None:
    whole = ioda(rows)
    mixed = random.Random(1).sample(whole, len(whole))
    parts = [write(tmp_path / f"{i}.csv", mixed[i::3]) for i in range(3)]
    assert detect(*parts) == detect(write(tmp_path / "a.csv", whole))


def test_iran_by_county_in_november_2019(rows: Open, tmp_path: Path) -> None:
    local_s = 12_600  # The epochs are local time, three and a half hours ahead.
    made = [
        (f"monash/IR/{r['name_1']}/{r['name_2']}", int(r["time_e"]) - local_s, r["connectivity"])
        for r in rows("monash/irn-2019-11-11_gif.csv")
    ]
    national = [e for e in detect(write(tmp_path / "a.csv", made)) if e["scope"] == "national"]
    (event,) = national
    assert event["members"] >= 65
    assert event["stayed"]
    assert "2019-11-16T16:00:00Z" <= event["onset_latest"] <= "2019-11-16T18:30:00Z", "where most counties begin to go"
    assert min(event["joined"].values()) < event["onset_latest"], "the first counties went hours before"
    assert len(set(event["joined"].values())) > 3, "each county joined at its own hour"
    assert event["end_latest"] is None


def test_a_hurricane_is_regional(rows: Open, tmp_path: Path) -> None:
    made = [
        (f"monash/US/{r['name_1']}/{r['name_2']}", r["time_e_utc"], r["connectivity"])
        for r in rows("monash/usa-2020-08-31_HurrLaura.csv")
    ]
    events = detect(write(tmp_path / "a.csv", made))
    assert {e["scope"] for e in events} == {"regional"}
    first = events[0]
    assert first["onset_latest"][:10] == "2020-08-27", "the day it came ashore"
    assert all("Louisiana" in s or "Texas" in s for s in first["series"])
    assert len(first["stayed"]) > 10 * first["members"]


def test_youtube_in_russia_fell_in_steps_and_in_the_netherlands_did_not(rows: Open, tmp_path: Path) -> None:
    made = [
        (f"google/youtube/{cc}", r["date and time"].replace(" ", "T"), r["value"])
        for cc in ("RU", "NL")
        for r in rows(f"google-youtube/{cc}.csv.gz")
    ]
    events = detect(write(tmp_path / "a.csv", made))
    long = [e for e in events if e["end_latest"] is None]
    assert [(e["country"], e["onset_latest"][:7], e["within"]) for e in long] == [
        ("RU", "2024-08", 0),
        ("RU", "2024-12", 1),
    ]
    assert all(e["severity"] < 0.6 for e in events if e not in long), "holidays at most; no gap at a month's end"


def test_tor_users(rows: Open, tmp_path: Path) -> None:
    made = [
        (f"tor_users/{r['country'].upper()}", r["date"], r["actual_users"]) for r in rows("tor-users-2011-2016.csv.gz")
    ]
    events = detect(write(tmp_path / "a.csv", made))
    iran = [e["onset_latest"] for e in events if e["country"] == "IR" and e["direction"] == "down"]
    assert any("2012-02-09" <= onset < "2012-02-12" for onset in iran)
    assert any("2013-02-01" <= onset < "2013-06-14" for onset in iran), "before the vote"
    years = len(made) / 365
    assert len(events) / years < 2.5, "alarms a country and year, both ways"


def test_transfers_in_venezuela_slowed_in_february_2014(rows: Open, tmp_path: Path) -> None:
    by_day: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows("mlab/ndt-VE-2014-01-01-to-05-30.csv.gz"):
        limited = [row[f"web100_log_entry_snap_SndLimTime{of}"] for of in ("Rwin", "Cwnd", "Snd")]
        octets = row["web100_log_entry_snap_HCThruOctetsAcked"]
        if octets and all(limited) and float(octets) > 8192 and any(map(float, limited)):
            day = int(row["web100_log_entry_log_time"]) // 86_400 * 86_400
            by_day[day].append(8 * float(octets) / sum(map(float, limited)))
    made = [
        (f"mlab/throughput/p{q}/VE", day, sorted(of)[len(of) * q // 100])
        for day, of in by_day.items()
        if len(of) >= 10
        for q in (10, 50, 90)
    ]
    slowed = [e for e in detect(write(tmp_path / "a.csv", made)) if e["kind"] == "slowdown"]
    assert any(e["onset_earliest"] < "2014-02-14" and "2014-02-01" < e["onset_latest"] < "2014-02-20" for e in slowed)
    assert all("no_single_target_slowed" in e["flags"] for e in slowed), (
        "of one line alone nobody can call it throttling"
    )


def test_a_site_in_brazil_is_found_blocked_and_not_before(shared: Path, tmp_path: Path) -> None:
    path = shared / "ooni" / "series_womenonwaves_BR_2018.json"
    if not path.exists():
        pytest.skip("needs ../shared/data/ooni/series_womenonwaves_BR_2018.json")
    seen: defaultdict[str, list[bool]] = defaultdict(list)
    for row in json.loads(path.read_text()):
        seen[row["measurement_start_time"][:13]].append(bool(row["anomaly"]))
    made = [("blocked_share/womenonwaves/BR", f"{h}:00:00Z", sum(b) / len(b), len(b)) for h, b in seen.items()]
    events = detect(write(tmp_path / "a.csv", made, "series,hour,value,n"))
    first_failure = min(h for h, b in seen.items() if any(b))
    assert {e["kind"] for e in events} == {"blocking"}
    assert events[0]["onset_latest"] >= f"{first_failure}"
    assert any("2019-02-20" <= e["onset_latest"] < "2019-03-10" and e["severity"] > 0.5 for e in events)


def test_rows_that_cannot_be_read_are_set_aside_and_the_exit_code_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [("a", "2026-01-01", 1), ("a", "never", 1)])
    result = CliRunner().invoke(app, ["detect", str(path), "--json"])
    assert result.exit_code == 3
    assert "a.csv:3" in result.stderr
    assert result.stdout == ""
