"""QUIC: a cut accuses where the control completes, silence only where QUIC passes to another server on the line."""

from __future__ import annotations

import pytest

from judge.web_records import SITE, Record, load, verdicts_of
from lightkeeper.model import Verdict

OTHER = "93.184.216.99"


def record(failure: str, *, control: dict[str, object] | None, others: tuple[str, ...] = (), ip: str = SITE) -> Record:
    """A page that came over TCP, and a QUIC handshake that failed like that."""

    def at(address: str) -> str:
        return f"[{address}]:443" if ":" in address else f"{address}:443"

    made = load("successWithHTTP")
    keys = made["test_keys"]
    name = next(q["hostname"] for q in keys["queries"])
    shakes = [{"address": at(ip), "server_name": name, "failure": failure}]
    keys["quic_handshakes"] = shakes + [{"address": at(o), "server_name": name, "failure": None} for o in others]
    keys["control"]["quic_handshake"] = {at(ip): control} if control else {}
    return made


def quic_and_whole(made: Record) -> tuple[Verdict, Verdict]:
    found = verdicts_of(made)
    return next(v for v in found if v.layer == "quic"), found[-1]


WORKS: dict[str, object] = {"status": True, "failure": None}
FAILS: dict[str, object] = {"status": False, "failure": "generic_timeout_error"}


@pytest.mark.parametrize(
    ("made", "state", "mechanism", "rule"),
    [
        (record("connection_reset", control=WORKS), "blocked", "quic.reset", "quic.cut_where_control_completes"),
        (record("eof_error", control=WORKS), "blocked", "quic.eof", "quic.cut_where_control_completes"),
        (
            record("generic_timeout_error", control=WORKS),
            "insufficient",
            None,
            "quic.silent_where_control_completes",
        ),
        (
            record("generic_timeout_error", control=WORKS, others=(OTHER,)),
            "blocked",
            "quic.timeout",
            "quic.silent_here_alone",
        ),
        (record("generic_timeout_error", control=FAILS, others=(OTHER,)), "down", None, "quic.fails_as_at_control"),
        (record("connection_reset", control=None), "insufficient", None, "quic.fails_without_control"),
        (
            record("generic_timeout_error", control=WORKS, others=(OTHER,), ip="2606:2800:220:1::1"),
            "insufficient",
            None,
            "quic.silent_where_control_completes",
        ),
    ],
    ids=["reset", "eof", "silence", "silence_here_alone", "down", "no_control", "silence_over_ipv6"],
)
def test_a_handshake_is_judged_by_the_controls_and_by_the_lines_own(
    made: Record, state: str, mechanism: str | None, rule: str
) -> None:
    found, _ = quic_and_whole(made)
    assert (found.state, found.mechanism, found.rule) == (state, mechanism, rule)


def test_a_page_that_came_over_tcp_stays_open_and_says_what_happened_to_quic() -> None:
    layer, whole = quic_and_whole(record("connection_reset", control=WORKS))
    assert (layer.state, whole.state, whole.deciding_layer) == ("blocked", "ok", "http")
    assert any("QUIC" in reason or "handshake is cut" in reason for reason in whole.reasons)
