"""Gather: what bears on a case is put into its folder unchanged, and what is kept is decided by nothing it says."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.errors import CaseError, InputError
from lightkeeper.model.gathered import Gathered
from lightkeeper.run import gathering
from lightkeeper.run.build import build_case
from lightkeeper.run.gathering import Asked, asked_of, brought, check_room, days_of, gather
from lightkeeper.run.judging import Judged, judge_paths
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case
from places import DATA, ROOT

NAME = "iran-2021-election"
SIGNAL = {"test_name": "signal", "test_keys": {"signal_backend_status": "ok"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / NAME
    shutil.copytree(ROOT / "cases" / NAME, made)
    case = (made / "case.toml").read_text(encoding="utf-8")
    case = case.replace('measurements = ["measurements/*.json"]', 'measurements = ["measurements/*.jsonl.gz"]')
    (made / "case.toml").write_text(case, encoding="utf-8")
    return made


def record(number: int, **more: Any) -> dict[str, Any]:
    """A SYNTHETIC measurement of Signal in the window of the case, on MCI."""
    return (
        SIGNAL
        | {
            "measurement_uid": f"synthetic-{number}",
            "report_id": f"r-{number}",
            "probe_cc": "IR",
            "probe_asn": "AS197207",
            "measurement_start_time": "2021-06-18 10:00:00",
            "test_start_time": "2021-06-18 10:00:00",
            "software_name": "ooniprobe-android",
            "software_version": "3.0.0",
        }
        | more
    )


def wrote(folder: Path, records: list[dict[str, Any]], name: str = "raw.jsonl.gz") -> list[Path]:
    path = folder.parent / name
    path.write_bytes(gzip.compress(b"".join(json.dumps(r).encode() + b"\n" for r in records), mtime=0))
    return [path]


def asked(folder: Path, **more: Any) -> Asked:
    return asked_of(load_case(folder), **more)


def run(folder: Path, records: list[dict[str, Any]], **more: Any) -> Gathered:
    return gather(folder, load_case(folder), asked(folder, **more), brought(wrote(folder, records)))


def kept(folder: Path) -> list[dict[str, Any]]:
    found = sorted((folder / "measurements").glob("ooni-*.jsonl.gz"))
    return [json.loads(line) for path in found for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_what_is_of_another_country_time_or_nettest_is_left_out(folder: Path) -> None:
    mine = record(1)
    other = [
        record(2, probe_cc="BR"),
        record(3, measurement_start_time="2020-01-01 00:00:00"),
        record(4, test_name="never_heard_of"),
        record(5, probe_cc="DE", test_name="ndt"),
    ]
    made = run(folder, [mine, *other])
    assert kept(folder) == [mine]
    assert (made.seen, made.kept, made.not_of_the_case, made.set_aside) == (5, 1, 4, 0)
    assert made.files == {"measurements/ooni-IR-2021-06-18.jsonl.gz": 1}


def test_lines_are_the_very_bytes_that_were_published(folder: Path) -> None:
    line = b'{"test_name":"signal",  "probe_cc": "IR","measurement_start_time":"2021-06-18 10:00:00","x":1e5}'
    (folder.parent / "raw.jsonl").write_bytes(line + b"\n")
    gather(folder, load_case(folder), asked(folder), brought([folder.parent / "raw.jsonl"]))
    assert gzip.decompress((folder / "measurements/ooni-IR-2021-06-18.jsonl.gz").read_bytes()) == line + b"\n"


def test_a_measurement_of_an_observation_table_is_kept_as_one_line_that_reads_as_the_table_does(folder: Path) -> None:
    table = folder.parent / "synthetic.csv"
    header = "measurement_uid,test_name,probe_cc,probe_asn,measurement_start_time,ip,port,tcp_success,tcp_failure"
    row = "20210618100100.000001_IR_telegram_00000000000000ff,telegram,IR,197207,2021-06-18 10:00:00,149.154.167."
    table.write_text("\n".join([header, f"{row}51,443,1,", f"{row}91,443,0,timed_out", f"{row}51,443,1,"]))
    made = gather(folder, load_case(folder), asked(folder), brought([table]))
    assert (made.kept, made.set_aside) == (1, 0)
    [file] = (folder / "measurements").glob("ooni-*.jsonl.gz")
    [again], [first] = judge_paths([str(file)]), judge_paths([str(table)])
    assert isinstance(again, Judged)
    assert isinstance(first, Judged)
    assert (again.seen.observations, again.seen.repeated) == (first.seen.observations, 1)


def test_a_record_over_many_lines_becomes_one_line(folder: Path) -> None:
    (folder.parent / "raw.json").write_text(json.dumps(record(1), indent=4), encoding="utf-8")
    gather(folder, load_case(folder), asked(folder), brought([folder.parent / "raw.json"]))
    assert kept(folder) == [record(1)]


def test_other_countries_give_apps_and_tools_only_and_never_the_country_itself(folder: Path) -> None:
    app, site = record(1, probe_cc="DE"), record(2, probe_cc="DE", test_name="web_connectivity", input="https://x.com/")
    made = run(folder, [app, site], elsewhere=["DE", "IR"])
    assert kept(folder) == [app]
    assert made.elsewhere == ["DE"]


def test_what_is_not_watched_is_kept_too_but_only_so_much_of_it(folder: Path) -> None:
    sites = [record(n, test_name="web_connectivity", input=f"https://site{n}.example/") for n in range(40)]
    watched = [record(100 + n, test_name="web_connectivity", input="https://www.instagram.com/") for n in range(40)]
    made = run(folder, [*sites, *watched], most=5)
    assert sum("instagram" in r["input"] for r in kept(folder)) == 5
    assert made.kept == 10
    assert made.beyond_most == 70


def test_what_is_kept_does_not_depend_on_what_was_found_nor_on_the_order(folder: Path) -> None:
    records = [record(n) for n in range(50)]
    run(folder, records, most=7)
    first = kept(folder)
    assert len(first) == 7
    gather(folder, load_case(folder), asked(folder, most=7), brought(wrote(folder, records)))
    assert kept(folder) == first


def test_a_lot_cannot_be_bought_since_it_rests_on_the_whole_file(folder: Path) -> None:
    records = [record(n) for n in range(200)]
    run(folder, records, most=5)
    first = kept(folder)
    run(folder, [*records, record(1000, probe_cc="BR")], most=5)
    assert kept(folder) != first


def test_files_that_come_later_change_nothing_of_the_days_before(folder: Path) -> None:
    first = wrote(folder, [record(n) for n in range(50)], "1.jsonl.gz")
    gather(folder, load_case(folder), asked(folder, most=7), brought(first))
    before = kept(folder)
    later = wrote(folder, [record(n, measurement_start_time="2021-06-20 10:00:00") for n in range(50)], "2.jsonl.gz")
    gather(folder, load_case(folder), asked(folder, most=7), brought([*later, *first]))
    assert kept(folder)[:7] == before
    assert len(kept(folder)) == 14


def test_one_that_stands_in_two_files_is_kept_once(folder: Path) -> None:
    files = [*wrote(folder, [record(1)], "1.jsonl.gz"), *wrote(folder, [record(1), record(2)], "2.jsonl.gz")]
    gather(folder, load_case(folder), asked(folder), brought(files))
    assert sorted(r["measurement_uid"] for r in kept(folder)) == ["synthetic-1", "synthetic-2"]


def test_a_flood_on_one_network_pushes_no_other_network_out(folder: Path) -> None:
    few = [record(n, probe_asn="AS44244") for n in range(3)]
    run(folder, [*(record(100 + n) for n in range(500)), *few], most=5)
    found = kept(folder)
    assert all(r in found for r in few)
    assert len(found) == 8


def test_one_that_stands_twice_is_kept_once(folder: Path) -> None:
    made = run(folder, [record(1), record(1)])
    assert (made.kept, made.beyond_most) == (1, 1)


def test_a_record_that_cannot_be_read_is_counted_and_the_rest_goes_on(folder: Path) -> None:
    path = wrote(folder, [record(1)])[0]
    path.write_bytes(gzip.compress(b"{not json\n" + gzip.decompress(path.read_bytes())))
    made = gather(folder, load_case(folder), asked(folder), brought([path]))
    assert (made.kept, made.set_aside) == (1, 1)


def test_a_second_run_takes_away_what_the_first_one_made_and_nothing_else(folder: Path) -> None:
    mine = folder / "measurements" / "mine.jsonl.gz"
    mine.write_bytes(gzip.compress(json.dumps(record(9)).encode()))
    stray = folder / "measurements" / ".ooni-IR-2021-06-01.jsonl.gz.part"
    stray.write_bytes(b"half")
    run(folder, [record(1), record(2, measurement_start_time="2021-06-20 10:00:00")])
    assert len(list((folder / "measurements").glob("ooni-*"))) == 2
    made = run(folder, [record(1)])
    assert [p.name for p in (folder / "measurements").glob("ooni-*")] == ["ooni-IR-2021-06-18.jsonl.gz"]
    assert mine.exists()
    assert not stray.exists()
    assert json.loads((folder / "gathered.json").read_bytes())["sources"][0]["name"] == "raw.jsonl.gz"
    assert len(made.sources[0].sha256) == 64


def test_the_record_of_an_earlier_run_cannot_name_files_elsewhere(folder: Path) -> None:
    made = run(folder, [record(1)])
    outside = folder.parent / "ooni-outside.jsonl.gz"
    outside.write_bytes(b"mine")
    told = json.loads((folder / "gathered.json").read_bytes())
    told["files"] = {"../../ooni-outside.jsonl.gz": 1, str(outside): 1}
    (folder / "gathered.json").write_text(json.dumps(told), encoding="utf-8")
    run(folder, [record(1)])
    assert outside.read_bytes() == b"mine"
    assert made.files


def test_a_case_that_would_not_read_them_is_told_so_before_anything_is_fetched() -> None:
    folder = ROOT / "cases" / NAME
    with pytest.raises(CaseError, match="names no measurements"):
        check_room(folder, load_case(folder))


def test_the_days_asked_for_end_today_and_a_window_to_come_is_an_error(folder: Path) -> None:
    case = load_case(folder)
    first = date(2021, 5, 18)
    assert days_of(case, date(2026, 1, 1)) == (first, date(2021, 7, 5))
    assert days_of(case, date(2021, 6, 1)) == (first, date(2021, 6, 2))
    with pytest.raises(InputError, match="begins on 2021-05-18"):
        days_of(case, first - timedelta(days=1))


def test_the_tests_asked_of_other_countries_are_those_of_what_is_watched(folder: Path) -> None:
    found = gathering.tests_elsewhere(load_case(folder))
    assert {"signal", "telegram", "whatsapp", "tor", "psiphon"} <= set(found)
    assert gathering.OWN_CONTROL not in found


def test_real_measurements_gathered_are_judged_as_those_that_were_there_before(folder: Path) -> None:
    """The measurements that the case carries lie outside its window: another event day takes them in."""
    paths = sorted((DATA / "ooni").glob("*/*.json"))
    case = load_case(folder)
    wide = asked_of(case)._replace(
        begin=case.window[0].replace(year=2012), end=case.window[1].replace(year=2027), country="IT"
    )
    made = gather(folder, case, wide, brought(paths))
    assert made.kept > 10
    originals = [json.loads(p.read_bytes()) for p in paths]
    assert all(r in originals for r in kept(folder))


def test_the_pages_say_that_the_measurements_are_a_sample_and_how_it_was_drawn(folder: Path, tmp_path: Path) -> None:
    run(folder, [record(n) for n in range(50)], most=7)
    built = build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))
    said = (built.folder / "sources.html").read_text(encoding="utf-8")
    assert "A sample: of 50 records in 1 files, 7 were kept. Of one service, one network gave at most 7 a day." in said
    assert "یک نمونه: از ۵۰ رکورد" in (built.folder / "fa" / "sources.html").read_text(encoding="utf-8")


def test_a_record_that_is_none_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "gathered.json").write_bytes(b'{"case": \xff}')
    with pytest.raises(CaseError, match=r"gathered\.json"):
        run(folder, [record(1)])
