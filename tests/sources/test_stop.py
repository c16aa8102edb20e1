"""Access Now's STOP dataset in all its forms: claims re-stated in our words, nothing dropped in silence."""

from __future__ import annotations

import contextlib
import random
import zipfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.document import Document
from lightkeeper.sources import stop, stop_sheets
from lightkeeper.sources.rows import Unreadable, read_csv
from lightkeeper.sources.stop_countries import country_code, country_codes, day_in_utc
from places import DATA

NEW, OLD = DATA / "stop" / "synthetic_2021.csv", DATA / "stop" / "synthetic_2019.csv"


def documents(path: Path) -> list[Document]:
    return [d for d in stop.read(path) if isinstance(d, Document)]


def unread(path: Path) -> list[str]:
    return [u.what for u in stop.read(path) if isinstance(u, Unreadable)]


def test_a_local_day_becomes_a_bracket_in_utc() -> None:
    first = documents(NEW)[0]
    assert first.onset_earliest == datetime(2021, 3, 3, 20, 30, tzinfo=UTC)
    assert first.onset_latest == datetime(2021, 3, 4, 20, 30, tzinfo=UTC)
    assert first.end_latest == datetime(2021, 3, 6, 20, 30, tzinfo=UTC)


def test_a_row_says_where_whom_and_what() -> None:
    first = documents(NEW)[0]
    assert (first.country, first.place_type, first.place) == ("IR", "city", "Testabad")
    assert (first.extent, first.networks) == ("full_network", ["mobile"])
    assert first.operators == ["MCI (TCI)", "MTN Irancell"]
    assert first.url == "https://example.org/a"
    assert first.dataset == "STOP, synthetic_2021.csv, row 2"


def test_unknown_is_neither_yes_nor_no() -> None:
    first = documents(NEW)[0]
    assert (first.acknowledged, first.users_notified, first.election) == (None, False, True)
    assert first.ordered_by is None


def test_the_sentences_of_the_dataset_are_not_taken_over() -> None:
    assert all("invented sentence" not in str(d) for d in documents(NEW))
    assert documents(NEW)[0].claim == (
        "Full network disruption in Testabad, IR on mobile networks from 2021-03-04 to 2021-03-06. "
        "Cause claimed: Elections."
    )


def test_an_ongoing_block_of_services_has_no_end_and_is_not_called_endless() -> None:
    block = documents(NEW)[1]
    assert block.ongoing
    assert block.flags == ["estimated_start"]
    assert (block.country, block.place_type, block.place) == ("TZ", "country", None)
    assert block.services == ["facebook", "telegram", "signal", "clubhouse"]


def test_a_row_about_two_countries_is_two_documents_of_one_row() -> None:
    uganda, kenya = documents(NEW)[2:4]
    assert (uganda.country, kenya.country) == ("UG", "KE")
    assert uganda.dataset == kenya.dataset
    assert uganda.document_id != kenya.document_id


def test_a_row_that_ends_before_it_begins_is_kept_without_an_end() -> None:
    assert documents(NEW)[2].flags == ["ends_before_it_begins"]
    assert documents(NEW)[2].end_latest is None
    assert documents(NEW)[2].extent == "throttle"


def test_a_row_without_a_begin_is_kept_and_flagged() -> None:
    last = documents(NEW)[-1]
    assert (last.country, last.onset_earliest) == ("NP", None)
    assert last.flags == ["no_start", "no_end"]


def test_a_country_that_is_not_known_is_counted_not_dropped() -> None:
    assert unread(NEW) == ["`Atlantis` is not a country that we know", "the row names no country"]


def test_the_sheet_of_2019_with_its_spaces_and_lines_reads_the_same() -> None:
    yemen, turkey = documents(OLD)
    assert (yemen.country, yemen.place, yemen.place_type) == ("YE", "Testport", "city")
    assert (yemen.services, yemen.networks) == (["facebook", "youtube", "viber"], ["mobile", "fixed"])
    assert (yemen.acknowledged, yemen.users_notified, yemen.cause_claimed) == (True, None, "Protests")
    assert yemen.onset_earliest == datetime(2019, 10, 6, 21, tzinfo=UTC)
    assert (turkey.country, turkey.extent, turkey.ordered_by) == ("TR", "throttle", None)
    assert turkey.operators == ["One Tel", "Two Tel", "Three Tel"]
    assert turkey.flags == ["no_end", "end_not_a_day"]


def as_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    header, *rows = list(read_csv(path))
    assert isinstance(header, list)
    return header, [list(r.cells.values()) for r in rows if not isinstance(r, list)]


def test_a_workbook_names_sheet_and_row_and_computes_no_formula(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, source in (("2021 Data", NEW), ("2019 ", OLD), ("Need more details", OLD)):
        sheet = book.create_sheet(title)
        header, rows = as_rows(source)
        sheet.append(header)
        for row in rows:
            sheet.append([datetime.fromisoformat(c) if c.startswith("2021-") else c or None for c in row])
    path = tmp_path / "stop.xlsx"
    book.save(path)
    found = documents(path)
    assert len(found) == len(documents(NEW)) + len(documents(OLD))
    assert (found[0].dataset, found[0].document_id) == ("STOP, stop.xlsx, sheet 2021 Data, row 2", "stop:2021-data:2")
    assert found[0].claim == documents(NEW)[0].claim
    assert len(unread(path)) == 2


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    header, rows = as_rows(NEW)
    path = tmp_path / "stop.parquet"
    pq.write_table(pa.table({n: [r[i] or None for r in rows] for i, n in enumerate(header)}), path)
    assert [d.claim for d in documents(path)] == [d.claim for d in documents(NEW)]


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"\0" * (stop_sheets.UNPACKED_MAX + 1))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(InputError, match="unpacks to more than 256 MB"):
        list(stop.read(path))


def test_a_workbook_whose_parts_are_broken_is_an_error_that_says_so(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.xlsx", tmp_path / "broken.xlsx"
    openpyxl.Workbook().save(whole)
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                new.writestr(name, b"<a><b" if name == part else old.read(name))
        with pytest.raises(InputError):
            list(stop.read(path))


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    book, dice, path = openpyxl.Workbook(), random.Random(seed), tmp_path / "damaged.xlsx"
    book.active.title = "2021 Data"
    for row in (["start_date", "country"], ["2021-03-04", "Iran"]):
        book.active.append(row)
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    for _ in range(50):
        hit = dice.choice(sorted(parts))
        cut, gone = dice.randrange(len(parts[hit])), dice.randrange(20)
        with zipfile.ZipFile(path, "w") as new:
            for name, data in parts.items():
                new.writestr(
                    name,
                    data[:cut] + bytes(dice.choices(b'<>/"=&;09az', k=3)) + data[cut + gone :] if name == hit else data,
                )
        with contextlib.suppress(InputError):
            list(stop.read(path))


@pytest.mark.parametrize("name", ["x.xlsx", "x.parquet", "x.csv", "x.pdf"])
def test_a_file_of_another_form_is_refused_with_a_remedy(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        documents(path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Iran (Islamic Republic of)", "IR"),
        ("Iran", "IR"),
        ("Democratic Republic of the Congo", "CD"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Myanmar", "MM"),
        ("Venezuela, Bolivarian Republic of", "VE"),
        ("Palestine, State of", "PS"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Congo (Democratic Republic of the)", "CD"),
        ("Congo", "CG"),
        ("Korea (Democratic People's Republic of)", "KP"),
        ("Micronesia, Federated States of", "FM"),
        ("Kenya, Uganda", None),
        ("SriLanka", "LK"),
        ("Côte d'Ivoire", "CI"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_all_its_names(name: str, code: str | None) -> None:
    assert country_code(name) == code


def test_several_countries_in_a_cell_are_told_apart_from_one_with_a_comma() -> None:
    assert country_codes("Tanzania, United Republic of") == (["TZ"], [])
    assert country_codes("Kenya, Tanzania, United Republic of") == (["KE", "TZ"], [])
    assert country_codes("Bosnia and Herzegovina, Serbia and Atlantis") == (["BA", "RS"], ["Atlantis"])


def test_a_day_in_a_wide_country_lasts_from_its_east_to_its_west() -> None:
    begin, end = day_in_utc("RU", date(2021, 6, 20))
    assert (end - begin).total_seconds() == (24 + 10) * 3600


def test_the_real_workbook_is_read_but_for_one_row(shared: Path) -> None:
    path = shared / "stop" / "keepiton-stop-2016-2022.xlsx"
    found = documents(path)
    assert (len(found), unread(path)) == (1117, ["`Somaliland` is not a country that we know"])
    assert sum(d.country == "IR" for d in found) == 29
    assert Counter(f for d in found for f in d.flags)["ends_before_it_begins"] == 3
    assert len({d.document_id for d in found}) == len(found)
    yasuj = [d for d in found if d.place == "Yasuj"]
    assert [(d.dataset, d.operators) for d in yasuj] == [
        ("STOP, keepiton-stop-2016-2022.xlsx, sheet 2021 Data, row 77", ["MCI (TCI)", "MTN Irancell"])
    ]


def test_the_real_combined_dataset_is_read_but_for_somaliland(shared: Path) -> None:
    path = shared / "stop" / "combined-2016-2025-snapshot-2026-05-20.parquet"
    assert (len(documents(path)), len(unread(path))) == (2105, 3)
    assert sum(d.country == "IR" for d in documents(path)) == 99


def test_the_real_sheet_of_2019_as_csv_is_read_whole(shared: Path) -> None:
    path = shared / "stop" / "voodoolabs_2019_shutdown-data.csv"
    assert (len(documents(path)), unread(path)) == (205, [])
    assert all(d.onset_earliest for d in documents(path))
