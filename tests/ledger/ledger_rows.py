"""Small rows for the tests of the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from lightkeeper.ledger import answer
from lightkeeper.model import Ask, Document, Incident, Measurement, Verdict
from lightkeeper.model.case import Case

SOURCE = {"title": "test", "read_on": date(2026, 1, 1)}
VOTE = datetime(2021, 6, 18, 12, tzinfo=UTC)
NETWORKS = (44244, 197207, 58224)


def case(**more: Any) -> Case:
    """Window: 10 local days, 14 to 23 June 2021."""
    operators = (("irancell", "mobile", 44244), ("mci", "mobile", 197207), ("tci", "fixed", 58224))
    watched = (("signal", "messaging"), ("instagram", "social"), ("tor", "vpn"))
    topics = (("A1", "platforms"), ("A2", "vpn"), ("A3", "quality"), ("A4", "notice"))
    facts: dict[str, Any] = {
        "id": "test", "title": "Test", "country": "IR", "country_name": "Iran", "timezone": "Asia/Tehran",
        "summary": "Test.",
        "asks": [
            {"id": i, "topic": t, "short": t, "wording": t, "needs_assurance": t == "platforms"} for i, t in topics
        ],
        "event": {
            "kind": "election", "name": "Election", "day": VOTE.date(), "source": SOURCE,
            "watch_days_before": 4, "watch_days_after": 5,
        },
        "operators": [
            {"id": i, "name": i.upper(), "kinds": [k], "asns": [n], "source": SOURCE} for i, k, n in operators
        ],
        "watched": [{"id": i, "name": i.title(), "kind": k, "targets": [f"{i}/*"]} for i, k in watched],
    }  # fmt: skip
    return Case.model_validate({**facts, **more})


def incident(name: str = "IR-1", rung: str = "corroborated", **more: Any) -> Incident:
    facts: dict[str, Any] = {
        "incident_id": name, "country": "IR", "kind": "outage", "title": f"Outage {name}", "rung": rung,
        "rung_reason": "Why.", "onset_earliest": VOTE, "onset_latest": VOTE + timedelta(minutes=10),
        "end_earliest": VOTE + timedelta(hours=2), "end_latest": VOTE + timedelta(hours=3), "in_window": True,
    }  # fmt: skip
    return Incident(**{**facts, **more})


def document(name: str, kind: str = "news", **more: Any) -> Document:
    facts: dict[str, Any] = {
        "document_id": name, "kind": kind, "publisher": "P", "title": name, "claim": "c", "country": "IR",
        "published_on": VOTE.date(),
    }  # fmt: skip
    return Document(**{**facts, **more})


Rows = tuple[list[Measurement], list[Verdict]]


def measured(
    service: str, state: str, *, days: range = range(-4, 6), asns: tuple[int, ...] = NETWORKS, each: int = 3,
    sessions: int = 3, kinds: int = 2, **more: Any,
) -> Rows:  # fmt: skip
    """Measurements of one service: `each` a day on each network, from `sessions` sessions of `kinds` softwares."""
    measurements, verdicts = [], []
    for day in days:
        for asn in asns:
            for i in range(each):
                name = f"{service}-{state}-{day}-{asn}-{i}"
                target = f"{service}/service"
                measurements.append(
                    Measurement(
                        measurement_id=name, report_id=f"r-{day}-{asn}-{i % sessions}", test_name=service,
                        probe_cc="IR", probe_asn=asn, target=target, started_at=VOTE + timedelta(days=day, minutes=i),
                        software=f"probe {i % sessions % kinds}", file_sha256="0" * 64, file_line=1,
                    )
                )  # fmt: skip
                facts = {"measurement_id": name, "target": target, "layer": "all", "state": state, "rule": "r"}
                verdicts.append(Verdict(**{**facts, "ruleset": "1", **more}))
    return measurements, verdicts


def together(*rows: Rows) -> Rows:
    return [m for one, _ in rows for m in one], [v for _, other in rows for v in other]


def ledger(
    incidents: list[Incident] | None = None, documents: list[Document] | None = None, rows: Rows = ([], []), **more: Any
) -> dict[tuple[str, str | None], Ask]:
    asks = answer(case(**more), incidents or [], documents or [], *rows)
    return {(a.ask_id, a.operator): a for a in asks}
