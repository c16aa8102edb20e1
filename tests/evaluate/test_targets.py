"""Published findings as targets of evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.evaluate.targets import targets, truth_of, truths

LABEL = {
    "event_id": "e1", "title": "X blocks Y", "probe_cc": "TZ", "asn_scope": [64500], "target_set": ["y.example"],
    "onset_earliest": "2022-08-08T00:00:00", "onset_latest": "2022-08-09T00:00:00", "resolution_latest": None,
    "source_urls": ["https://explorer.ooni.org/findings/1"],
}  # fmt: skip
LATE_S = 1_700_000_000


def read(**more: object) -> tuple[list, list]:
    return targets(json.dumps({"events": [LABEL | more]}).encode())


def test_a_finding_names_country_networks_domains_and_a_bracket() -> None:
    [[target], aside] = read()
    assert (target.country, target.asns, target.domains) == ("TZ", (64500,), ("y.example",))
    assert (target.onset_latest - target.onset_earliest).days == 1
    assert not aside


@pytest.mark.parametrize(
    "wrong",
    [
        {"probe_cc": ""}, {"target_set": []}, {"target_set": ["<script>"]}, {"onset_earliest": None},
        {"onset_earliest": "soon"}, {"onset_latest": "2022-08-01T00:00:00"}, {"resolution_latest": "2020-01-01T00:00"},
    ],
)  # fmt: skip
def test_a_record_that_is_no_target_is_set_aside_with_its_reason(wrong: dict) -> None:
    found, [(where, why)] = read(**wrong)
    assert not found
    assert where == "event 1"
    assert why


def test_a_target_is_a_truth_about_the_series_that_it_fits_and_no_other() -> None:
    [target] = read()[0]
    names = [
        "ooni/blocked/y.example/TZ/AS64500", "ooni/blocked/y.example/TZ/AS64501", "ooni/blocked/y.example/TZ",
        "ooni/blocked/y.example/KE", "ooni/blocked/z.example/TZ",
    ]  # fmt: skip
    truth = truth_of(target, names, LATE_S)
    assert truth is not None
    assert truth.series == {names[0], names[2]}
    assert truth.source == "https://explorer.ooni.org/findings/1"
    assert truth_of(target, names[3:], LATE_S) is None


def test_a_target_after_the_end_of_the_data_is_not_asked_for() -> None:
    assert truths(read()[0], ["ooni/blocked/y.example/TZ"], 1_600_000_000) == []


def test_a_file_that_is_no_list_of_labels_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"events\.json"):
        targets(b"[1, 2")


def test_the_published_findings_are_expressible(shared: Path) -> None:
    found, aside = targets((shared / "ooni" / "labels" / "events.json").read_bytes())
    assert len(found) + len(aside) == 68
    assert len(found) >= 60
    assert all(t.domains and t.country for t in found)
