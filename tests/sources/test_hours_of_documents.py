"""Hours of the day and days of the week in a case's documents.csv: what is read, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.judge.orders import day_number
from lightkeeper.model.hours import hours_from
from lightkeeper.run.case_orders import orders_of
from lightkeeper.sources.case_files import load_case, load_documents
from lightkeeper.sources.case_rows import DOCUMENT_COLUMNS, LATER_COLUMNS
from sources.test_case_files import DOC, folder, write  # noqa: F401 a fixture

MONDAY, SATURDAY = 0, 5


def test_hours_of_the_day_and_days_of_the_week_are_read() -> None:
    exams = hours_from("07:00-10:00; 13:00-16:00", "Mon-Fri")
    assert exams is not None
    assert [h for h in range(24) if exams.has(MONDAY, h)] == [7, 8, 9, 13, 14, 15]
    assert not any(exams.has(SATURDAY, h) for h in range(24))
    assert hours_from(None, None) is None


def test_a_night_goes_over_midnight_into_a_day_that_is_not_named() -> None:
    night = hours_from("22:00-02:00", "Fri")
    assert night is not None
    assert [h for h in range(24) if night.has(4, h)] == [22, 23]
    assert [h for h in range(24) if night.has(SATURDAY, h)] == [0, 1]


def test_a_week_may_begin_with_any_day() -> None:
    found = hours_from("", "Sat-Wed")
    assert found is not None
    assert sorted(found.weekdays) == [0, 1, 2, 5, 6]
    assert found.has(SATURDAY, 23)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("hours_local", "7-10"),
        ("hours_local", "07:00-25:00"),
        ("hours_local", "07:60-08:00"),
        ("hours_local", "10:00-10:00"),
        ("hours_local", "all day"),
        ("weekdays", "Monday-Friday"),
        ("weekdays", "Mon-Wed-Fri"),
    ],
)
def test_cells_of_another_form_are_refused_with_what_to_write(column: str, cell: str, folder: Path) -> None:  # noqa: F811
    write(folder / "documents.csv", DOCUMENT_COLUMNS, DOC | {column: cell})
    with pytest.raises(CaseError, match=f"`{column}`") as refused:
        load_documents(folder, load_case(folder))
    assert "Write them as" in refused.value.remedy


def test_a_file_without_these_columns_is_read_as_before(folder: Path) -> None:  # noqa: F811 the fixture
    write(folder / "documents.csv", [c for c in DOCUMENT_COLUMNS if c not in LATER_COLUMNS], DOC)
    [document] = load_documents(folder, load_case(folder))
    assert (document.hours_local, document.weekdays) == (None, None)


def test_a_document_with_hours_says_where_to_look_and_one_that_denies_does_not(folder: Path) -> None:  # noqa: F811 the fixture
    given = {"services": "telegram", "starts_on": "2021-06-17", "ends_on": "2021-06-18", "hours_local": "07:00-10:00"}
    plain = DOC | {"place_type": "country", "place": ""} | given
    rows = [plain, plain | {"document_id": "D2", "flags": "denies"}, plain | {"document_id": "D3", "hours_local": ""}]
    write(folder / "documents.csv", DOCUMENT_COLUMNS, *rows)
    case = load_case(folder)
    [order] = orders_of(load_documents(folder, case), case)
    assert (order.first_day, order.last_day) == (day_number(date(2021, 6, 17)), day_number(date(2021, 6, 18)))
    assert order.services == {"telegram"}
