"""Text from outside is cleaned, linked only where that is safe, and named only by safe names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.publish.text import (
    bdi,
    clean,
    csv_field,
    host_of,
    joined,
    one_line,
    public_place,
    safe_name,
    safe_url,
    sentence,
    with_code,
    without_code,
)


def test_controls_and_bidi_overrides_go_and_persian_joiners_stay() -> None:
    assert clean("a\x00b\x1b[31m\u202egpj.exe\u2066\ufeff") == "ab[31mgpj.exe"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_lone_surrogates_go_so_that_a_page_can_be_written() -> None:
    assert clean("a\ud800b").encode() == b"ab"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_foreign_string_is_escaped_and_isolated() -> None:
    assert str(bdi('<b onclick="x">')) == "<bdi>&lt;b onclick=&#34;x&#34;&gt;</bdi>"


def test_a_command_is_shown_as_code_and_cannot_bring_markup() -> None:
    assert str(with_code("Fetch: `light --cc IR`.")) == "<bdi>Fetch: <code>light --cc IR</code>.</bdi>"
    assert "<script" not in str(with_code("`<script>alert(1)</script>`"))


def test_a_letter_gives_no_commands() -> None:
    assert without_code("Measurements of Tor, 2031: `light fetch --test tor`.") == "Measurements of Tor, 2031."
    assert without_code("Measurements of Tor (`tor`) from Arcadia.") == "Measurements of Tor from Arcadia."


def test_a_sentence_gets_one_full_stop() -> None:
    assert [sentence(t) for t in ("It was so", "Alpha Co.", "Was it so?", "")] == [
        "It was so.",
        "Alpha Co.",
        "Was it so?",
        "",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/x",
        "//example.org/x", "http://", "https://user:secret@example.org/", "https://a.org/\u202e", "java\nscript:x",
        'https://example.org/"onmouseover="x', "https://[bad", "", None, "https://example.org:99999/",
        "https://a\u3002\u3002b/", "https://\u0644\u0301-.example/",
    ],
)  # fmt: skip
def test_no_link_is_made_of(url: str | None) -> None:
    assert safe_url(url) is None


def test_links_are_made_of_http_and_https() -> None:
    assert safe_url("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"
    assert safe_url("http://example.org:8080/") == "http://example.org:8080/"


def test_a_host_that_looks_like_another_shows_what_it_is() -> None:
    cyrillic = safe_url("https://\u0430pple.com:8443/x?\u0430=1")  # its first letter is Cyrillic
    assert cyrillic == "https://xn--pple-43d.com:8443/x?\u0430=1"
    assert host_of(cyrillic) == "xn--pple-43d.com"
    assert (
        safe_url("http://\u067e\u0627\u0631\u0633.\u0627\u06cc\u0631\u0627\u0646/")
        == "http://xn--mgbug11a.xn--mgba3a4f16a/"
    )


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_ids_never_get_the_same_name(one: str, two: str) -> None:
    assert (safe_name(one) == safe_name(two)) == (one == two)


@given(st.text())
def test_a_name_never_leaves_its_folder(text: str) -> None:
    name = safe_name(text)
    assert name
    assert not name.startswith(".")
    assert not set(name) & set("/\\:")


@pytest.mark.parametrize(
    ("given_place", "shown"),
    [
        ("/home/someone/cases/a/outages.csv", "outages.csv"),
        ("file:///home/someone/a.csv", "a.csv"),
        ("C:\\Users\\someone\\a.csv", "a.csv"),
        ("cases/a/outages.csv", "cases/a/outages.csv"),
        ("s3://bucket/a.gz", "s3://bucket/a.gz"),
    ],
)
def test_folders_of_a_machine_are_not_published(given_place: str, shown: str) -> None:
    assert public_place(given_place) == shown


def test_a_spreadsheet_does_not_run_a_field() -> None:
    for sign in "=+-@\uff1d\uff0b\uff0d\uff20":
        for before in ("", " ", "\t", "\r\n", "\u200b", "\u202e", "\x00"):
            assert csv_field(f"{before}{sign}HYPERLINK(1)") == f"'{sign}HYPERLINK(1)"
    assert csv_field(None) == ""
    assert csv_field(3) == "3"


def test_long_text_is_cut_and_lists_are_spoken() -> None:
    assert one_line("a\n b " * 200, 10) == "a b a b a…"
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
