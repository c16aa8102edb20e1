"""The law of a case as a page shows it: what binds, what stands in its place, what does not bind, what came later."""

from __future__ import annotations

from typing import Any

from lightkeeper.ledger.law import Bound, instruments
from lightkeeper.publish.book import Book
from lightkeeper.publish.tongue import Tongue, n_

COVENANT = "iccpr"
READING = "reading"
"""A comment of a treaty's committee follows its treaty, and binds nobody by itself."""
GROUPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("binds", ("binds",), n_("What binds this state")),
    (READING, (READING,), n_("How the committee of the treaty reads it")),
    ("soft", ("soft law",), n_("Standards that bind nobody by themselves")),
    ("unbound", ("signed only", "does not bind"), n_("What does not bind it, and why")),
    ("unknown", ("not known",), n_("What is not known")),
)
"""Anchor, the bindings that stand there, and the heading."""
BINDINGS = {
    "binds": n_("binding"),
    "signed only": n_("signed, not ratified, so not binding"),
    "does not bind": n_("not a party to it"),
    "not known": n_("not known whether it binds"),
    "soft law": n_("a standard, not a treaty"),
    READING: n_("a reading of a treaty that binds the state; it does not bind by itself"),
}
LEADS = {
    "binds": n_("%(country)s has joined the International Covenant on Civil and Political Rights, and it bound the "
                "state on that day."),
    "signed only": n_("%(country)s has signed the International Covenant on Civil and Political Rights and not joined "
                      "it, so it is not bound. The Universal Declaration and resolutions of the Human Rights Council "
                      "are named in its place. They are no treaties."),
    "does not bind": n_("%(country)s has not joined the International Covenant on Civil and Political Rights, and no "
                        "letter may say that it is bound. The Universal Declaration and resolutions of the Human "
                        "Rights Council are named in its place. They are no treaties."),
    "not known": n_("No fact here says whether %(country)s has joined the International Covenant on Civil and "
                    "Political Rights, so it is not taken as bound. The Universal Declaration and resolutions of the "
                    "Human Rights Council are named in its place. They are no treaties."),
}  # fmt: skip
"""What the page says first, by what the covenant is for this state on the day."""


def law_groups(book: Book) -> list[dict[str, Any]]:
    """The instruments by what they are for this state, each group with its heading; groups with none are left out."""
    groups = [
        {"anchor": anchor, "heading": heading, "rows": [b for b in book.law if standing(b) in bindings]}
        for anchor, bindings, heading in GROUPS
    ]
    return [group for group in groups if group["rows"]]


def standing(bound: Bound) -> str:
    """What an instrument is for this state: its binding, or `reading` for a comment of a treaty's committee."""
    return READING if bound.instrument.kind == "comment" else bound.binding


def law_lead(book: Book, tongue: Tongue) -> str:
    """The first sentence: whether the covenant bound this state on the day, and what stands in its place."""
    covenant = next((b.binding for b in book.law if b.instrument.id == COVENANT), "not known")
    return tongue.word(LEADS[covenant], country=tongue.outside(book.case.country_name))


def adopted_later(book: Book) -> list[str]:
    """Names of instruments that are carried and were adopted after the day, so that the page does not cite them."""
    return [i.name for i in instruments() if i.adopted > book.case.event.day]


def since_words(bound: Bound, tongue: Tongue) -> str:
    """The day from which the state is a party, or a signatory; only the year where the source states no more."""
    if bound.since is None:
        return ""
    return tongue.number(str(bound.since.year)) if bound.since_year_only else tongue.day(bound.since)
