"""The site of a case: whole, self-contained, the same twice, and readable by a machine."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from lxml import etree, html

from lightkeeper.errors import InputError
from lightkeeper.publish.book import Book
from lightkeeper.publish.site import write_index, write_site
from lightkeeper.publish.words import ANSWERS, RUNGS
from publish.synthetic_kit import case, incident, synthetic_book


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def tree(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes().decode("utf-8"))


def digests(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_two_builds_of_one_book_are_the_same_bytes(book: Book, built: Path, tmp_path: Path) -> None:
    write_site(book, tmp_path)
    assert digests(tmp_path / book.case.id) == digests(built)


def test_every_file_that_was_written_is_returned(book: Book, tmp_path: Path) -> None:
    written = write_site(book, tmp_path)
    assert {str(p.relative_to(tmp_path / book.case.id)) for p in written} == set(digests(tmp_path / book.case.id))


def test_each_page_has_one_h1_and_no_heading_level_is_skipped(built: Path) -> None:
    for path in pages(built):
        levels = [int(h.tag[1]) for h in tree(path).iter("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_each_page_has_a_language_landmarks_and_a_way_to_skip_to_its_content(built: Path) -> None:
    for path in pages(built):
        page = tree(path)
        assert (page.get("lang"), page.get("dir")) == (("fa", "rtl") if "fa" in path.parts else ("en", "ltr"))
        for tag in ("header", "nav", "main", "footer"):
            assert page.find(f".//{tag}") is not None, (path, tag)
        assert page.xpath("//a[@class='skip']/@href") == ["#main"]


def test_every_table_says_what_its_rows_and_columns_are(built: Path) -> None:
    for path in pages(built):
        for table in tree(path).iter("table"):
            heads = list(table.iter("th"))
            assert heads, path
            assert all(h.get("scope") in {"row", "col"} for h in heads), path
            for row in table.iterfind(".//tbody/tr"):
                assert row.find("th") is not None, path


def test_every_image_has_words_in_its_place(built: Path) -> None:
    for path in pages(built):
        assert all(len(image.get("alt", "")) > 20 for image in tree(path).iter("img")), path


def test_no_page_runs_a_script_or_asks_another_host_for_anything(built: Path) -> None:
    for path in pages(built):
        page = tree(path)
        policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert [p[:18] for p in policy] == ["default-src 'none'"], path
        assert not list(page.iter("script", "iframe", "object", "embed", "base", "form")), path
        loaded = page.xpath("//@src | //link/@href | //@srcset | //@poster | //@background")
        assert not [u for u in loaded if re.match(r"(?i)\s*([a-z]+:|//)", u)], path
        assert not page.xpath("//@style"), path
    sheet = (built / "style.css").read_text()
    assert not re.search(r"@import|https?:", sheet)
    assert all((built / place).is_file() for place in re.findall(r'url\("([^"]*)"\)', sheet))
    assert sheet.count("url(") == len(re.findall(r'url\("fonts/', sheet)) == 2


def test_links_to_elsewhere_tell_nobody_where_the_reader_came_from(built: Path) -> None:
    seen = 0
    for path in pages(built):
        for link in tree(path).iter("a"):
            if re.match(r"[a-z]+:", link.get("href", "")):
                seen += 1
                assert set(link.get("rel", "").split()) >= {"noopener", "noreferrer", "nofollow", "external"}
    assert seen == 20  # in each language three, one of the ask for notice, one of AS numbers, and five notes of letters


def test_every_link_inside_the_site_leads_somewhere(built: Path) -> None:
    write_index(built.parent)
    anchors = {p.resolve(): set(tree(p).xpath("//@id")) for p in [*pages(built), built.parent / "index.html"]}
    for path in anchors:
        for target in tree(path).xpath("//@href | //@src"):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, fragment = target.partition("#")
            leads_to = (path.parent / name).resolve() if name else path
            assert leads_to.is_file(), (path, target)
            assert not fragment or fragment in anchors[leads_to], (path, target)


def test_no_id_stands_twice_on_a_page(built: Path) -> None:
    for path in pages(built):
        ids = tree(path).xpath("//@id")
        assert len(ids) == len(set(ids)), path


def test_the_answer_is_said_in_words_for_every_ask_and_operator(built: Path) -> None:
    rows = tree(built / "index.html").xpath("//table[contains(@class, 'ledger')]/tbody/tr")
    assert len(rows) == 3
    for row in rows:
        words = [cell.text_content().split()[-1] for cell in row.findall("td")]
        assert len(words) == 4
        assert set(words) <= set(ANSWERS)


def test_an_operator_of_whom_the_ledger_says_nothing_is_untested_and_not_fine(built: Path) -> None:
    row = tree(built / "index.html").xpath("//table[contains(@class, 'ledger')]/tbody/tr")[2]
    assert "Beta Net" in row.text_content()
    assert row.text_content().count("untested") == 4


def test_the_first_page_explains_each_answer_and_each_rung_once(built: Path) -> None:
    words = [d.text_content().split()[-1] for d in tree(built / "index.html").xpath("//details[@class='legend']//dt")]
    assert words == [*ANSWERS, *RUNGS]


def test_the_first_page_stays_small_however_much_is_on_record(tmp_path: Path) -> None:
    operators = [
        {"id": f"op-{n}", "name": f"Operator number {n} of Arcadia", "kinds": ["fixed"], "asns": [64600 + n],
         "source": {"title": f"Register, page {n}", "read_on": "2031-01-01"}}
        for n in range(20)
    ]  # fmt: skip
    crowd = [incident(n, 1 + n % 25, title=f"Outage in a region with a long name, number {n}") for n in range(400)]
    book = synthetic_book(case=case(operators=operators), incidents=crowd)
    asks = [msgspec.structs.replace(a, evidence=[i.incident_id for i in crowd]) for a in book.asks]
    write_site(replace(book, asks=asks, signals={}), tmp_path)
    home = tmp_path / "synthetic-2031"
    assert (home / "index.html").stat().st_size <= 60_000
    listed = tree(home / "incidents.html").xpath("//tbody/tr")
    assert len(listed) == 400


def test_an_incident_says_who_saw_it_who_did_not_and_what_was_not_looked_for(built: Path) -> None:
    words = tree(built / "incidents" / "XA-13-0002.html").text_content()
    for said in (
        "Looked, and did not see it", "Unsolicited traffic", "A cable fault was announced", "Power cuts",
        "These are claims", "Claim: Exam cheating", "Local time (Asia/Tehran)", "not known",
        "on 14 Mar 2031, between 01:00 and 02:00", "on 14 Mar 2031, between 04:30 and 05:30",
        "no data: left out by the source", "No named person has signed",
    ):  # fmt: skip
        assert said in words, said


def test_an_incident_names_what_had_changed_before_with_how_long_and_that_it_foretells_nothing(built: Path) -> None:
    said = next(t for p in (built / "incidents").glob("*.html") if "Changed shortly before" in (t := p.read_text()))
    assert "h before: a way around blocks fell or was blocked" in said
    assert "They foretell nothing" in said
    assert "h before: a way around blocks" in (built / "series.html").read_text()


def test_measurement_times_are_shown_only_to_the_hour(built: Path) -> None:
    for name in ("sources.html", "sources.json"):
        words = (built / name).read_text()
        assert "04:47" not in words
        assert "Z_session" not in words
    assert json.loads((built / "sources.json").read_text())["measurements"][0]["started_at"] == "2031-03-14T04:00:00Z"


def test_the_json_files_hold_every_id_and_say_what_a_column_means(book: Book, built: Path) -> None:
    ledger, incidents, sources = (
        json.loads((built / f"{name}.json").read_bytes()) for name in ("ledger", "incidents", "sources")
    )
    assert {(a["ask_id"], a["operator"]) for a in ledger["asks"]} == {(a.ask_id, a.operator) for a in book.asks}
    assert {i["incident_id"] for i in incidents["incidents"]} == {i.incident_id for i in book.incidents}
    assert {d["document_id"] for d in incidents["documents"]} == {d.document_id for d in book.documents}
    assert {e["event_id"] for e in incidents["events"]} == {e.event_id for e in book.events}
    assert {f["sha256"] for f in sources["files"]} == {f.sha256 for f in book.files}
    assert {m["measurement_id"] for m in sources["measurements"]} == {m.measurement_id for m in book.measurements}
    assert {s["series"] for s in sources["series"]} == set(book.signals)
    assert set(ledger["asks"][0]) == set(book.asks[0].__struct_fields__) == set(ledger["columns"]["ask"])
    assert incidents["incidents"][0]["onset_earliest"].endswith("Z")
    assert list(ledger) == sorted(ledger)


def test_a_download_has_every_step_and_says_why_a_value_is_missing(built: Path) -> None:
    (series,) = (built / "data").glob("series-1-*.csv")
    lines = series.read_text().splitlines()
    assert len(lines) == 61
    assert lines[21].endswith(",,3100,2600,3600,gap_in_source,")


def test_pages_of_an_earlier_build_go_and_files_of_others_stay(book: Book, tmp_path: Path) -> None:
    write_site(book, tmp_path)
    home = tmp_path / book.case.id
    (home / "notes.txt").write_text("mine")
    write_site(replace(book, incidents=book.incidents[:1]), tmp_path)
    assert len(list((home / "incidents").iterdir())) == 1
    assert (home / "notes.txt").read_text() == "mine"


def test_a_case_without_a_letter_has_no_letter_and_no_link_to_one(tmp_path: Path) -> None:
    write_site(synthetic_book(case=case(letter=None)), tmp_path)
    home = tmp_path / "synthetic-2031"
    assert not [*home.rglob("letter*"), *home.rglob("sign-on*")]
    assert not [p for p in pages(home) if "letter.html" in p.read_text() or "letter-after.pdf" in p.read_text()]


def test_an_empty_book_still_makes_a_site_that_says_untested(tmp_path: Path) -> None:
    empty = case(operators=[], history=[], law=[], series=[])
    bare = Book(case=empty, headline="x", ruleset="r", version="v", built_from="b")
    write_site(bare, tmp_path)
    words = tree(tmp_path / "synthetic-2031" / "index.html").text_content()
    assert "That is not the same as none" in words
    assert words.count("untested") >= 8


def test_a_series_that_is_not_there_is_named_with_the_way_to_bring_it(tmp_path: Path) -> None:
    wanted = {
        "reader": "ioda", "entity": "XA", "title": "BGP in Arcadia", "topic": "quality", "from_day": "2031-02-01",
        "to_day": "2031-04-01", "licence": "x", "source": {"title": "s", "read_on": "2031-01-01"},
        "how_to_import": "lightkeeper import ioda bgp.json",
    }  # fmt: skip
    write_site(synthetic_book(case=case(series=[wanted]), series_names=[[]], signals={}), tmp_path)
    words = tree(tmp_path / "synthetic-2031" / "index.html").text_content()
    assert "Not here: the series “BGP in Arcadia”" in words
    assert "lightkeeper import ioda bgp.json" in words


def test_the_index_lists_each_case_and_one_that_cannot_be_read(book: Book, tmp_path: Path) -> None:
    write_site(book, tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ledger.json").write_text('{"case": 1}')
    page = tree(write_index(tmp_path))
    links = page.xpath("//article/*[self::h2 or self::h3]/a/@href")
    assert links == ["broken/index.html", "synthetic-2031/index.html"]
    assert "cannot be read" in page.text_content()
    assert book.headline in page.text_content()
    assert (tmp_path / "style.css").is_file()


def test_a_folder_that_cannot_be_written_is_said_with_a_remedy(book: Book, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Choose a folder"):
        write_site(book, tmp_path / "file")


def test_progress_is_heard(book: Book, tmp_path: Path) -> None:
    heard: list[str] = []
    write_site(book, tmp_path, progress=heard.append)
    assert heard[0] == "charts"
    assert f"incident 1 of {len(book.incidents)}" in heard


def test_every_chart_file_is_a_whole_svg(built: Path) -> None:
    charts = list((built / "charts").iterdir())
    assert charts
    for path in charts:
        assert etree.fromstring(path.read_bytes()).tag.endswith("svg")
