"""A case's folder: read whole, or refused with the file, the line and what to do about it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lightkeeper.errors import CaseError
from lightkeeper.model import Document
from lightkeeper.sources.case_cells import ESTIMATE_SLACK, HOUR_SLACK
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from lightkeeper.sources.case_rows import DOCUMENT_COLUMNS, OUTAGE_COLUMNS, RESOLUTION

TOML = """\
id = "xx-vote"
title = "A vote"
country = "IR"
country_name = "Iran"
timezone = "Asia/Tehran"
summary = '''
title = "not a key, for it stands inside a text"
'''

[event]
kind = "election"
name = "A vote"
day = 2021-06-18
source = { title = "A source", read_on = 2026-11-24 }

[[asks]]
id = "A1"
topic = "platforms"
short = "Do not block"
wording = "Do not block."

[[operators]]
id = "one"
name = "One Tel"
kinds = ["mobile"]
asns = [64500]
aliases = ["IR: One Tel (Holding)"]
source = { title = "A source", read_on = 2026-11-24 }
"""

DOC = {"document_id": "d1", "kind": "news", "publisher": "A paper", "title": "A title", "claim": "It says so."}
OUTAGE = {
    "outage_id": "o1",
    "began_at": "2021-06-20T18:30Z",
    "entity_type": "country",
    "entity": "IR",
    "source": "IODA",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "xx-vote"
    path.mkdir()
    (path / "case.toml").write_text(TOML, encoding="utf-8")
    return path


def with_toml(folder: Path, old: str, new: str) -> Path:
    assert old in TOML
    (folder / "case.toml").write_text(TOML.replace(old, new, 1), encoding="utf-8")
    return folder


def write(path: Path, columns: list[str], *rows: dict[str, str], before: str = "") -> None:
    lines = [",".join(columns), *(",".join(f'"{row.get(c, "")}"' for c in columns) for row in rows)]
    path.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")


def documents(folder: Path, *rows: dict[str, str]) -> list[str]:
    write(folder / "documents.csv", DOCUMENT_COLUMNS, *rows)
    return [d.document_id for d in load_documents(folder, load_case(folder))]


def refused(folder: Path) -> CaseError:
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    return caught.value


def test_a_small_case_loads(folder: Path) -> None:
    case = load_case(folder)
    assert (case.id, case.country, len(case.operators)) == ("xx-vote", "IR", 1)
    assert load_documents(folder, case) == []
    assert load_outages(folder, case) == []


def test_a_misspelt_key_is_found_by_line_and_guessed(folder: Path) -> None:
    error = refused(with_toml(folder, "short = ", "shrot = "))
    assert error.where == f"{folder / 'case.toml'}:19"
    assert (error.what, error.remedy) == ("`shrot` is not a field of [asks.0]", "Did you mean `short`?")


def test_all_that_is_wrong_is_told_at_once_by_line(folder: Path) -> None:
    (folder / "case.toml").write_text(TOML.replace("[64500]", "[-1]").replace("Asia", "Azia").replace("IR", "Iran", 1))
    error = refused(folder)
    assert error.where == f"{folder / 'case.toml'}:3"
    assert "case.toml:5: " in error.remedy
    assert "case.toml:26: " in error.remedy


def test_a_wrong_value_names_its_line_though_the_same_words_stand_inside_a_text(folder: Path) -> None:
    error = refused(with_toml(folder, "asns = [64500]", "asns = [-1]"))
    assert error.where == f"{folder / 'case.toml'}:26"
    assert "operators.0.asns.0" in error.what


def test_a_wrong_value_in_an_inline_table_names_the_line_of_the_table(folder: Path) -> None:
    error = refused(with_toml(folder, "read_on = 2026-11-24 }\n\n[[asks", 'read_on = "soon" }\n\n[[asks'))
    assert error.where == f"{folder / 'case.toml'}:14"


def test_a_missing_field_says_what_it_should_hold(folder: Path) -> None:
    error = refused(with_toml(folder, 'timezone = "Asia/Tehran"\n', ""))
    assert "`timezone` is missing in the case" in error.what
    assert "tz database" in error.remedy


def test_broken_toml_names_the_line(folder: Path) -> None:
    error = refused(with_toml(folder, 'id = "A1"', 'id = "A1'))
    assert error.where == f"{folder / 'case.toml'}:17"
    assert "not TOML" in error.what


def test_an_unknown_time_zone_is_an_error_with_an_example(folder: Path) -> None:
    assert "Asia/Tehran" in refused(with_toml(folder, "Asia/Tehran", "Asia/Teheran")).what


def test_a_folder_without_a_case_says_what_to_do(tmp_path: Path) -> None:
    assert "there is no case.toml" in refused(tmp_path).what


def test_a_folder_of_another_name_is_an_error(folder: Path) -> None:
    moved = shutil.move(folder, folder.with_name("other"))
    assert "the folder `other`" in refused(Path(moved)).what


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "C:/secret.csv", "series/none.csv"])
def test_a_series_may_not_lead_out_of_the_case_nor_into_nothing(folder: Path, path: str) -> None:
    series = f"""
[[series]]
reader = "tor_users"
path = "{path}"
entity = "IR"
title = "Users"
topic = "vpn"
from_day = 2021-01-01
to_day = 2021-01-02
licence = "CC0"
source = {{ title = "A source", read_on = 2026-11-24 }}
"""
    (folder / "case.toml").write_text(TOML + series, encoding="utf-8")
    assert refused(folder).where == f"{folder / 'case.toml'}:32"


def test_measurements_may_not_lead_out_of_the_case(folder: Path) -> None:
    error = refused(with_toml(folder, 'title = "A vote"', 'title = "A vote"\nmeasurements = ["../../*.json"]'))
    assert "leads out of the case" in error.what


def test_a_local_day_is_a_bracket_in_utc(folder: Path) -> None:
    documents(folder, {**DOC, "starts_on": "2021-06-20", "ends_on": "2021-06-22"})
    found = load_documents(folder, load_case(folder))[0]
    assert found.onset_earliest == datetime(2021, 6, 19, 19, 30, tzinfo=UTC)
    assert found.onset_latest == datetime(2021, 6, 20, 19, 30, tzinfo=UTC)
    assert (found.end_earliest, found.end_latest) == (
        datetime(2021, 6, 21, 19, 30, tzinfo=UTC),
        datetime(2021, 6, 22, 19, 30, tzinfo=UTC),
    )
    assert found.row == "documents.csv:2"


def test_an_estimated_day_is_a_wider_bracket(folder: Path) -> None:
    documents(folder, {**DOC, "starts_on": "2021-06-20", "flags": "estimated_start"})
    found = load_documents(folder, load_case(folder))[0]
    assert found.onset_earliest == datetime(2021, 6, 16, 19, 30, tzinfo=UTC)
    assert found.onset_latest == datetime(2021, 6, 23, 19, 30, tzinfo=UTC)
    assert timedelta(days=3) == ESTIMATE_SLACK


def test_a_stated_hour_beats_the_day_and_means_around_it(folder: Path) -> None:
    documents(folder, {**DOC, "starts_on": "2021-06-20", "starts_at": "2021-06-20T13:00Z"})
    found = load_documents(folder, load_case(folder))[0]
    hour = datetime(2021, 6, 20, 13, tzinfo=UTC)
    assert (found.onset_earliest, found.onset_latest) == (hour - HOUR_SLACK, hour + HOUR_SLACK)


def test_a_document_that_ends_before_it_begins_is_kept_without_an_end(folder: Path) -> None:
    documents(folder, {**DOC, "starts_on": "2021-06-20", "ends_on": "2021-06-19"})
    found = load_documents(folder, load_case(folder))[0]
    assert (found.end_latest, found.flags) == (None, ["ends_before_it_begins"])


def test_a_document_without_days_has_no_bracket(folder: Path) -> None:
    documents(folder, DOC)
    found = load_documents(folder, load_case(folder))[0]
    assert (found.onset_earliest, found.onset_latest, found.end_latest) == (None, None, None)


def test_an_operator_is_known_by_its_alias(folder: Path) -> None:
    documents(folder, {**DOC, "operators": "IR: One Tel (Holding);one;AS64500", "published_on": "2021-06-21"})
    found = load_documents(folder, load_case(folder))[0]
    assert (found.operators, found.published_on) == (["one"], date(2021, 6, 21))


WATCHED = """
[[watched]]
id = "telegram"
name = "Telegram"
kind = "messaging"
targets = ["telegram/*"]

[[watched]]
id = "signal"
name = "Signal"
kind = "messaging"
targets = ["signal/*"]
"""


def test_an_order_on_a_kind_of_service_is_of_those_that_the_case_watches_and_says_so(folder: Path) -> None:
    (folder / "case.toml").write_text(TOML + WATCHED, encoding="utf-8")
    documents(folder, {**DOC, "services": "whatsapp;all:messaging;signal"}, {**DOC, "document_id": "d2"})
    found = load_documents(folder, load_case(folder))
    assert found[0].services == ["whatsapp", "telegram", "signal"]
    assert [d.flags for d in found] == [["names_a_kind_of_service"], []]


@pytest.mark.parametrize(
    ("cell", "text", "what", "remedy"),
    [
        ("services", "all:social", "watches none of that kind", "Write one of: "),
        ("kind", "newz", "`kind` is `newz`", "Did you mean `news`?"),
        ("starts_on", "20.06.2021", "not a day", "2021-06-20"),
        ("starts_at", "2021-06-20 18:30", "not a time in UTC", "2021-06-20T18:30Z"),
        ("operators", "onne", "`onne` is not an operator", "Did you mean `one`?"),
        ("networks", "mobil", "`networks` has `mobil`", "Did you mean `mobile`?"),
        ("url", "javascript:alert(1)", "not a web address", "https://"),
        ("url", "https://user:pw@example.org/", "not a web address", "https://"),
        ("acknowledged", "maybe", "`acknowledged` is `maybe`", "`yes` or `no`"),
        ("witnesses", "-1", "not a count", "whole number"),
        ("claim", "", "`claim` is empty", "Fill it in"),
        ("claim", "x" * 2001, "has 2001 characters", "Shorten"),
        ("document_id", "../d", "is not an id", "letters"),
        ("place_type", "city", "`place` is empty", "Fill it in"),
    ],
)
def test_a_wrong_cell_names_its_line_and_its_remedy(folder: Path, cell: str, text: str, what: str, remedy: str) -> None:
    with pytest.raises(CaseError) as caught:
        documents(folder, {**DOC, "document_id": "d0"}, {**DOC, cell: text})
    assert caught.value.where == f"{folder / 'documents.csv'}:3"
    assert what in caught.value.what
    assert remedy in caught.value.remedy


def test_all_wrong_rows_are_told_at_once(folder: Path) -> None:
    with pytest.raises(CaseError) as caught:
        documents(folder, {**DOC, "kind": "x"}, {**DOC, "document_id": "d2", "kind": "y"}, {**DOC, "kind": "news"})
    assert caught.value.where.endswith("documents.csv:2")
    assert "documents.csv:3: `kind` is `y`" in caught.value.remedy
    assert "documents.csv:4: `d1` stands twice, first in line 2" in caught.value.remedy


def test_the_line_is_right_behind_a_cell_of_several_lines(folder: Path) -> None:
    with pytest.raises(CaseError) as caught:
        documents(folder, {**DOC, "claim": "one\ntwo\nthree"}, {**DOC, "document_id": "d2", "kind": "x"})
    assert caught.value.where == f"{folder / 'documents.csv'}:5"


def test_columns_are_checked_by_name(folder: Path) -> None:
    columns = ["publischer" if c == "publisher" else c for c in DOCUMENT_COLUMNS]
    write(folder / "documents.csv", columns, DOC)
    with pytest.raises(CaseError) as caught:
        load_documents(folder, load_case(folder))
    assert "no column `publischer`" in caught.value.what
    assert "Did you mean `publisher`?" in caught.value.remedy
    assert "the column `publisher` is missing" in caught.value.remedy


def test_control_characters_and_text_direction_marks_are_taken_out(folder: Path) -> None:
    documents(folder, {**DOC, "title": "A \x00\x1b[31m\u202etitle\u2066"})
    assert load_documents(folder, load_case(folder))[0].title == "A [31mtitle"


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    write(folder / "documents.csv", DOCUMENT_COLUMNS, DOC, before="\ufeff")
    assert len(load_documents(folder, load_case(folder))) == 1


def test_a_cell_of_two_million_characters_is_refused_with_its_line(folder: Path) -> None:
    with pytest.raises(CaseError) as caught:
        documents(folder, {**DOC, "claim": "x" * 2_000_000})
    assert "field" in caught.value.what


def test_a_file_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "documents.csv").write_bytes(",".join(DOCUMENT_COLUMNS).encode() + b"\n\xff\xfe\n")
    with pytest.raises(CaseError, match="UTF-8"):
        load_documents(folder, load_case(folder))


def test_a_review_must_name_documents_that_exist(folder: Path) -> None:
    review = (
        '\n[[reviews]]\ndocument_ids = ["d9"]\nverdict = "disputed"\nby = "A. Name"\non = 2026-01-01\nbecause = "x"\n'
    )
    (folder / "case.toml").write_text(TOML + review, encoding="utf-8")
    with pytest.raises(CaseError) as caught:
        documents(folder, DOC)
    assert caught.value.where == f"{folder / 'case.toml'}:31"


def test_an_outage_is_known_to_ten_minutes_either_way(folder: Path) -> None:
    row = {**OUTAGE, "ended_at": "2021-06-20T20:00Z", "bgp": "yes", "active_probing": "no"}
    write(folder / "outages.csv", OUTAGE_COLUMNS, {**row, "confirmation": "confirmed", "note": "Seen by hand."})
    found = load_outages(folder, load_case(folder))[0]
    began = datetime(2021, 6, 20, 18, 30, tzinfo=UTC)
    assert (found.onset_earliest, found.onset_latest) == (began - RESOLUTION, began + RESOLUTION)
    assert (found.lineages, found.lineages_silent) == (["control_plane"], ["active_probing"])
    assert (found.event_id, found.source, found.row) == ("ioda:o1", "ioda_outages", "outages.csv:2")
    assert found.note == "The source calls it confirmed. Seen by hand."


def test_an_outage_that_ends_before_it_begins_is_kept_without_an_end(folder: Path) -> None:
    rows = [{**OUTAGE, "ended_at": "2021-06-20T01:00Z"}, {**OUTAGE, "outage_id": "o2"}]
    write(folder / "outages.csv", OUTAGE_COLUMNS, *rows)
    found = load_outages(folder, load_case(folder))
    assert [(e.flags, e.end_latest) for e in found] == [(["ends_before_it_begins"], None), (["no_end"], None)]


@pytest.mark.parametrize(
    ("cell", "text", "what"),
    [
        ("began_at", "", "`began_at` is empty"),
        ("entity", "TR", "the case's is `IR`"),
        ("entity_type", "planet", "`entity_type` is `planet`"),
        ("bgp", "ture", "`bgp` is `ture`"),
        ("source", "", "`source` is empty"),
    ],
)
def test_a_wrong_cell_of_an_outage_names_its_line(folder: Path, cell: str, text: str, what: str) -> None:
    write(folder / "outages.csv", OUTAGE_COLUMNS, {**OUTAGE, cell: text})
    with pytest.raises(CaseError) as caught:
        load_outages(folder, load_case(folder))
    assert caught.value.where == f"{folder / 'outages.csv'}:2"
    assert what in caught.value.what


def test_operators_in_the_row_of_an_order_were_told_and_are_no_doers(folder: Path) -> None:
    order = {**DOC, "kind": "order", "operators": "One Tel"}
    write(folder / "documents.csv", DOCUMENT_COLUMNS, order, {**DOC, "document_id": "d2", "addressed_to": "AS64500"})
    found = load_documents(folder, load_case(folder))
    assert [(d.operators, d.addressed_to) for d in found] == [([], ["one"]), ([], ["one"])]


def test_a_document_names_what_it_rests_on(folder: Path) -> None:
    write(folder / "documents.csv", DOCUMENT_COLUMNS, DOC, {**DOC, "document_id": "d2", "rests_on": "d1; Reuters"})
    found = load_documents(folder, load_case(folder))
    assert [d.rests_on for d in found] == [[], ["d1", "Reuters"]]


def first_document(folder: Path, row: dict[str, str]) -> Document:
    write(folder / "documents.csv", DOCUMENT_COLUMNS, {**DOC, **row})
    return load_documents(folder, load_case(folder))[0]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Tehran"))


@pytest.mark.parametrize(
    ("cell", "first", "after"),
    [
        ("2021-06-20", "2021-06-20", "2021-06-21"),
        ("2021-06", "2021-06-01", "2021-07-01"),
        ("2021", "2021-01-01", "2022-01-01"),
    ],
)
def test_a_document_may_give_a_day_a_month_or_a_year(folder: Path, cell: str, first: str, after: str) -> None:
    found = first_document(folder, {"starts_on": cell, "as_of": cell})
    assert (found.onset_earliest, found.onset_latest) == (local(first), local(after))
    assert (found.as_of_earliest, found.as_of_latest) == (local(first), local(after))


def test_what_went_on_when_it_was_written_was_so_on_the_day_of_publication(folder: Path) -> None:
    found = first_document(folder, {"published_on": "2021-06-20", "ongoing": "yes", "starts_on": "2020-01-01"})
    assert (found.as_of_earliest, found.as_of_latest) == (local("2021-06-20"), local("2021-06-21"))


def test_a_block_of_services_without_a_begin_is_dated_by_its_publication_and_says_so(folder: Path) -> None:
    row = {"published_on": "2021-06-20", "services": "psiphon"}
    found = first_document(folder, row)
    assert (found.onset_earliest, found.as_of_earliest) == (None, local("2021-06-20"))
    assert found.flags == ["dated_by_publication"]
    assert first_document(folder, {**row, "services": ""}).as_of_earliest is None
    assert first_document(folder, {**row, "kind": "letter"}).as_of_earliest is None


def test_hours_of_the_day_say_when_it_began_and_ended(folder: Path) -> None:
    hours = {"hours_local": "07:00-10:00;13:00-16:00", "weekdays": "Mon-Fri"}
    found = first_document(folder, {**hours, "starts_on": "2021-06-19", "ends_on": "2021-06-27"})
    assert (found.onset_earliest, found.onset_latest) == (local("2021-06-21 06:30"), local("2021-06-21 07:30"))
    assert (found.end_earliest, found.end_latest) == (local("2021-06-25 15:30"), local("2021-06-25 16:30"))


def test_hours_over_midnight_leave_the_end_as_a_day_and_a_begin_at_midnight_stays_in_its_day(folder: Path) -> None:
    found = first_document(folder, {"hours_local": "22:00-06:00", "starts_on": "2021-06-19", "ends_on": "2021-06-20"})
    assert (found.onset_earliest, found.end_latest) == (local("2021-06-19 21:30"), local("2021-06-21"))
    early = first_document(folder, {"hours_local": "00:00-06:00", "starts_on": "2021-06-19"})
    assert early.onset_earliest == local("2021-06-19")


@pytest.mark.parametrize(
    "row",
    [{"networks_blocked": "3"}, {"networks_blocked": "4", "networks_measured": "3"}, {"as_of": "June"},
     {"starts_on": "2021-13"}, {"starts_on": "21"}],
)  # fmt: skip
def test_networks_and_days_that_cannot_be_are_refused(folder: Path, row: dict[str, str]) -> None:
    with pytest.raises(CaseError):
        first_document(folder, row)


@pytest.mark.parametrize(
    ("row", "minutes"),
    [
        ({}, 10),
        ({"note": "It began at 18:30 on 3 networks."}, 10),
        ({"note": "It is about AS58224."}, 10),
        ({"note": "MTN: at around 19:00 UTC; no end is given."}, 30),
        ({"note": "Times are given as around."}, 30),
        ({"note": "It began about 7 pm and lasted several hours."}, 30),
        ({"around": "yes"}, 30),
    ],
)
def test_around_is_a_bracket_of_half_an_hour_each_way(folder: Path, row: dict[str, str], minutes: int) -> None:
    write(folder / "outages.csv", OUTAGE_COLUMNS, {**OUTAGE, **row})
    found = load_outages(folder, load_case(folder))[0]
    assert found.onset_latest - found.onset_earliest == timedelta(minutes=2 * minutes)
