"""Which asks an incident bears on, and of which of its services."""

from __future__ import annotations

from ledger.ledger_rows import document, incident, ledger

THEN, NOW = (
    "2019-01-01T00:00Z 2019-01-02T00:00Z 2019-03-01T00:00Z 2019-03-02T00:00Z -",
    "2021-06-15T00:00Z 2021-06-16T00:00Z - - -",
)
TWO = {
    "kind": "service_block", "services": ["signal", "tor"], "services_in_window": ["signal"],
    "service_times": [f"{NOW} end_not_known begin_known signal", f"{THEN} ended begin_known tor"],
    "documents": ["d"], "operators": ["mci"], "lineages": ["document"],
}  # fmt: skip


def test_a_service_that_was_released_before_the_window_is_not_answered_for() -> None:
    asks = ledger([incident(rung="confirmed", **TWO)], [document("d", services=["signal", "tor"])])
    assert (asks["A1", None].answer, asks["A2", None].answer) == ("breached", "untested")
    assert (asks["A1", "mci"].answer, asks["A2", "mci"].answer) == ("breached", "untested")


def test_telephony_is_no_platform_and_a_disruption_to_give_notice_of() -> None:
    asks = ledger([incident(kind="service_block", services=["sms"])])
    assert (asks["A1", None].answer, asks["A4", None].answer) == ("untested", "insufficient")


def test_a_whole_cut_that_names_calls_too_is_a_matter_of_quality() -> None:
    assert ledger([incident(services=["sms", "calls"])])["A3", None].answer == "insufficient"
