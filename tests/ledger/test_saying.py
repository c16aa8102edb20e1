"""What the sentences of an answer may say: nothing of silence where there is something, nothing against the answer."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest

from ledger.ledger_rows import VOTE, Rows, document, incident, ledger, measured, together
from lightkeeper.model import Ask, Document, Incident

BLOCK = {"kind": "service_block", "services": ["signal"]}


def test_no_sentence_says_that_nothing_names_an_operator_that_something_names() -> None:
    asks = ledger(
        [incident("a", operators=["mci"])], [document("d", operators=["mci"])], measured("tor", "ok", asns=(197207,))
    )
    ask = asks["A1", "mci"]
    assert ask.answer == "untested"
    assert ask.reasons[0] == "Nothing on record here bears on this ask. That is not a sign of openness."
    assert "What does name MCI, on other asks: Outage a." in ask.reasons
    assert "Documents that name MCI: d." in ask.reasons
    assert "On record from MCI, on other asks: 30 measurements." in ask.reasons
    assert not any("name" in r for r in asks["A1", "tci"].reasons)


def test_who_was_told_by_an_order_is_not_untested_and_not_breached() -> None:
    block = incident(rung="confirmed", addressed_to=["tci"], operators=["mci"], **BLOCK)
    asks = ledger([block])
    assert asks["A1", "mci"].answer == "breached"
    assert (asks["A1", "tci"].answer, asks["A1", "tci"].rule) == ("insufficient", "told_by_an_order")
    assert asks["A1", "tci"].reasons[0] == (
        "An order told TCI to do it, and nothing on record says that it did: Outage IR-1."
    )
    assert asks["A1", "irancell"].answer == "untested"


@pytest.mark.parametrize(
    ("services", "answers"),
    [
        (["signal"], ("insufficient", "untested")),
        ([], ("insufficient", "untested")),
        (["tor"], ("untested", "insufficient")),
        (["vpn", "signal"], ("insufficient", "insufficient")),
        (["sms"], ("untested", "untested")),
    ],
)
def test_an_assurance_speaks_of_what_it_names(services: list[str], answers: tuple[str, str]) -> None:
    asks = ledger([], [document("d", "assurance", services=services)])
    assert (asks["A1", None].answer, asks["A2", None].answer) == answers


INCIDENTS: dict[str, list[Incident]] = {
    "none": [],
    "signal": [incident("p", **BLOCK, operators=["mci"]), incident("q", operators=["mci"])],
    "proven": [
        incident("p", "confirmed", **BLOCK, operators=["mci"], documents=["d"]),
        incident("q", "confirmed", operators=["mci"], documents=["d"]),
    ],
    "disputed": [incident("p", "disputed", **BLOCK, operators=["mci"]), incident("q", "disputed", operators=["mci"])],
    "both": [
        incident("p", "confirmed", **BLOCK, operators=["mci"], documents=["d"]),
        incident("q", "confirmed", operators=["mci"], documents=["d"]),
        incident("r", **{**BLOCK, "services": ["instagram", "tor"]}, operators=["mci"]),
        incident("s", "disputed", operators=["mci"]),
    ],
}
SAID: dict[str, list[Document]] = {
    "nothing": [],
    "ordered, not told": [document("d", ordered_by="Ministry", users_notified=False)],
    "of the operator": [document("d", cause_claimed="Protests", users_notified=False, operators=["mci"])],
    "an accident, told": [document("d", cause_claimed="Cable cut", users_notified=True, operators=["mci"])],
    "assured and announced": [
        document("d", ordered_by="Ministry"),
        document("e", "assurance", services=["signal", "tor"]),
        document("o", "assurance", services=["signal", "tor"], operators=["mci"]),
        document("n", "notice", operators=["mci"], published_on=VOTE.replace(day=15).date()),
    ],
}
MEASURED: dict[str, Rows] = {
    "none": ([], []),
    "few": measured("signal", "ok", days=range(1)),
    "open": together(*(measured(s, "ok") for s in ("signal", "instagram", "tor"))),
    "blocked": together(measured("signal", "blocked"), measured("tor", "blocked")),
    "in part": together(
        measured("signal", "blocked", asns=(44244, 197207)), measured("signal", "ok", asns=(58224, 12880, 31549)),
        measured("instagram", "blocked"),
    ),
    "intercepted": measured("signal", "blocked", mechanism="tls.mitm"),
    "by too few": together(
        measured("signal", "blocked", asns=(197207,), days=range(1)), measured("instagram", "ok"),
        measured("tor", "blocked", asns=(197207,), days=range(1)),
    ),
}  # fmt: skip
SETTLED = ("met", "partly", "breached")
NEVER_BESIDE: dict[str, tuple[str, ...]] = {
    "to say that it was open, or blocked": SETTLED,
    "not every part was watched enough": SETTLED,
    "Nothing on record here bears": (*SETTLED, "disputed", "insufficient"),
    "to give notice of": (*SETTLED, "disputed", "insufficient"),
    "Measured as open on enough days": ("breached", "insufficient", "untested"),
    "came before each confirmed disruption": ("partly", "breached", "disputed", "insufficient", "untested"),
    "Watched enough": ("partly", "breached", "disputed", "insufficient", "untested"),
    "users were not told by any notice": ("met", "partly", "disputed", "insufficient", "untested"),
    "above the evidence floor": ("met", "disputed", "insufficient", "untested"),
    "nothing on record says that it did": (*SETTLED, "disputed", "untested"),
}
"""Words of a reason, and the answers beside which they would contradict it."""


def contradictions(ask: Ask) -> list[str]:
    """Sentences that say other than the answer, or than another sentence, of the same ask."""
    said = " ".join(ask.reasons)
    found = [words for words, answers in NEVER_BESIDE.items() if words in said and ask.answer in answers]
    if ask.measurements and ("no measurement tests it" in said or "No measurement in the window" in said):
        found.append("no measurement")
    if "but no public assurance is on record" in said and "with a public assurance" in said:
        found.append("assured and not assured")
    if "No public assurance" in said and " is on record (" in said:
        found.append("an assurance and none")
    unknown = said.partition("Disruptions are on record (")[2].partition("), but not what users were told")[0]
    spoken = [r for r in ask.reasons if "users were not told" in r or "A notice is on record," in r]
    found += [r for r in spoken for title in unknown.split("; ") if title and r.startswith(f"{title}:")]
    open_too = said.partition("on some networks and open on others: ")[2].partition(".")[0]
    everywhere = said.partition("above the evidence floor: ")[2].partition(".")[0]
    found += [part for part in everywhere.split("; ") if part and part in open_too.split("; ")]
    return found


@cache
def combined() -> list[Ask]:
    """The ledgers of every combination of what happened, what was said of it and what was measured."""
    return [
        ask
        for happened, said, rows in product(INCIDENTS.values(), SAID.values(), MEASURED.values())
        for ask in ledger(happened, said, rows).values()
    ]


def test_no_reason_contradicts_its_answer() -> None:
    for ask in combined():
        assert contradictions(ask) == [], (ask.ask_id, ask.operator, ask.answer, ask.reasons)


def test_the_combinations_reach_every_answer_and_most_rules() -> None:
    asks = combined()
    assert {a.answer for a in asks} == {"met", "partly", "breached", "disputed", "insufficient", "untested"}
    assert len({a.rule for a in asks}) >= 16, sorted({a.rule for a in asks})
    also = {a.reasons[0] for a in asks} | {r for a in asks for r in a.reasons if r.startswith("Also: ")}
    assert len(also) >= 20


def test_a_record_of_a_cut_that_calls_it_throttled_too_counts_for_quality() -> None:
    row = document("row", "stop_record", extent="full_network", flags=["throttled_too"])
    asks = ledger([incident(rung="confirmed", documents=["row"])], [row])
    assert "quality: insufficient" in asks["A3", None].parts
    assert (
        "Quality: insufficient; a record says that it was throttled, too, and no measurement shows it: Outage IR-1."
        in asks["A3", None].reasons
    )
    plain = ledger([incident(rung="confirmed", documents=["row"])], [document("row", extent="full_network")])
    assert "quality: untested" in plain["A3", None].parts
