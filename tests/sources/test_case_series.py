"""A `[[series]]` that cannot work is refused with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.model.case import SERIES_READERS, CaseSeries
from lightkeeper.sources.case_files import load_case
from lightkeeper.sources.case_series import OPTIONS
from places import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "synthetic-partner-series" / "case.toml"
FIRST = EXAMPLE.read_text().partition("[[series]]")[0]
REST = """
entity = "XA"
title = "T"
topic = "quality"
from_day = 2031-02-01
to_day = 2031-03-01
licence = "CC0"
source = { title = "s", read_on = 2031-01-01 }
"""


def refused(tmp_path: Path, *lines: str, rest: str = REST) -> CaseError:
    folder = tmp_path / "synthetic-partner-series"
    (folder / "series").mkdir(parents=True)
    (folder / "series" / "a.csv").write_text("series,hour,value\nrequests/XA,2031-02-01T00:00Z,1\n")
    (folder / "case.toml").write_text(FIRST + "[[series]]\n" + "\n".join(lines) + rest)
    with pytest.raises(CaseError) as error:
        load_case(folder)
    return error.value


def line_of(text: str) -> int:
    return FIRST.count("\n") + 2 + text.count("\n")


@pytest.mark.parametrize(
    ("lines", "what", "remedy", "line"),
    [
        (['reader = "csv"', 'path = "series/a.csv"', 'unit = "u"'], "needs `lineage`", "which kind of witness", 0),
        (['reader = "csv"'], "has `path`", "Add it", 0),
        (['reader = "radar"', 'path = "series/a.csv"'], "reads no file of a case", "how_to_import", 1),
        (['reader = "ooni_cells"', 'how_to_import = "x"'], "takes nothing that a user imports", "Leave", 1),
        (['reader = "ioda"'], "has `path` or `how_to_import`", "Add it", 0),
        (['reader = "ioda"', 'path = "series/a.csv"', 'how_to_import = "x"'], "not both", "Leave one", 2),
        (['reader = "ioda"', 'path = "series/none.csv"'], "there is no file", "or give `how_to_import`", 1),
        (['reader = "ioda"', 'path = "../a.csv"'], "leads out of the case", "inside the folder", 1),
        (['reader = "ioda"', 'how_to_import = "x"', 'product = "youtube"'], "says nothing to the reader", "Leave", 2),
        (['reader = "routing"', 'path = "series/*.csv"'], "needs `collector`", "rrc00", 0),
        (['reader = "csvs"'], "`series.0.reader`", "Which source it is of", 0),
    ],
)  # fmt: skip
def test_a_series_that_cannot_work_is_refused_at_its_line(
    tmp_path: Path, lines: list[str], what: str, remedy: str, line: int
) -> None:
    error = refused(tmp_path, *lines)
    assert what in error.what
    assert remedy in error.remedy
    assert error.where is not None
    assert error.where.endswith(f"case.toml:{FIRST.count(chr(10)) + 2 + line}")


def test_days_that_run_backwards_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, 'reader = "ooni_cells"', rest=REST.replace("2031-03-01", "2031-01-01"))
    assert "is before `from_day`" in error.what


def test_every_reader_of_the_table_can_be_written_and_every_option_is_a_field() -> None:
    written = CaseSeries.model_fields["reader"].annotation
    assert set(SERIES_READERS) == set(written.__args__)  # type: ignore[union-attr]
    assert set(OPTIONS) <= set(CaseSeries.model_fields)
    assert all(r.what for r in SERIES_READERS.values())
