"""Law, worksheets, costs, causes and reviews have pages that state facts, leave conclusions open, and hide nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
from lxml import html

from lightkeeper.ledger.cost import Estimate
from lightkeeper.ledger.law import law_of
from lightkeeper.model.hypothesis import CAUSES
from lightkeeper.publish.book import Book
from lightkeeper.publish.cause_views import CAUSE_NAMES, reviews_of
from lightkeeper.publish.editions import persian_edition
from lightkeeper.publish.law_views import adopted_later, law_groups, law_lead
from lightkeeper.publish.pages import Pages
from lightkeeper.publish.tongue import Tongue
from publish.synthetic_kit import VOTE, joined

INCIDENT = "incidents/XA-13-0002.html"


def words_of(page: str | bytes) -> str:
    return " ".join(html.fromstring(page).xpath("//main")[0].text_content().split())


def law_page(book: Book, state: str) -> str:
    return words_of(Pages(replace(book, law=law_of(joined(state), VOTE)), Tongue()).law())


def test_the_law_page_of_a_party_says_since_when_it_is_bound_and_where_that_is_stated(book: Book) -> None:
    page = law_page(book, "party")
    assert "it bound the state on that day" in page
    assert "binding, since 24 Jun 1975. The state is a party." in page
    assert "Synthetic list. Stated for 14 Mar 2031." in page
    assert "Universal Declaration" not in page


def test_the_law_page_of_a_state_that_did_not_join_says_so_and_names_what_stands_in_its_place(book: Book) -> None:
    page = law_page(book, "none")
    assert "no letter may say that it is bound" in page
    assert "not a party to it. The state is not a party." in page
    assert "Universal Declaration of Human Rights" in page
    assert "Human Rights Council resolution 47/16" in page
    assert "What binds this state" not in page
    assert "General Comment" not in page.partition("Standards that bind nobody")[0]


def test_a_signature_alone_and_an_unknown_state_are_not_said_to_bind(book: Book) -> None:
    assert "signed, not ratified, so not binding" in law_page(book, "signatory")
    nothing = replace(book, law=law_of([], VOTE))
    assert "No fact here says whether" in law_lead(nothing, Tongue())
    assert "binds" not in [group["anchor"] for group in law_groups(nothing)]


def test_a_comment_of_the_committee_is_a_reading_and_not_said_to_bind_by_itself(book: Book) -> None:
    groups = {g["anchor"]: [b.instrument.id for b in g["rows"]] for g in law_groups(book)}
    assert groups["binds"] == ["iccpr"]
    assert groups["reading"] == ["gc25", "gc34", "gc37"]


def test_what_was_adopted_after_the_day_is_named_as_not_cited(book: Book) -> None:
    event = book.case.event.model_copy(update={"day": VOTE.replace(year=2012)})
    early = replace(book, case=book.case.model_copy(update={"event": event}))
    assert "Human Rights Council resolution 47/16" in adopted_later(early)
    assert adopted_later(book) == []


def test_a_worksheet_states_facts_says_where_nothing_is_known_and_concludes_nothing(built: Path) -> None:
    page = html.fromstring((built / "worksheets.html").read_bytes())
    (sheet,) = page.xpath("//article[@id='sheet-XA-13-0002']")
    blanks = [" ".join(b.text_content().split()) for b in sheet.xpath(".//*[@class='blank']")]
    assert blanks == ["Conclusion (left to a lawyer):"] * 5
    text = " ".join(sheet.text_content().split())
    assert "Ministry of Posts gives as the cause: Exams." in text
    assert "Nothing on record says whether milder means were weighed or tried." in text


def test_a_worksheet_of_a_state_that_is_not_bound_says_that_the_questions_are_no_duty_of_it(book: Book) -> None:
    said = "not known to bind this state"
    assert said in Pages(replace(book, law=law_of(joined("none"), VOTE)), Tongue()).worksheets()
    assert said not in Pages(book, Tongue()).worksheets()


def test_costs_stand_side_by_side_with_their_inputs_or_nothing_is_said(book: Book) -> None:
    whole = [
        msgspec.structs.replace(
            c, estimates=[estimate("Study one", 1.94e6), estimate("Study two", 9e6)], low_usd=1.94e6, high_usd=9e6,
            why_none=None,
        ) if c.incident_id == "XA-13-0002" else c
        for c in book.costs
    ]  # fmt: skip
    page = words_of(Pages(replace(book, costs=whole), Tongue()).costs())
    assert "From 1,900,000 to 9,000,000 US dollars, over all methods." in page
    assert "Study one" in page
    assert "Study two" in page
    assert "Every method is contested" in page
    none = words_of(Pages(replace(book, costs=[]), Tongue()).costs())
    assert "nothing can be said of any cost" in none
    assert "over all methods" not in none


def estimate(study: str, usd: float) -> Estimate:
    return Estimate(study=study, method="a method", low_usd=usd, high_usd=usd, rests_on=["its input"])


def test_an_incident_shows_every_cause_in_the_fixed_order_and_says_that_no_weight_raises_the_rung(built: Path) -> None:
    page = html.fromstring((built / INCIDENT).read_bytes())
    assert [h.text for h in page.xpath("//*[@class='causes']//h4")] == [CAUSE_NAMES[c] for c in CAUSES]
    text = " ".join(page.text_content().split())
    assert "never raises the rung: that takes a document and two people who sign" in text
    assert "It is claimed: Exam cheating, claimed by the ministry." in text


def test_the_history_of_review_says_who_when_what_and_why_oldest_first(book: Book, built: Path) -> None:
    found = reviews_of(book, next(i for i in book.incidents if i.incident_id == "XA-13-0002"), Tongue())
    assert [(r.by, r.what) for r in found] == [
        ("A. Reviewer", "signed its attribution"),
        ("B. Reader", "disputed it"),
    ]
    page = words_of((built / INCIDENT).read_bytes())
    assert "Because: Reason number 1 of A. Reviewer." in page
    other = next(p for p in sorted((built / "incidents").iterdir()) if p.name != "XA-13-0002.html")
    assert "Nobody has reviewed it." in words_of(other.read_bytes())


def test_an_act_is_found_by_the_members_that_it_is_about_and_no_other_incident_shows_it(book: Book) -> None:
    elsewhere = [msgspec.structs.replace(a, events=["other"], documents=[]) for a in book.acts]
    mine = next(i for i in book.incidents if i.incident_id == "XA-13-0002")
    assert reviews_of(replace(book, acts=elsewhere), mine, Tongue()) == []


def test_persian_pages_say_our_sentences_in_persian(book: Book) -> None:
    pages = Pages(*persian_edition(book))
    for made in (pages.law(), pages.worksheets(), pages.costs()):
        kept = [b.text_content() for b in html.fromstring(made).xpath("//main//bdi[@lang='en']")]
        ours = re.compile(r"\b(The state|Nothing|Everyone has|Was it|Every method|States must|It is|It was)\b")
        assert [k for k in kept if ours.search(k)] == []


def test_each_page_is_in_the_menu_and_where_a_reader_needs_it(built: Path) -> None:
    index = (built / "index.html").read_text(encoding="utf-8")
    for page in ("law.html", "worksheets.html", "costs.html"):
        assert index.count(f'href="{page}"') >= 2
    incident = (built / INCIDENT).read_text(encoding="utf-8")
    assert '"../worksheets.html#sheet-XA-13-0002"' in incident


def test_the_method_page_has_every_rule_that_judged_with_its_reason(book: Book, built: Path) -> None:
    page = html.fromstring((built / "method.html").read_bytes())
    rows = [" ".join(code.text_content().split()) for code in page.xpath("//table//th/code")]
    assert rows == [f"{r.layer}: {r.id}" for r in book.rules]
    assert len(rows) > 50


def test_each_chart_can_be_embedded_alone_with_its_own_policy_and_the_way_back(built: Path) -> None:
    charts = html.fromstring((built / "series.html").read_bytes()).xpath("//figure//img/@src")
    assert charts
    for folder in ("", "fa/"):
        for chart in charts:
            page = html.fromstring((built / f"{folder}embed/{Path(chart).stem}.html").read_bytes())
            policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
            assert policy[0].startswith("default-src 'none'")
            assert page.xpath("//nav/a[@target='_top']/@href")[0] == "../series.html"
            assert page.xpath("//img/@src") == [f"../{chart}"]
