"""The three letters: what each says, what each must not say, and how it stops being a draft."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from lightkeeper.ledger.law import law_of
from lightkeeper.publish.letters.as_html import plain
from lightkeeper.publish.letters.blocks import WHENS, Items, Names, Para, When
from lightkeeper.publish.letters.compose import letters_of
from lightkeeper.publish.letters.happened import RUNGS_SAID
from publish.letters.letter_kit import JOINED, fact, lines, made, signed, the_book, with_incident, words
from publish.synthetic_kit import VOTE, at, case

OLD = 0  # an incident of 2028, long before the letter


def test_a_case_without_a_letter_makes_none() -> None:
    assert list(letters_of(the_book(case=case(letter=None)))) == []


def test_there_is_a_letter_for_each_time_in_each_language() -> None:
    found = [(x.name, x.language, x.direction) for x in letters_of(the_book())]
    assert found == [(f"letter-{w}", *lang) for w in WHENS for lang in (("en", "ltr"), ("fa", "rtl"))]


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_each_claim_has_a_note_and_each_note_bears_a_claim(when: When, language: str) -> None:
    letter = made(with_incident(the_book(), OLD, rung="attributed"), when, language)
    claims = [b for b in letter.blocks() if isinstance(b, Items | Para) and b.claims]
    assert claims
    bare = [line for b in claims for line in (b.lines if isinstance(b, Items) else [b.line]) if not line.notes]
    assert [plain(line.spans) for line in bare] == []
    used = {n for line in lines(letter) for n in line.notes}
    assert used == {n.number for n in letter.notes} == set(range(1, len(letter.notes) + 1))


@pytest.mark.parametrize("when", WHENS)
def test_each_letter_names_its_addressees_the_copies_the_signatories_and_the_contact(when: When) -> None:
    said = words(made(the_book(), when))
    for part in ("To: President of Arcadia", "CC: Ministry of Posts", "Acorn Society", "Contact: press@example.org"):
        assert part in said
    assert "They signed that letter. That does not sign this one." in said


@pytest.mark.parametrize("rung", sorted({*RUNGS_SAID, "retracted"} - {"attributed", "ordered"}))
def test_the_letter_before_recalls_nothing_that_is_not_attributed(rung: str) -> None:
    book = the_book()
    book = replace(book, incidents=[msgspec.structs.replace(i, rung=rung) for i in book.incidents])
    letter = made(book, "before")
    assert "What happened before" not in words(letter)
    assert not [i for i in book.incidents if i.title in words(letter)]
    assert any("nothing is attributed" in plain(line.spans) for line in letter.draft)


def test_the_letter_before_recalls_what_two_people_attributed_and_nothing_later() -> None:
    book = the_book()
    later = [i for i in book.incidents if i.rung == "attributed" and i.onset_latest > at(12)]
    assert later, "the synthetic book has some after the letter"
    said = words(made(with_incident(book, OLD, rung="attributed"), "before"))
    assert "What happened before Synthetic incident 0." in said
    assert not [i.title for i in later if i.title in said]


def test_the_letter_before_names_what_binds_and_what_does_not() -> None:
    said = words(made(the_book(), "before"))
    assert (
        "Arcadia is bound by: International Covenant on Civil and Political Rights (ICCPR), since 24 June 1975" in said
    )
    assert "Arcadia has not joined the First Optional Protocol to the ICCPR, so it is not bound by it." in said
    assert "Universal Declaration" not in said


@pytest.mark.parametrize("status", ["none", "signatory"])
def test_a_state_that_has_not_joined_is_never_said_to_be_bound(status: str) -> None:
    said = words(made(the_book([fact("iccpr", status)]), "before"))
    assert "is bound by" not in said
    assert "so it is not bound by it" in said
    assert "These standards bind nobody by themselves: Universal Declaration of Human Rights." in said


def test_where_nobody_knows_whether_the_state_has_joined_the_draft_says_so_and_the_letter_does_not() -> None:
    letter = made(replace(the_book(), law=law_of([], VOTE)), "before")
    assert "is bound by" not in words(letter)
    assert any("Nobody looked up whether the state has joined" in plain(line.spans) for line in letter.draft)


def test_operators_are_named_with_what_they_owe() -> None:
    said = words(made(the_book(), "before"))
    assert "Alpha Telecom; Beta Net" in said
    assert "Principle 13: Companies should avoid causing" in said


def test_the_letter_during_knows_nothing_that_began_or_ended_later() -> None:
    book = with_incident(the_book(), 3, onset_latest=at(14, 2), end_earliest=at(16), end_latest=at(17), ongoing=False)
    said = words(made(book, "during", as_of=date(2031, 3, 15)))
    assert "15 March 2031" in said
    assert "Synthetic incident 3. When" not in said
    assert "By the end of 15 March 2031 it had not ended." in said
    late = [i for i in book.incidents if i.in_window and i.onset_latest > at(16)]
    assert late
    assert not [i.title for i in late if f"{i.title}." in said]


def test_the_letter_names_the_day_of_an_onset_in_a_sentence_and_every_service_that_its_title_leaves_out() -> None:
    services = ["alpha", "beta", "gamma", "delta"]
    said = words(made(with_incident(the_book(), 3, services=services), "after"))
    assert "Services on record: Alpha, Beta, Gamma and Delta." in said
    assert re.search(r"It began (on|between|at|by|not before) ", said)
    assert not re.search(r"It (began|ended) \d", said)
    assert "Services on record" not in words(made(with_incident(the_book(), 3, services=services[:3]), "after"))


def test_a_bracket_over_midnight_says_each_time_with_its_day() -> None:
    book = with_incident(the_book(), 3, end_earliest=at(15, 12), end_latest=at(16, 12), ongoing=False)
    assert "It ended between 15:30 on 16 March 2031 and 15:30 on 17 March 2031, local time." in words(
        made(book, "after")
    )


def test_the_letter_during_is_answered_from_what_was_on_record_by_then() -> None:
    early = words(made(the_book(), "during", as_of=date(2031, 3, 1)))
    assert "on record from 12 February 2031 to the end of 1 March 2031" in early
    assert "Answer: breached" not in early
    assert "Nothing is on record for these days. That is no sign that all was well." in early


def test_the_letter_after_says_what_became_of_each_ask() -> None:
    book = the_book()
    said = words(made(book, "after"))
    for ask in book.case.asks:
        row = next(a for a in book.asks if a.ask_id == ask.id and a.operator is None)
        assert f"{ask.id}. {ask.short} {ask.wording.rstrip(';')}. Answer: {row.answer}." in said
        assert row.reasons[0] in said
    assert "By operator: breached: Alpha Telecom; untested: Beta Net." in said
    assert "Measurement shows disruption. It never shows intention" in said


def test_a_retracted_incident_is_in_no_letter() -> None:
    book = with_incident(the_book(), 3, rung="retracted")
    assert not [w for w in WHENS if "Synthetic incident 3." in words(made(book, w))]


@pytest.mark.parametrize("when", WHENS)
def test_a_letter_stays_a_draft_until_two_different_people_have_signed_it(when: When) -> None:
    book = the_book()
    assert made(book, when).draft
    one = signed(book, when, "A. Reviewer")
    assert "A. Reviewer has signed it." in plain(made(one, when).draft[0].spans)
    assert made(signed(one, when, "Reviewer, A."), when).draft, "one person in two spellings is one"
    two = signed(one, when, "B. Reader")
    for language in ("en", "fa"):
        assert made(two, when, language).draft == ()
    assert "متن نامه به انگلیسی است" in words(made(two, when, "fa")), "a letter that is out says what language it mixes"
    assert "Released by A. Reviewer, 23 April 2031 and B. Reader, 24 April 2031." in words(made(two, when))


def test_a_signature_ends_when_a_word_changes_or_the_person_withdraws_it() -> None:
    book = signed(the_book(), "after", "A. Reviewer", "B. Reader")
    assert not made(book, "after").draft
    assert made(with_incident(book, 3, title="Another title"), "after").draft
    assert made(signed(book, "after", "b. reader", verb="unsign"), "after").draft
    assert made(book, "before").draft, "each letter is signed by itself"


def test_organisations_that_join_do_not_make_it_a_draft_again() -> None:
    joined = {"after": ["Zebra Watch", "émeraude Group", "Acorn Society"]}
    book = signed(the_book(), "after", "A. Reviewer", "B. Reader")
    more = made(replace(book, case=case(sign_on=joined)), "after")
    assert not more.draft
    names = next(b for b in more.foot if isinstance(b, Names))
    assert [plain(x.spans) for x in names.lines] == ["Acorn Society", "émeraude Group", "Zebra Watch"]


def test_persian_names_stand_in_the_order_of_the_persian_alphabet_and_latin_ones_after_them() -> None:
    names = ["گزارشگران", "Access Now", "پایش", "آزادی", "بنیاد", "چشم‌انداز", "كانون"]
    book = the_book(case=case(sign_on={"after": names}))
    block = next(b for b in made(book, "after", "fa").foot if isinstance(b, Names))
    assert [plain(x.spans) for x in block.lines] == [
        "آزادی", "بنیاد", "پایش", "چشم‌انداز", "كانون", "گزارشگران", "Access Now",
    ]  # fmt: skip


def test_the_same_book_makes_the_same_letters() -> None:
    assert [x.digest for x in letters_of(the_book())] == [x.digest for x in letters_of(the_book(JOINED))]


def test_a_note_names_who_measured_as_readers_know_them() -> None:
    book = the_book()
    book = replace(book, events=[msgspec.structs.replace(e, source="ioda_outages") for e in book.events])
    notes = "\n".join(plain(n.line.spans) for n in made(book, "after").notes)
    assert "Measured: IODA " in notes
    assert all(n.count("IODA ") == 1 for n in notes.splitlines() if "Measured: IODA " in n)
    assert "ioda_outages" not in notes


@pytest.mark.parametrize("when", WHENS)
def test_a_letter_says_what_the_case_holds_and_not_what_nobody_in_the_world_measured(when: When) -> None:
    told = " ".join(plain(line.spans) for line in lines(made(the_book(), when)))
    assert "Nobody measured" not in told
    assert "was made in the" not in told
