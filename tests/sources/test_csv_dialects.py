"""Text tables of whatever program, read alike or refused with a remedy."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.sources import csv_dialects
from lightkeeper.sources.csv_dialects import table_rows

ROWS = [["country", "area", "note"], ["Côte d'Ivoire", "Abidjan, Yamoussoukro", "a; b"], ["Kenya", "", "x\ny"]]


def saved(folder: Path, *, separator: str = ",", encoding: str = "utf-8", head: str = "", ending: str = "\r\n") -> Path:
    cells = (separator.join(f'"{c}"' if any(m in c for m in ",;\n\t|") else c for c in row) for row in ROWS)
    path = folder / "table.csv"
    path.write_bytes((head + ending.join([*cells, ""])).encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encoding_and_separator_are_told_by_the_file(tmp_path: Path, separator: str, encoding: str) -> None:
    found = list(table_rows(saved(tmp_path, separator=separator, encoding=encoding)))
    assert [cells for _, cells in found] == ROWS
    assert [line for line, _ in found] == [1, 2, 3]


def test_a_line_that_names_the_separator_is_obeyed_and_is_no_row(tmp_path: Path) -> None:
    found = list(table_rows(saved(tmp_path, separator=";", head="sep=;\r\n")))
    assert (found[0][0], [cells for _, cells in found]) == (2, ROWS)


def test_a_packed_table_is_unpacked_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n\n , \n1,2\n"))
    assert list(table_rows(path)) == [(1, ["a", "b"]), (4, ["1", "2"])]


@pytest.mark.parametrize("encoding", ["cp1256", "cp1251", "gb18030"])
def test_a_code_page_that_cannot_be_told_is_refused_and_not_guessed(tmp_path: Path, encoding: str) -> None:
    text = {"cp1256": "كينيا", "cp1251": "Кения", "gb18030": "肯尼亚"}[encoding]
    path = tmp_path / "table.csv"
    path.write_bytes(f"country,start\n{text},2021-03-04\n".encode(encoding))
    with pytest.raises(InputError, match="encoding") as caught:
        list(table_rows(path))
    assert caught.value.where == f"{path}:2"
    assert "UTF-8" in caught.value.remedy


def test_what_is_too_large_or_has_broken_quotes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b'a,b\n"x" y,2\n')
    with pytest.raises(InputError, match="not CSV"):
        list(table_rows(path))
    monkeypatch.setattr(csv_dialects, "BYTES_MAX", 3)
    with pytest.raises(InputError, match="more than"):
        list(table_rows(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_stop_it(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        assert all(len(cells) >= 1 for _, cells in table_rows(path))
