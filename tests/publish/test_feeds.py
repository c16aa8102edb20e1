"""Feeds: for the country, each operator and each ask."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lxml import etree
from msgspec.structs import replace as changed

from lightkeeper.publish.book import Book
from lightkeeper.publish.feeds import MOST_ENTRIES, feed_files, feeds

ATOM = "{http://www.w3.org/2005/Atom}"


def test_there_is_a_feed_for_the_country_each_operator_and_each_ask(book: Book) -> None:
    names = [feed.name for feed in feeds(book)]
    assert names == ["country", "operator-alpha", "operator-beta", "ask-A1", "ask-A2", "ask-A3", "ask-A4"]


def test_atom_and_json_hold_the_same_entries(book: Book) -> None:
    files = dict(feed_files(book))
    for feed in feeds(book):
        root = etree.fromstring(files[f"feeds/{feed.name}.atom"])
        items = json.loads(files[f"feeds/{feed.name}.json"])["items"]
        ids = [e.findtext(f"{ATOM}id") for e in root.findall(f"{ATOM}entry")]
        assert ids == [item["id"] for item in items]
        assert len(set(ids)) == len(ids)


def test_the_country_s_feed_has_its_answers_and_the_incidents_of_the_window(book: Book) -> None:
    entries = feeds(book)[0].entries
    assert sum(e.key.endswith("/country") for e in entries) == 4
    assert sum(e.key.startswith("incident/") for e in entries) == sum(i.in_window for i in book.incidents)


def test_an_untested_answer_is_told_as_untested(book: Book) -> None:
    untested = [a for a in book.asks if a.operator is None and a.answer == "untested"]
    titles = [e.title for e in feeds(book)[0].entries]
    assert untested
    assert all(any(f"{a.ask_id}: untested" in t for t in titles) for a in untested)


def test_an_id_stays_when_the_words_change(book: Book) -> None:
    other = replace(book, incidents=[changed(i, title="Another title", rung="disputed") for i in book.incidents])
    assert {e.key for e in feeds(book)[0].entries} == {e.key for e in feeds(other)[0].entries}


def test_two_builds_are_the_same_bytes(book: Book) -> None:
    assert dict(feed_files(book)) == dict(feed_files(book))


def test_hostile_words_stay_words(book: Book) -> None:
    title = "</title><script>alert(1)</script>\u202e\x00]]>"
    hostile = replace(book, incidents=[changed(i, title=title) for i in book.incidents])
    for name, body in feed_files(hostile):
        if name.endswith(".atom"):
            root = etree.fromstring(body)
            assert not root.findall(".//script")
            assert "\u202e" not in body.decode()


def test_a_feed_is_capped_at_its_newest(book: Book) -> None:
    many = [changed(book.incidents[2], incident_id=f"XA-{n}", documents=[]) for n in range(MOST_ENTRIES + 50)]
    assert len(feeds(replace(book, incidents=many))[0].entries) == MOST_ENTRIES


def test_every_link_of_a_feed_leads_to_a_page_of_the_site(book: Book, built: Path) -> None:
    for feed in feeds(book):
        for entry in feed.entries:
            page = entry.href.partition("#")[0]
            assert (built / "feeds" / page).resolve().is_file(), entry.href
