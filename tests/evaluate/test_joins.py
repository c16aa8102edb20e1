"""The join beside the simple rule, on labelled pairs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from incidents.incident_rows import BEGIN, document, outage
from lightkeeper.errors import InputError
from lightkeeper.evaluate.joins import compare_joins, labels, methods_on, simple_rule

DAY = timedelta(days=1)


def test_the_simple_rule_takes_any_place_within_its_days() -> None:
    papers = [document("d"), document("s", extent="service", services=["telegram"])]
    events = [
        outage("before", BEGIN - DAY), outage("long_before", BEGIN - 3 * DAY), outage("after", BEGIN + 2 * DAY),
        outage("late", BEGIN + 4 * DAY), outage("fars", entity_type="region", entity="Fars"),
        outage("tr", country="TR"),
    ]  # fmt: skip
    assert {event for _, event in simple_rule(papers, events)} == {"before", "after", "fars"}


def test_precision_is_of_labelled_pairs_and_unclear_ones_count_for_neither() -> None:
    papers = [document("d")]
    events = [outage("e"), outage("f", BEGIN + timedelta(hours=2)), outage("g", BEGIN + timedelta(hours=3))]
    known = {("d", "e"): "yes", ("d", "f"): "no", ("d", "g"): "unclear", ("x", "y"): "yes"}
    strict = next(m for m in methods_on("made", papers, events, known) if m.name.startswith("join, score 0.5"))
    assert (strict.precision.hits, strict.precision.of, strict.unclear) == (1, 2, 1)
    assert (strict.found.hits, strict.found.of) == (1, 2)


def test_every_label_has_a_pair_a_reason_and_one_of_three_words() -> None:
    for column in ("workbook_rows", "snapshot_rows"):
        known = labels(column)
        assert len(known) > 200
        assert set(known.values()) == {"yes", "no", "unclear"}


def test_a_folder_without_the_outages_says_where_to_put_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="investigated-outages"):
        compare_joins(tmp_path)


def test_it_finds_more_right_pairs_than_the_simple_rule_and_fewer_wrong_ones(shared: Path) -> None:
    methods, notes = compare_joins(shared)
    assert any("8.4 %" in note for note in notes)
    for dataset in {m.dataset for m in methods}:
        of = {m.name: m for m in methods if m.dataset == dataset}
        rule, ours, lax = (of[n] for n in ("simple rule, outages of any scope", "join, score 0.5 or more",
                                           "join, score 0.25 or more"))  # fmt: skip
        assert ours.precision.low > rule.precision.value
        assert ours.rightly.hits > rule.rightly.hits
        assert ours.found.hits > 1.8 * rule.found.hits
        assert lax.matched.hits > rule.matched.hits
        assert lax.precision.value > rule.precision.value
        assert (ours.unlabelled, lax.unlabelled, rule.unlabelled) == (0, 0, 0)
