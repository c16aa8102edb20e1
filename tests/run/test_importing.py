"""Files that a person brings become series: archived with their licence, and no row twice. All rows are synthetic."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from lightkeeper import cli
from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.model import Signal
from lightkeeper.run import importing
from lightkeeper.run.importing import import_google, import_mlab, import_mlab_month, import_mlab_tests
from lightkeeper.settings import Settings
from lightkeeper.sources import google_traffic, mlab, mlab_tests
from lightkeeper.store.lake import Lake

GOOGLE = "date and time,value\n" + "".join(f"2024-08-01 0{hour}:00:00,{50 + hour}\n" for hour in range(0, 10, 2))
TABLE = "date,country,samples,p10,p50\n2026-01-08,IR,400,1.5,6\n2026-01-09,IR,x,1.5,6\n2026-01-08,DE,400,9,60\n"
MONTH = "country_code,sample_count,download_p50,upload_p50\nIR,900,6,2\nDE,900,60,20\n"


def reply() -> bytes:
    points = [[1_719_784_800_000 + n * 7_200_000, [[None, 50.0 + n]]] for n in range(6)]
    return b")]}'\n\n" + json.dumps([["tr.atsr", points, None, [0, 1]]]).encode()


def ndt(speeds: list[int]) -> str:
    header = ",".join([mlab_tests.TIME, mlab_tests.OCTETS, *mlab_tests.LIMITED, mlab_tests.COUNTRY])
    lines = [f"{1_546_300_800 + n},{mbps * 1_250_000},10000000,0,0,VE" for n, mbps in enumerate(speeds)]
    return "\n".join([header, *lines, ""])


def put(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows(folder: Path) -> list[Signal]:
    return sorted(Lake(folder / "tables").read(Signal), key=lambda row: (row.series, row.step_at))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["lightkeeper", "import", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_a_saved_reply_of_google_is_kept_with_its_licence_and_its_rows_name_it(tmp_path: Path) -> None:
    found = import_google(put(tmp_path, "reply.json", reply()), "ru", Settings(data_dir=tmp_path))
    assert (found.signals, found.series, found.set_aside) == (6, ["google_traffic/youtube/RU"], 0)
    kept = list(Archive(tmp_path / "archive").files())
    assert [(file.licence, file.url) for file in kept] == [(google_traffic.LICENCE, "reply.json")]
    assert {row.file_sha256 for row in rows(tmp_path)} == {kept[0].sha256}


def test_the_same_file_with_another_zone_takes_the_place_of_its_rows(tmp_path: Path) -> None:
    path, settings = put(tmp_path, "google.csv", GOOGLE), Settings(data_dir=tmp_path)
    import_google(path, "IR", settings)
    import_google(path, "IR", settings, zone="Asia/Tehran")
    assert [f"{row.step_at:%d %H:%M}" for row in rows(tmp_path)] == [
        "31 18:30",
        "31 20:30",
        "31 22:30",
        "01 00:30",
        "01 02:30",
    ]


def test_another_file_adds_to_what_was_imported(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    import_google(put(tmp_path, "august.csv", GOOGLE), "IR", settings)
    import_google(put(tmp_path, "september.csv", GOOGLE.replace("2024-08", "2024-09")), "IR", settings)
    assert {row.step_at.month for row in rows(tmp_path) if row.step_at.day == 1} == {8, 9}
    assert len(rows(tmp_path)) == 10


def test_a_table_of_mlab_gives_the_country_asked_for_and_sets_a_bad_row_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, "query.csv", TABLE)
    assert run(monkeypatch, "mlab", str(path), "--cc", "ir", "--data", str(tmp_path), "--json") == 3
    told = json.loads(capfd.readouterr().out)
    assert (told["licence"], told["set_aside"], told["aside"][0]["line"]) == (mlab.LICENCE, 1, 3)
    assert {row.entity for row in rows(tmp_path)} == {"IR"}
    assert [row.value for row in rows(tmp_path) if row.metric == "ndt_download_p50"] == [6.0]


def test_single_tests_become_quantiles_by_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, "tests.csv", ndt([2] * 60))
    assert run(monkeypatch, "mlab-tests", str(path), "--cc", "VE", "--step", "hour", "--data", str(tmp_path)) == 0
    assert "mlab/ndt_download_p50/VE" in capfd.readouterr().out
    assert [(r.step_s, r.value) for r in rows(tmp_path) if r.metric == "ndt_download_p50"] == [(3600, 2.0)]
    assert run(monkeypatch, "mlab-tests", str(path), "--cc", "VE", "--step", "week", "--data", str(tmp_path)) == 2


def test_percentiles_of_a_month_are_one_step_for_each_country(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = put(tmp_path, "month.csv", MONTH)
    words = ("--from", "2025-10-01", "--until", "2025-11-01", "--data", str(tmp_path))
    assert run(monkeypatch, "mlab-month", str(path), *words) == 0
    assert "without a value" in capfd.readouterr().out
    assert {(row.entity, row.step_s) for row in rows(tmp_path)} == {("IR", 31 * 86_400), ("DE", 31 * 86_400)}


def test_a_file_of_which_no_row_can_be_used_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(InputError, match="no row could be used: there is no row that is wanted"):
        import_mlab(put(tmp_path, "a.csv", TABLE), "VE", settings)
    with pytest.raises(InputError, match="cannot be read"):
        import_mlab(tmp_path / "missing.csv", "IR", settings)
    with pytest.raises(InputError, match="not the code of a country"):
        import_mlab_tests(put(tmp_path, "b.csv", ndt([2])), "../x", settings)
    with pytest.raises(InputError, match="is no month"):
        import_mlab_month(put(tmp_path, "c.csv", MONTH), date(2025, 2, 1), date(2025, 1, 1), settings)
    with pytest.raises(InputError, match="no reply of Google"):
        import_google(put(tmp_path, "d.json", b"[" * 5000), "IR", settings)
    with pytest.raises(InputError, match="is not a product"):
        import_google(put(tmp_path, "e.csv", GOOGLE), "IR", settings, product="../../x")
    assert not (tmp_path / "tables").exists()
    assert list(Archive(tmp_path / "archive").files()) == []


def test_a_flood_of_bad_rows_is_counted_in_full_and_listed_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ASIDE_MAX", 10)
    flood = TABLE + "2026-01-10,IR,x,1,2\n" * 50
    found = import_mlab(put(tmp_path, "flood.csv", flood), "IR", Settings(data_dir=tmp_path))
    assert (found.set_aside, len(found.aside)) == (51, 10)


def test_more_steps_than_are_allowed_stop_the_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SIGNALS_MAX", 2)
    with pytest.raises(InputError, match="more than 2 steps"):
        import_mlab(put(tmp_path, "a.csv", TABLE), "IR", Settings(data_dir=tmp_path))
