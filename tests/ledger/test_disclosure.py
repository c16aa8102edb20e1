"""Of each disruption: who told users, who acknowledged it, how long it lasted; or that it is not on record."""

from __future__ import annotations

from datetime import timedelta

from ledger.ledger_rows import VOTE, case, document, incident
from lightkeeper.ledger.disclosure import disclosures
from lightkeeper.model import Document, Incident


def only(incidents: list[Incident], documents: list[Document]):  # type: ignore[no-untyped-def]
    (found,) = disclosures(case(), incidents, documents)
    return found


def test_what_is_not_on_record_is_empty_and_not_a_no() -> None:
    found = only([incident(end_earliest=None, end_latest=None)], [])
    assert (found.notices, found.told, found.acknowledged, found.denied, found.naming) == ([], frozenset(), [], [], [])
    assert (found.restored_after, found.lead_days) == (None, None)


def test_the_lead_time_is_counted_in_local_days_from_the_earliest_the_onset_can_have_been() -> None:
    late = VOTE.replace(hour=21)  # the next day in Tehran
    rows = [incident(onset_earliest=VOTE, onset_latest=late)]
    found = only(rows, [document("n", "notice", published_on=(VOTE - timedelta(days=2)).date())])
    assert [(n.least_days_before, n.most_days_before) for n in found.notices] == [(2, 3)]
    assert found.lead_days == 2


def test_a_notice_on_the_day_or_after_it_has_no_lead() -> None:
    same, after = (document(f"n{k}", "notice", published_on=(VOTE + timedelta(days=k)).date()) for k in (0, 2))
    found = only([incident()], [after, same])
    assert [n.least_days_before for n in found.notices] == [0, -2]
    assert found.lead_days is None


def test_yes_and_no_of_the_government_stand_side_by_side_with_their_documents() -> None:
    documents = [document("a", acknowledged=True), document("b", acknowledged=False), document("c", acknowledged=True)]
    found = only([incident(documents=["a", "b"])], documents)
    assert [d.document_id for d in found.acknowledged] == ["a"]
    assert [d.document_id for d in found.denied] == ["b"]


def test_an_authority_is_named_only_where_the_document_names_somebody() -> None:
    documents = [document("a", ordered_by="Unknown"), document("b", ordered_by="Ministry of Posts")]
    assert [d.document_id for d in only([incident(documents=["a", "b"])], documents).naming] == ["b"]


def test_the_time_to_restore_has_two_ends() -> None:
    assert only([incident()], []).restored_after == (timedelta(hours=1, minutes=50), timedelta(hours=3))


def test_retracted_ones_and_those_outside_the_window_are_left_out_and_blocked_apps_are_not() -> None:
    rows = [
        incident("r", "retracted"), incident("o", in_window=False),
        incident("b", kind="service_block", services=["signal"]), incident("k"),
    ]  # fmt: skip
    assert [d.incident.incident_id for d in disclosures(case(), rows, [])] == ["b", "k"]
