"""Rows of Access Now's dataset in a case: what is there stays, what is added says the same, nothing is added twice."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from lightkeeper.model import Document
from lightkeeper.run.case_documents import Added, add_documents
from lightkeeper.run.starting import Vote, start_case
from lightkeeper.sources import stop
from lightkeeper.sources.case_files import load_case, load_documents
from places import DATA, ROOT

TODAY = date(2026, 11, 28)
SYNTHETIC = DATA / "stop" / "synthetic_2021.csv"
REAL = "stop/keepiton-stop-2016-2022.xlsx"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """SYNTHETIC rows on Iran: a day in the window, one long before, one that goes on, and one that is told twice."""
    with SYNTHETIC.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    ongoing = {"shutdown_status": "Ongoing", "end_date": ""}
    return write(
        tmp_path / "rows.csv",
        [
            first,
            first | {"start_date": "2019-11-16 00:00:00", "end_date": "2019-11-23 00:00:00", "area_name": "Nationwide"},
            first
            | ongoing
            | {"start_date": "2021-01-25 00:00:00", "shutdown_extent": "Service-based", "other_affected": "Signal"},
            first | {"end_date": "2021-03-07 00:00:00"},
            first | {"country": "Uganda"},
        ],
    )


def write(path: Path, found: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, found[0].keys())
        writer.writeheader()
        writer.writerows(found)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    vote = Vote("IR", date(2021, 3, 10), "general election", "SYNTHETIC")
    start_case(tmp_path / "a", vote, TODAY)
    return tmp_path / "a"


def take(folder: Path, path: Path, *, whole: bool = True) -> Added:
    return add_documents(folder, load_case(folder), path, TODAY, whole=whole)


def taken(folder: Path) -> list[Document]:
    return load_documents(folder, load_case(folder))


def test_what_is_added_says_the_same_as_the_dataset(folder: Path, rows: Path) -> None:
    made = take(folder, rows)
    wanted = [d for d in stop.read(rows) if isinstance(d, Document)][:3]
    found = taken(folder)
    assert (len(made.added), made.already, made.repeated, made.of_another_time) == (3, 0, 1, 0)
    same = ("kind", "publisher", "title", "place_type", "place", "extent", "services", "networks", "cause_claimed")
    same += ("ordered_by", "acknowledged", "users_notified", "election", "url", "ongoing", "dataset", "onset_earliest")
    same += ("onset_latest", "end_earliest", "end_latest")
    for row, mine in zip(found, wanted, strict=True):
        assert [getattr(row, name) for name in same] == [getattr(mine, name) for name in same]
        assert row.claim.startswith(mine.claim)
        assert row.read_on == TODAY


def test_a_second_time_nothing_is_added_and_what_is_there_stays_byte_for_byte(folder: Path, rows: Path) -> None:
    take(folder, rows)
    before = (folder / "documents.csv").read_bytes()
    again = take(folder, rows)
    assert (again.added, again.already, again.repeated) == ([], 3, 1)
    assert (folder / "documents.csv").read_bytes() == before


def test_only_rows_that_touch_the_window_are_taken_unless_all_are_asked_for(folder: Path, rows: Path) -> None:
    few = take(folder, rows, whole=False)
    assert few.of_another_time == 1
    assert [d.onset_earliest.date() for d in taken(folder) if d.onset_earliest] == [date(2021, 3, 3), date(2021, 1, 24)]


def test_an_operator_that_the_case_does_not_watch_is_named_in_the_claim(folder: Path, rows: Path) -> None:
    take(folder, rows)
    assert all("networks that the case does not watch: MCI (TCI)" in d.claim for d in taken(folder))


def test_what_a_spreadsheet_would_run_stays_text_and_is_read_as_it_was(folder: Path, rows: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        hostile = next(csv.DictReader(file)) | {"decision_maker": "@SUM(1+1)*cmd|' /C calc'!A0"}
    take(folder, write(rows, [hostile]))
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as file:
        (cells,) = csv.DictReader(file)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells.values())
    assert taken(folder)[0].ordered_by == "@SUM(1+1)*cmd|' /C calc'!A0"


def test_a_file_of_a_person_keeps_its_bytes_and_the_order_of_its_columns(folder: Path, rows: Path) -> None:
    path = folder / "documents.csv"
    columns = path.read_text(encoding="utf-8").strip().split(",")[::-1]
    mine = {"document_id": "mine", "kind": "news", "publisher": "SYNTHETIC", "title": "t", "claim": "c"}
    text = "\ufeff" + ",".join(columns) + "\r\n" + ",".join(mine.get(c, "") for c in columns)
    path.write_text(text, encoding="utf-8", newline="")
    take(folder, rows)
    assert path.read_bytes().startswith(text.encode())
    assert [d.document_id for d in taken(folder)] == ["mine", "stop-2", "stop-3", "stop-4"]


@pytest.mark.parametrize(("name", "there"), [("uganda-2021-election", 2), ("iran-2021-election", 25)])
def test_rows_that_a_person_wrote_down_by_hand_are_recognised(
    shared: Path, tmp_path: Path, name: str, there: int
) -> None:
    shutil.copytree(ROOT / "cases" / name, tmp_path / name)
    before = (tmp_path / name / "documents.csv").read_bytes()
    made = take(tmp_path / name, shared / REAL, whole=False)
    assert (made.added, made.already, made.repeated) == ([], there, 1)
    assert (tmp_path / name / "documents.csv").read_bytes() == before


def test_rows_without_a_day_are_set_aside_and_none_says_again_what_another_does(folder: Path, rows: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    unread = first | {"start_date": "1442-07-20"}
    path = write(rows.with_name("undated.csv"), [first | {"start_date": ""}, first | {"start_date": "Unknown"}, unread])
    found = take(folder, path, whole=False)
    assert (found.added, found.repeated, found.of_another_time) == ([], 0, 0)
    said = [a.error for a in found.set_aside]
    assert [("states no day" in text, "lunar Hijri" in text) for text in said] == [(True, False)] * 2 + [(False, True)]
    assert len(take(folder, path).added) == 2


def test_a_month_goes_into_the_case_as_its_first_and_its_last_day(folder: Path, rows: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    path = write(rows.with_name("month.csv"), [first | {"start_date": "March 2021", "end_date": "April 2021"}])
    (name,) = take(folder, path).added
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [r for r in csv.DictReader(file) if r["document_id"] == name]
    assert (row["starts_on"], row["ends_on"]) == ("2021-03-01", "2021-04-30")
    assert "month_only" in row["flags"]


def test_what_goes_on_is_added_once_with_the_last_year_in_which_it_was_counted(folder: Path, rows: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    on = {"shutdown_status": "Ongoing", "end_date": "", "shutdown_extent": "Service-based", "other_affected": "Signal"}
    counted = [first | on | {"start_date": "2018-05-01", "count_year": str(year)} for year in (2018, 2021, 2019)]
    path = write(rows.with_name("counted.csv"), counted)
    made = take(folder, path, whole=False)
    assert (len(made.added), made.repeated, made.of_another_time) == (1, 0, 2)
    (found,) = taken(folder)
    assert found.as_of_latest is not None
    assert found.as_of_latest.date() == date(2021, 12, 31)


def test_a_row_without_a_begin_is_taken_as_of_the_year_of_its_count(folder: Path, rows: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    undated = first | {"start_date": "", "end_date": ""}
    path = write(rows.with_name("undated.csv"), [undated | {"count_year": "2021"}, undated | {"count_year": "2016"}])
    made = take(folder, path, whole=False)
    assert (len(made.added), made.of_another_time) == (1, 1)
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["starts_on"], row["as_of"]) == ("", "2021")
