"""Feeds: for the country, each operator and each ask."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lxml import etree, html
from msgspec.structs import replace as changed

from lightkeeper.publish.book import Book
from lightkeeper.publish.editions import Edition, edition, persian_edition
from lightkeeper.publish.feeds import MOST_ENTRIES, feed_files, feeds
from lightkeeper.publish.languages import ENGLISH

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def english(book: Book) -> Edition:
    return edition(book, ENGLISH)


def feed_texts(root: etree._Element) -> list[str]:
    return [e.findtext(f"{ATOM}content") or "" for e in root.findall(f"{ATOM}entry")]


def test_there_is_a_feed_for_the_country_each_operator_and_each_ask(book: Book) -> None:
    names = [feed.name for feed in feeds(english(book))]
    assert names == ["country", "operator-alpha", "operator-beta", "ask-A1", "ask-A2", "ask-A3", "ask-A4"]


def test_atom_and_json_hold_the_same_entries(book: Book) -> None:
    files = dict(feed_files(english(book)))
    for feed in feeds(english(book)):
        root = etree.fromstring(files[f"feeds/{feed.name}.atom"])
        items = json.loads(files[f"feeds/{feed.name}.json"])["items"]
        ids = [e.findtext(f"{ATOM}id") for e in root.findall(f"{ATOM}entry")]
        assert ids == [item["id"] for item in items]
        assert len(set(ids)) == len(ids)


def test_the_country_s_feed_has_its_answers_and_the_incidents_of_the_window(book: Book) -> None:
    entries = feeds(english(book))[0].entries
    assert sum(e.key.endswith("/country") for e in entries) == 4
    assert sum(e.key.startswith("incident/") for e in entries) == sum(i.in_window for i in book.incidents)


def test_an_untested_answer_is_told_as_untested(book: Book) -> None:
    untested = [a for a in book.asks if a.operator is None and a.answer == "untested"]
    titles = [e.title for e in feeds(english(book))[0].entries]
    assert untested
    assert all(any(f"{a.ask_id}: untested" in t for t in titles) for a in untested)


def test_an_id_stays_when_the_words_change(book: Book) -> None:
    other = replace(book, incidents=[changed(i, title="Another title", rung="disputed") for i in book.incidents])
    assert {e.key for e in feeds(english(book))[0].entries} == {e.key for e in feeds(english(other))[0].entries}


def test_two_builds_are_the_same_bytes(book: Book) -> None:
    assert dict(feed_files(english(book))) == dict(feed_files(english(book)))


def test_hostile_words_stay_words(book: Book) -> None:
    title = "</title><script>alert(1)</script>\u202e\x00]]>"
    case = book.case.model_copy(update={"title": title, "country_name": title})
    incidents = [changed(i, title=title, rung_reason=title, contrary=[title]) for i in book.incidents]
    asks = [changed(a, reasons=[title], coverage=title) for a in book.asks]
    hostile = replace(book, case=case, incidents=incidents, asks=asks)
    for edition_of in (english(hostile), persian_edition(hostile)):
        for name, body in feed_files(edition_of):
            assert "\u202e" not in body.decode()
            assert "\\u202e" not in body.decode()
            if name.endswith(".atom"):
                assert not etree.fromstring(body).findall(".//script")


def test_a_feed_is_capped_at_its_newest(book: Book) -> None:
    many = [changed(book.incidents[2], incident_id=f"XA-{n}", documents=[]) for n in range(MOST_ENTRIES + 50)]
    assert len(feeds(english(replace(book, incidents=many)))[0].entries) == MOST_ENTRIES


def test_every_link_of_a_feed_leads_to_a_page_of_the_site(book: Book, built: Path) -> None:
    for one in (english(book), persian_edition(book)):
        for feed in feeds(one):
            for entry in feed.entries:
                page = entry.href.partition("#")[0]
                assert (built / one.tongue.folder / "feeds" / page).resolve().is_file(), entry.href


def test_each_language_has_the_same_entries_under_ids_of_its_own(book: Book) -> None:
    for one, other in zip(feeds(english(book)), feeds(persian_edition(book)), strict=True):
        assert one.name == other.name
        assert [(e.key, e.updated) for e in one.entries] == [(e.key, e.updated) for e in other.entries]
    ids = [
        {i["id"] for n, body in feed_files(e) if n.endswith(".json") for i in json.loads(body)["items"]}
        for e in (english(book), persian_edition(book))
    ]
    assert not ids[0] & ids[1]


def test_a_feed_says_its_language_and_where_it_is_in_the_other(built: Path) -> None:
    for folder, code, other in (("", "en", "fa"), ("fa/", "fa", "en")):
        for path in (built / folder / "feeds").glob("*.atom"):
            root = etree.fromstring(path.read_bytes())
            assert root.get(LANG) == code
            assert json.loads(path.with_suffix(".json").read_bytes())["language"] == code
            links = [(k.get("rel"), k.get("type"), k.get("hreflang")) for k in root.findall(f"{ATOM}link")]
            assert len(set(links)) == len(links)  # RFC 4287, 4.1.1
            led = {k.get("hreflang"): k.get("href") for k in root.findall(f"{ATOM}link[@rel='alternate']")}
            assert set(led) == {code, other}
            assert all((path.parent / href).resolve().is_file() for href in led.values() if href)


def test_the_persian_feed_is_told_in_persian(book: Book) -> None:
    for name, body in feed_files(persian_edition(book)):
        if name.endswith(".atom"):
            for text in feed_texts(etree.fromstring(body)):
                lead = text.splitlines()[0]
                assert re.search("[\u0600-\u06ff]", lead), lead
                assert not re.search("[A-Za-z]{3}", lead), lead


def test_a_text_in_another_direction_is_isolated_and_hidden_signs_of_its_own_are_gone(book: Book) -> None:
    made = dict(feed_files(persian_edition(replace(book, incidents=[
        changed(i, title="Evil \u202e\u2066 title") for i in book.incidents
    ]))))  # fmt: skip
    items = json.loads(made["fa/feeds/country.json"])["items"]
    titles = [i["title"] for i in items if ":incident-" in i["id"]]
    assert titles
    for title in titles:
        assert title.startswith("\u2066Evil title\u2069 (")
        assert title.count("\u2066") == title.count("\u2069")


def test_json_feeds_hold_what_version_1_1_wants(built: Path) -> None:
    """https://www.jsonfeed.org/version/1.1/"""
    for path in [*built.glob("feeds/*.json"), *built.glob("fa/feeds/*.json")]:
        feed = json.loads(path.read_bytes())
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["title"]
        for item in feed["items"]:
            assert item["id"] and item["content_text"]  # noqa: PT018 - what each item must have
            assert datetime.fromisoformat(item["date_modified"]).tzinfo


def test_atom_feeds_hold_what_the_standard_wants(built: Path) -> None:
    """RFC 4287, 4.1.1 and 4.1.2."""
    for path in [*built.glob("feeds/*.atom"), *built.glob("fa/feeds/*.atom")]:
        root = etree.fromstring(path.read_bytes())
        for part in (root, *root.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(part.findall(f"{ATOM}{name}")) == 1
                assert part.findtext(f"{ATOM}{name}")
            assert datetime.fromisoformat(part.findtext(f"{ATOM}updated") or "").tzinfo
            assert any(k.get("rel", "alternate") == "alternate" for k in part.findall(f"{ATOM}link"))
        assert root.findtext(f"{ATOM}author/{ATOM}name")


def test_every_page_offers_the_feeds_of_each_language(built: Path) -> None:
    for page in [*built.glob("*.html"), *built.glob("operators/*.html"), *built.glob("fa/*.html"),
                 *built.glob("fa/operators/*.html")]:  # fmt: skip
        root = html.parse(page).getroot()
        found = root.findall(".//link[@type='application/atom+xml']")
        assert {k.get("hreflang") for k in found} == {"en", "fa"}, page
        for link in found:
            target = (page.parent / (link.get("href") or "")).resolve()
            assert etree.parse(target).getroot().get(LANG) == link.get("hreflang")
    named = html.parse(built / "fa/operators/alpha.html").getroot().findall(".//link[@hreflang='fa']")
    assert any("operator-alpha.atom" in (k.get("href") or "") for k in named)
