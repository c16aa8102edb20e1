"""A synthetic book: a small invented case. Nothing in it happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from lightkeeper.incidents.cause import hypotheses
from lightkeeper.judge import rules as _rules  # noqa: F401 registers the rules
from lightkeeper.judge.rule import rules_in_force
from lightkeeper.ledger.cost import costs
from lightkeeper.ledger.law import law_of
from lightkeeper.ledger.worksheet import worksheets
from lightkeeper.model import Ask, Document, Event, File, Incident, Measurement, Member, Observation, Signal, Verdict
from lightkeeper.model.act import FIRST, Act
from lightkeeper.model.case import Case
from lightkeeper.model.reference import Ratification
from lightkeeper.publish.book import Book

SHA = "ab" * 32
SOURCE = {"title": "Synthetic gazette, no. 7", "url": "https://example.org/gazette/7", "read_on": "2031-01-02"}
VOTE = date(2031, 3, 14)
ANSWERS = ["untested", "partly", "breached", "disputed", "insufficient", "met"]


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A time `day` days after 1 March 2031."""
    return datetime(2031, 3, 1, hour, minute, tzinfo=UTC) + timedelta(days=day)


def case(**changes: Any) -> Case:
    topics = [("A1", "platforms"), ("A2", "vpn"), ("A3", "quality"), ("A4", "notice")]
    fields: dict[str, Any] = {
        "id": "synthetic-2031",
        "title": "Synthetic case: Arcadia, election of 14 March 2031",
        "country": "XA",
        "country_name": "Arcadia",
        "timezone": "Asia/Tehran",
        "summary": "A synthetic case. Nothing in it happened.",
        "letter": {
            "title": "Open letter to Arcadia (synthetic)",
            "written_on": "2031-03-13",
            "addressees": ["President of Arcadia"],
            "cc": ["Ministry of Posts"],
            "signatories": ["Zebra Watch", "émeraude Group", "Acorn Society"],
            "contact": "press@example.org",
            "opening": "to keep all channels open throughout the election.",
            "definition": "A shutdown is an intentional disruption.",
            "source": SOURCE,
        },
        "event": {"kind": "presidential election", "name": "Arcadian election", "day": VOTE, "source": SOURCE},
        "asks": [
            {"id": i, "topic": t, "short": f"Keep {t} open", "wording": f"Refrain from harming {t} of the people;"}
            for i, t in topics
        ],
        "operators": [
            {"id": "alpha", "name": "Alpha Telecom", "kinds": ["mobile"], "asns": [4100000001], "source": SOURCE},
            {
                "id": "beta",
                "name": "Beta Net",
                "kinds": ["fixed", "transit"],
                "asns": [4100000002, 4100000003],
                "source": SOURCE,
            },
        ],
        "watched": [{"id": "signal", "name": "Signal", "kind": "messaging", "targets": ["signal/*"]}],
        "history": [
            {
                "from_day": "2027-05-01",
                "to_day": "2027-05-03",
                "what": "The network was cut for three days.",
                "letter_says": "the dark days of 2027",
                "sources": [SOURCE, {"title": "Second source", "read_on": "2031-01-03"}],
            }
        ],
        "law": [
            {
                "instrument": "Covenant, article 19",
                "says": "Everyone may seek information.",
                "binds": "ratified",
                "source": SOURCE,
            }
        ],
        "series": [
            {
                "reader": "tor_users",
                "path": "series/tor.csv",
                "entity": "XA",
                "title": "Tor users in Arcadia",
                "topic": "vpn",
                "from_day": "2031-02-01",
                "to_day": "2031-04-01",
                "licence": "CC0",
                "source": SOURCE,
            }
        ],
        "measurements_licence": "CC BY-NC-SA 4.0",
        "costs": {
            "inputs": {
                "gdp_usd": 36.5e9,
                "gdp_year": 2030,
                "gdp_source": SOURCE,
                "population": 45e6,
                "population_source": SOURCE,
                "connectivity": ["low", "medium"],
                "connectivity_source": SOURCE,
            },
            "published": [
                {"by": "Cost Counters", "method": "their tool", "usd": 9e6, "document_ids": ["doc-1"], "source": SOURCE}
            ],
        },
    }
    return Case.model_validate({**fields, **changes})


def incident(number: int, day: int, **changes: Any) -> Incident:
    kinds = ["outage", "service_block", "circumvention_drop", "throttling", "record"]
    rungs = ["signal", "corroborated", "confirmed", "attributed", "disputed", "retracted"]
    fields: dict[str, Any] = {
        "incident_id": f"XA-{day}-{number:04d}",
        "country": "XA",
        "kind": kinds[number % 5],
        "title": f"Synthetic incident {number}",
        "rung": rungs[number % 6],
        "rung_reason": "Two kinds of witness saw it.",
        "scopes": ["country:XA"] if number % 2 else ["region:North", "asn:4100000001"],
        "networks": ["mobile"],
        "operators": ["alpha"] if number % 2 == 0 else [],
        "services": ["signal"] if number % 5 == 1 else [],
        "onset_earliest": at(day, 1),
        "onset_latest": at(day, 2),
        "end_earliest": at(day + number % 3, 5),
        "end_latest": at(day + number % 3, 9),
        "lineages": ["control_plane", "active_probing"],
        "lineages_silent": ["telescope"],
        "contrary": ["A cable fault was announced for that day."],
        "not_looked_for": ["Power cuts: there is no source here."],
        "causes_claimed": ["Exam cheating, claimed by the ministry"],
        "in_window": -17 <= day <= 27,
    }
    return Incident(**{**fields, **changes})


def tor_rows() -> list[Signal]:
    rows = []
    for n in range(60):
        day = datetime(2031, 2, 1, tzinfo=UTC) + timedelta(days=n)
        value = None if n in (20, 21) else (900.0 if 40 <= n <= 43 else 3000.0 + 40 * (n % 7))
        rows.append(
            Signal(
                series="tor_users/tor_direct_users/XA",
                step_at=day,
                step_s=86400,
                source="tor_users",
                lineage="circumvention",
                entity_type="country",
                entity="XA",
                metric="tor_direct_users",
                unit="users a day, estimated",
                value=value,
                expected=3100.0,
                expected_low=2600.0,
                expected_high=3600.0,
                missing="gap_in_source" if value is None else None,
                file_sha256=SHA,
            )
        )
    return rows


def joined(state: str = "party") -> list[Ratification]:
    """What Arcadia has done with treaties: the covenant as `state` says, the protocol not joined."""
    facts: dict[str, Any] = {"country": "XA", "source": "Synthetic list", "checked_on": VOTE, "read_on": VOTE}
    since = None if state == "none" else date(1975, 6, 24)
    return [
        Ratification(instrument="iccpr", status=state, since=since, **facts),  # type: ignore[arg-type]
        Ratification(instrument="iccpr-op1", status="none", **facts),
    ]


def acts() -> list[Act]:
    """A signature and a dispute of the incident that holds the statement."""
    done = (("promote", "A. Reviewer"), ("dispute", "B. Reader"))
    return [
        Act(number=n, at=at(30 + n), by=by, verb=verb, incident_ids=["XA-13-0002"], events=["ev/1"],
            documents=["doc-1"], because=f"Reason number {n} of {by}", before=FIRST)  # type: ignore[arg-type]
        for n, (verb, by) in enumerate(done, 1)
    ]  # fmt: skip


def synthetic_book(**changes: Any) -> Book:
    the_case = changes.pop("case", None) or case()
    begin, end = the_case.window
    asks = [
        Ask(
            case_id=the_case.id,
            ask_id=wording.id,
            topic=wording.topic,
            operator=operator,
            window_from=begin,
            window_to=end,
            answer=ANSWERS[(n + 2 * k) % 6],
            rule="synthetic.rule",
            reasons=[f"Reason for {wording.id} and {operator or 'the country'}."],
            missing=["Measurements by volunteers inside the country."],
            evidence=["XA-13-0002", "doc-1", "m-1", "not-in-the-book"],
            measurements=12,
            networks=2,
            days_measured=3,
            days_in_window=45,
            coverage="Twelve measurements on 3 of 45 days.",
        )
        for n, wording in enumerate(the_case.asks)
        for k, operator in enumerate([None, "alpha"])
    ]
    document = Document(
        document_id="doc-1",
        kind="statement",
        publisher="Ministry of Posts",
        title="On the closing of the lines",
        published_on=date(2031, 3, 15),
        claim="It says that the lines were closed.",
        country="XA",
        cause_claimed="Exams",
        url="https://example.org/statement",
        dataset="Synthetic set, row 3",
        read_on=date(2031, 4, 1),
        row="documents.csv:2",
        flags=["estimated_start"],
    )
    event = Event(
        event_id="ev/1",
        kind="circumvention_drop",
        source="lightkeeper.detect",
        country="XA",
        entity_type="country",
        entity="XA",
        onset_earliest=at(12),
        onset_latest=at(13),
        lineages=["circumvention"],
        members=["tor_users/tor_direct_users/XA"],
        severity=0.7,
        note="Users fell.",
    )
    incidents = [incident(n, day) for n, day in enumerate([-900, -400, 13, 13, 13, 14, 14, 15, 20, 60, 200], start=0)]
    incidents[2] = incident(2, 13, events=["ev/1"], documents=["doc-1"], end_earliest=None, end_latest=None)
    book = Book(
        case=the_case,
        headline="Synthetic: one ask was breached, and one was never measured.",
        ruleset="2031.1-abcdef",
        rules=[rule for layer in rules_in_force().values() for rule in layer],
        version="0.0.0",
        built_from="cd" * 32,
        asks=asks,
        incidents=incidents,
        hypotheses=hypotheses(the_case, incidents, [event], [document]),
        acts=acts(),
        law=law_of(joined(), VOTE),
        worksheets=worksheets(the_case, incidents, [document]),
        costs=costs(the_case, incidents),
        documents=[document],
        events=[event],
        members=[
            Member(
                event_id="ev/1",
                series="tor_users/tor_direct_users/XA",
                role="moved",
                lineage="circumvention",
                entity_type="country",
                entity="XA",
                kind="drop",
                onset_earliest=at(11),
                onset_latest=at(13),
                end_earliest=at(15),
                end_latest=at(17),
                severity=0.7,
            ),
            Member(
                event_id="ev/1",
                series="blocked_share/openvpn/XA",
                role="sign",
                lineage="in_country",
                entity_type="country",
                entity="XA",
                onset_latest=at(10),
                sign="circumvention_blocked",
            ),
        ],
        files=[
            File(
                sha256=SHA,
                source="tor_users",
                url="series/tor.csv",
                retrieved_at=at(40),
                bytes=1234,
                media_type="text/csv",
                licence="CC0",
            )
        ],
        signals={"tor_users/tor_direct_users/XA": tor_rows()},
        series_names=[["tor_users/tor_direct_users/XA"]],
        measurements=[
            Measurement(
                measurement_id="m-1",
                report_id="20310314T012345Z_session",
                test_name="web_connectivity",
                probe_cc="XA",
                probe_asn=4100000001,
                input="https://example.org/",
                target="example.org",
                started_at=at(13, 4, 47),
                file_sha256=SHA,
                file_line=7,
            )
        ],
        verdicts=[
            Verdict(
                measurement_id="m-1",
                target="example.org",
                layer="all",
                state="blocked",
                mechanism="http.blockpage",
                rule="http.blockpage",
                reasons=["A known block page came back."],
                ruleset="2031.1-abcdef",
            )
        ],
        observations=[Observation(measurement_id="m-1", number=0, target="example.org", http_title="Blocked by order")],
        set_aside=[{"file": "outages.csv", "line": 9, "error": "No begin", "remedy": "Write began_at."}],
    )
    return replace(book, **changes)


def regions_book(regions: int) -> Book:
    """A book with one series of requests in each of some regions."""
    rows = {
        f"x/requests/XA-{n:02d}": [
            msgspec.structs.replace(
                row,
                series=f"x/requests/XA-{n:02d}",
                source="x",
                lineage="traffic",
                entity_type="region",
                entity=f"XA-{n:02d}",
                metric="requests",
            )
            for row in tor_rows()
        ]
        for n in range(regions)
    }
    return synthetic_book(signals=rows, series_names=[list(rows)])
