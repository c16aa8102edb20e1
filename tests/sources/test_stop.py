"""Access Now's STOP dataset in all its forms: claims re-stated in our words, nothing dropped in silence."""

from __future__ import annotations

import contextlib
import random
import zipfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lightkeeper.errors import InputError
from lightkeeper.model.document import Document
from lightkeeper.sources import stop, stop_sheets
from lightkeeper.sources.country_days import day_in_utc
from lightkeeper.sources.rows import Unreadable, read_csv
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


def test_a_cut_that_was_a_throttling_too_keeps_both() -> None:
    assert (documents(NEW)[0].extent, documents(NEW)[0].flags) == ("full_network", ["throttled_too"])
    assert "throttled_too" not in documents(NEW)[2].flags  # a throttling alone


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
    assert turkey.flags == ["no_end", "end_not_a_day", "day_month_order_assumed"]


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


def test_a_day_in_a_wide_country_lasts_from_its_east_to_its_west() -> None:
    begin, end = day_in_utc("RU", date(2021, 6, 20))
    assert (end - begin).total_seconds() == (24 + 10) * 3600


def test_the_real_workbook_is_read_but_for_one_row(shared: Path) -> None:
    path = shared / "stop" / "keepiton-stop-2016-2022.xlsx"
    found = documents(path)
    assert (len(found), unread(path)) == (1117, ["`Somaliland` is not a country that we know"])
    assert sum(d.country == "IR" for d in found) == 29
    assert Counter(f for d in found for f in d.flags)["ends_before_it_begins"] == 4
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


HEAD = "country,start_date,end_date,area_name"


def sheet(folder: Path, *rows: str, head: str = HEAD, encoding: str = "utf-8", name: str = "stop.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([head, *rows, ""]).encode(encoding))
    return path


def first_days(path: Path) -> list[str]:
    """The first local days of the documents, in Kenya's zone."""
    return [f"{d.onset_earliest + timedelta(hours=3):%Y-%m-%d}" for d in documents(path) if d.onset_earliest]


def test_a_begin_that_cannot_be_read_sets_the_row_aside_with_the_cell_and_the_remedy(tmp_path: Path) -> None:
    path = sheet(tmp_path, "Kenya,1442-07-20,,", "Kenya,2021-02-30,,", "Kenya,1889-03-04,,", "Kenya,2021-03-04,,")
    assert len(documents(path)) == 1
    found = [u for u in stop.read(path) if isinstance(u, Unreadable)]
    assert [u.where for u in found] == [f"{path}:{n}" for n in (2, 3, 4)]
    assert found[0].what.startswith("`1442-07-20` in `start_date` is not a day that can be read: 1442 is a year of the")
    assert "between 1990 and 2100" in found[2].what
    assert "2021-03-04" in found[0].remedy


def test_an_end_that_cannot_be_read_is_told_beside_the_row_without_it(tmp_path: Path) -> None:
    path = sheet(
        tmp_path, "Kenya,2021-03-04,two weeks later,", "Kenya,2021-03-04,Ongoing,", "Kenya,2021-03-04,Unknown,"
    )
    assert [d.flags for d in documents(path)] == [["no_end", "end_not_a_day"], [], ["no_end", "end_not_a_day"]]
    assert [u[:30] for u in unread(path)] == ["`two weeks later` in `end_date`"[:30]]


def test_a_range_in_the_begin_gives_the_end_and_a_month_is_a_bracket(tmp_path: Path) -> None:
    ranged, month = documents(sheet(tmp_path, "Kenya,4-6 March 2021,,", "Kenya,March 2021,,"))
    assert "from 2021-03-04 to 2021-03-06" in ranged.claim
    assert (ranged.flags, month.flags) == (["day_range"], ["estimated_start", "no_end", "month_only"])
    assert month.onset_earliest == datetime(2021, 2, 28, 21, tzinfo=UTC)
    assert month.onset_latest == datetime(2021, 3, 31, 21, tzinfo=UTC)


def test_the_sheet_as_a_whole_says_whether_the_day_or_the_month_comes_first(tmp_path: Path) -> None:
    european = [f"Kenya,{n}/03/2021,," for n in (13, 14, 15, 16, 17)]
    assert first_days(sheet(tmp_path, "Kenya,3/4/2021,,", *european))[0] == "2021-04-03"
    assert documents(tmp_path / "stop.csv")[0].flags == ["no_end"]
    few = sheet(tmp_path, "Kenya,3/4/2021,,", european[0])
    assert documents(few)[0].flags == ["no_end", "day_month_order_by_column"]
    mixed = sheet(tmp_path, "Kenya,3/4/2021,,", european[0], "Kenya,3/14/2021,,")
    assert first_days(mixed) == ["2021-03-13", "2021-03-14"]
    assert "it may be two days" in unread(mixed)[0]


def test_days_of_other_calendars_are_converted_and_say_so(tmp_path: Path) -> None:
    path = sheet(tmp_path, "Kenya,1399-12-14,,", "Kenya,۱۴ اسفند ۱۳۹۹,,", "Kenya,4/3/2564,,", "Kenya,44259,,")
    assert first_days(path) == ["2021-03-04", "2021-03-04", "2021-04-03", "2021-03-04"]
    told = [set(d.flags) - {"no_end", "day_month_order_assumed"} for d in documents(path)]
    assert told == [{"solar_hijri_day"}, {"solar_hijri_day"}, {"buddhist_year"}, {"day_from_serial_number"}]


def test_a_month_in_which_the_local_day_of_a_moment_is_another_is_that_of_the_country(tmp_path: Path) -> None:
    assert first_days(sheet(tmp_path, "Kenya,2021-03-03T21:00:00.000Z,,")) == ["2021-03-04"]
    assert first_days(sheet(tmp_path, "Kenya,2021-03-04T00:00:00.000Z,,")) == ["2021-03-04"]


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Pays;Date de début;Date de fin;Région", "Kenya;4 mars 2021;6 mars 2021;Nairobi"),
        ("País;Fecha de inicio;Fecha de fin;Región", "Kenia;4 de marzo de 2021;6/3/2021;Nairobi"),
        ("البلد;تاريخ البدء;تاريخ الانتهاء;المنطقة", "كينيا;٤ مارس ٢٠٢١;٦ مارس ٢٠٢١;Nairobi"),
        ("کشور;تاریخ شروع;تاریخ پایان;منطقه", "کنیا;۱۴ اسفند ۱۳۹۹;۱۶ اسفند ۱۳۹۹;Nairobi"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_headers_months_and_figures_of_other_languages_are_read(
    tmp_path: Path, head: str, row: str, encoding: str
) -> None:
    path = sheet(tmp_path, row, head=head, encoding=encoding)
    assert (first_days(path), unread(path)) == (["2021-03-04"], [])
    assert (documents(path)[0].country, documents(path)[0].place) == ("KE", "Nairobi")


def test_titles_above_the_header_and_headers_in_two_rows_are_found(tmp_path: Path) -> None:
    titled = sheet(tmp_path, ",,,", HEAD, "Kenya,2021-03-04,,", head="#KeepItOn STOP 2021,,,")
    assert [d.dataset for d in documents(titled)] == ["STOP, stop.csv, row 3"]
    merged = sheet(tmp_path, "Country,date,type,date,type", "Kenya,2021-03-04,Actual,2021-03-06,", head=",Start,,End,")
    assert "from 2021-03-04 to 2021-03-06" in documents(merged)[0].claim
    book = openpyxl.Workbook()
    for row in (
        ["Access Now"],
        [None],
        ["Country ", " start date", "End date"],
        ["Kenya ", date(2021, 3, 4), 44261],
    ):
        book.worksheets[0].append(row)
    book.save(tmp_path / "stop.xlsx")
    (found,) = documents(tmp_path / "stop.xlsx")
    assert (found.dataset, found.flags) == ("STOP, stop.xlsx, sheet Sheet, row 4", ["day_from_serial_number"])


def test_a_row_with_too_many_cells_is_set_aside_and_the_others_are_read(tmp_path: Path) -> None:
    path = sheet(tmp_path, "Kenya,2021-03-04,,Nairobi, Mombasa", "Kenya,2021-03-05,,")
    assert (first_days(path), unread(path)) == (["2021-03-05"], ["the row has 5 cells, the header 4"])


def test_a_column_of_days_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`start_date` stands twice"):
        documents(sheet(tmp_path, "Kenya,2021-03-04,2021-04-05,", head="country,start_date,Start date,area_name"))


def test_a_country_named_twice_is_that_country_and_its_whole(tmp_path: Path) -> None:
    (found,) = documents(sheet(tmp_path, "Kenya/Kenya,2021-03-04,2021-03-05,Kenya/Kenya"))
    assert (found.country, found.place_type, found.place) == ("KE", "region", "Kenya")
    whole = sheet(tmp_path, "Kenya,2021-03-04,,Kenya/Kenya,national", head=f"{HEAD},geo_scope")
    assert (documents(whole)[0].place_type, documents(whole)[0].place) == ("country", None)


def test_kosovo_is_read_with_its_caveat_and_an_unknown_name_with_what_may_be_meant(tmp_path: Path) -> None:
    path = sheet(tmp_path, "Kosovo,2021-03-04,2021-03-05,", "Kenia Republic,2021-03-04,,", "Pakistn,2021-03-04,,")
    (kosovo,) = documents(path)
    assert (kosovo.country, kosovo.flags) == ("XK", ["code_outside_iso_3166"])
    assert [u.remedy.startswith("Write Pakistan, if") for u in stop.read(path) if isinstance(u, Unreadable)][-1]


@pytest.mark.parametrize("name", ["cp1252", "semicolon", "sep-line", "tab-utf16"])
def test_the_dialects_of_spreadsheets_read_alike(shared: Path, name: str) -> None:
    path = shared / "stop" / "dialects" / f"{name}.csv"
    assert [d.claim for d in documents(path)] == [d.claim for d in documents(NEW)]
    assert unread(path) == unread(NEW)


def test_every_spelling_of_a_day_is_read_with_its_doubt(shared: Path) -> None:
    found = documents(shared / "stop" / "dialects" / "dates.csv")
    begins = [f"{d.onset_earliest + timedelta(hours=6):%m-%d}" for d in found if d.onset_earliest]
    assert begins == ["03-04", "04-03", *["03-04"] * 4, "04-13", *["03-04"] * 4]
    assert found[1].flags == ["day_month_order_by_column", "throttled_too"]
