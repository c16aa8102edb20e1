"""Fingerprints: what a page or an answer shows, in which country, and by whose filter."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from lightkeeper.observe.fingerprints import Fingerprints, answer_fingerprints, page_fingerprint, parse
from lightkeeper.sources.fingerprint import Fingerprint
from lightkeeper.sources.ooni_fingerprints import read
from places import DATA

SYNTHETIC = Fingerprints(
    f
    for name in ("http.csv", "dns.csv", "older_http.csv")
    for f in read(DATA / "fingerprints" / name)
    if isinstance(f, Fingerprint)
)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("<h1>x</h1><title>Blocked by the Ministry (of Tests)</title>", "synthetic.state_page"),
        ("<html><!-- isp filter --><p>no</p>", "synthetic.isp_page"),
        ("<html>go away</html>", "synthetic.whole_page"),
        ("by order no. 17 of the court", "synthetic.order"),
        ("blocked by order", "synthetic.old_page"),
    ],
)
def test_each_kind_of_pattern_finds_its_page(body: str, name: str) -> None:
    assert SYNTHETIC.page(body, {}, "AA") == (name, None)


@pytest.mark.parametrize(
    "body",
    [
        "<title>Blocked by the Ministry </title>",
        " <html><!-- isp filter -->",
        "<html>go away</html>\n",
        "by order no. seventeen of the court",
        "",
    ],
)
def test_what_differs_is_not_found(body: str) -> None:
    assert SYNTHETIC.page(body, {}, "AA") == (None, None)


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"location": "http://block.isp.example/?u=1"}, "synthetic.location"),
        ({"server": "FilterBox/2"}, "synthetic.server"),
        ({"via": "1.1 x-synthetic-filter"}, "synthetic.any_header"),
    ],
)
def test_a_header_can_show_a_block(headers: dict[str, str], name: str) -> None:
    assert SYNTHETIC.page("", headers, "AA") == (name, None)


def test_a_header_is_matched_under_its_own_name_only() -> None:
    assert SYNTHETIC.page("", {"server": "http://block.isp.example/", "via": "FilterBox/2"}, "AA") == (None, None)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        ("Your administrator runs TestFilter", "fingerprint:synthetic.product"),
        ("Test School allows these sites", "fingerprint:synthetic.school"),
        ("<b>Web Page Blocked</b>", "fingerprint:synthetic.vague"),
        ("This shop does not serve your region", "fingerprint:synthetic.server_side"),
        ("access is limited here", "fingerprint:synthetic.weak"),
        ("<html><body></body></html>", "fingerprint:synthetic.nowhere"),
        ("some page", "fingerprint:synthetic.old_unknown"),
    ],
)
def test_a_filter_that_is_not_the_networks_never_shows_a_block(body: str, doubt: str) -> None:
    assert SYNTHETIC.page(body, {}, "AA") == (None, doubt)


@pytest.mark.parametrize("country", ["CC", None])
def test_a_block_page_of_another_country_is_noted_and_does_not_accuse(country: str | None) -> None:
    body = "<title>Blocked by the Ministry (of Tests)</title>"
    assert SYNTHETIC.page(body, {}, country) == (None, "fingerprint_elsewhere:synthetic.state_page")


def test_a_block_page_counts_over_the_product_that_made_it() -> None:
    body = "Your administrator runs TestFilter <title>Blocked by the Ministry (of Tests)</title>"
    assert SYNTHETIC.page(body, {}, "BB") == ("synthetic.state_page", None)


def test_a_page_that_is_known_to_look_so_shows_no_block_unless_the_fingerprint_is_sure() -> None:
    looks_so = "This domain is parked. "
    assert SYNTHETIC.page(looks_so, {}, "AA") == (None, None)
    assert SYNTHETIC.page(looks_so + "order no. 1 of the court", {}, "AA") == (None, "fingerprint:synthetic.order")
    sure = "<title>Blocked by the Ministry (of Tests)</title>"
    assert SYNTHETIC.page(looks_so + sure, {}, "AA") == ("synthetic.state_page", None)


def test_answers_are_known_by_address_and_by_name() -> None:
    answers = ["192.0.2.34", "block.isp.example", "filter7.isp.example", "192.0.2.99", "198.51.100.1"]
    assert SYNTHETIC.answers(answers, "AA") == {
        "fingerprint:synthetic.address",
        "fingerprint:synthetic.cname",
        "fingerprint:synthetic.names",
        "fingerprint_other:synthetic.safe_dns",
    }
    assert SYNTHETIC.answers(["192.0.2.34"], "CC") == {"fingerprint_elsewhere:synthetic.address"}
    assert SYNTHETIC.answers(["xblock.isp.example", "192.0.2.3"], "AA") == set()


def test_the_built_in_fingerprints_are_irans() -> None:
    page = '<iframe src="http://10.10.34.35?x">'
    assert page_fingerprint(page, {}, "IR") == ("ir.block_page_35", None)
    assert page_fingerprint(page, {}, "IT") == (None, "fingerprint_elsewhere:ir.block_page_35")
    assert answer_fingerprints(["10.10.34.36"], "IR") == {"fingerprint:ir.block_address_36"}
    assert answer_fingerprints(["10.10.34.3"], "IR") == set()


def test_text_that_is_no_unicode_is_searched_all_the_same() -> None:
    assert SYNTHETIC.page("\ud800\x00 blocked by order \udfff", {}, "AA") == ("synthetic.old_page", None)


def test_time_grows_with_the_text_alone_whatever_the_pattern() -> None:
    """The pattern takes a backtracking engine for ever; the text is synthetic."""
    slow = Fingerprint("synthetic.slow", "body", "regexp", "(x+x+)+y", "nat", ("AA",))
    hostile = Fingerprints([slow])
    begun = time.perf_counter()
    assert hostile.page("x" * (1 << 17), {}, "AA") == (None, None)
    assert time.perf_counter() - begun < 2


def test_all_of_oonis_fingerprints_stand_a_page_made_of_their_own_words(shared: Path) -> None:
    """A synthetic page that drives the automaton through as many states as it can."""
    known = [
        f
        for name in ("fingerprints_http.csv", "fingerprints_dns.csv")
        for f in read(shared / "ooni" / name)
        if isinstance(f, Fingerprint)
    ]
    every = Fingerprints(known)
    words = [f.pattern[:12] for f in known if f.location == "body"]
    chosen = random.Random(7)
    page = "".join(chosen.choice(words) for _ in range(12_000))[: 1 << 17]
    begun = time.perf_counter()
    every.page(page, {}, "RU")
    assert time.perf_counter() - begun < 5
    assert every.page('<iframe src="http://10.10.34.34', {}, "IR")[0] == "cl.nat_ir_iframe_forward_ipv4"
    assert every.page("<HTML></HTML>", {}, "IR") == (None, "fingerprint:cl.susp_blankhtml_1")


def test_a_set_of_patterns_that_needs_too_much_memory_is_refused_and_never_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lightkeeper.errors import InputError
    from lightkeeper.observe import fingerprints

    monkeypatch.setattr(fingerprints, "_MEMORY_BYTES", 1 << 12)
    known = [Fingerprint(f"synthetic.{n}", "body", "regexp", f"a[0-9]{{20}}b{n}", "nat", ("AA",)) for n in range(500)]
    with pytest.raises(InputError, match="Import fewer"):
        Fingerprints(known)


def test_the_form_of_the_built_in_file_holds_one_country_or_several() -> None:
    text = '[[page]]\nname = "a"\npart = "location"\ncontains = "http://x"\ncountries = ["AA"]\nsource = "synthetic"\n'
    [found] = parse(text)
    assert (found.location, found.scope, found.countries) == ("header.location", "nat", ("AA",))
