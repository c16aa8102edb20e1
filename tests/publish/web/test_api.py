"""The JSON API."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from lightkeeper.model import Incident
from lightkeeper.publish.web.app import app_of
from publish.synthetic_kit import synthetic_book

CASE = "/api/v1/cases/synthetic-2031"
EVENT = synthetic_book().case.event


@pytest.fixture(scope="module")
def described(served: Path) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app_of(served, ["testserver"], burst=1_000_000))


PATHS = ("", "/{case}", "/{case}/asks", "/{case}/incidents", "/{case}/incidents/{incident}", "/{case}/documents")


@pytest.mark.parametrize("path", [f"/api/v1/cases{path}" for path in PATHS])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_answer_is_as_the_description_says(
    path: str, described: schemathesis.BaseSchema, data: st.DataObject
) -> None:
    case = data.draw(described[path]["GET"].as_strategy())
    if data.draw(st.booleans()) and "case" in (case.path_parameters or {}):
        case.path_parameters["case"] = "synthetic-2031"
    case.call_and_validate()


def test_every_path_of_the_description_is_tried(described: schemathesis.BaseSchema) -> None:
    assert {f"/api/v1/cases{path}" for path in PATHS} == set(described.raw_schema["paths"])


def test_the_cases_are_listed_with_their_answers(client: TestClient) -> None:
    (case,) = client.get("/api/v1/cases").json()
    assert (case["id"], case["country"]) == ("synthetic-2031", "XA")
    assert set(case["answers"]) == {"A1", "A2", "A3", "A4"}


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2031, 3, 13, 9, tzinfo=UTC), 1),
        (datetime(2031, 3, 13, 21, tzinfo=UTC), 0),  # the clocks of Tehran show the 14th
        (datetime(2031, 3, 14, 9, tzinfo=UTC), 0),
        (datetime(2032, 3, 13, 9, tzinfo=UTC), -365),
    ],
)
def test_a_case_tells_the_day_of_its_vote_and_how_far_it_is(served: Path, now: datetime, days: int) -> None:
    client = TestClient(app_of(served, burst=10_000, clock=lambda: now), base_url="http://localhost")
    for told in (client.get("/api/v1/cases").json()[0], client.get(CASE).json()):
        assert (told["event"], told["event_day"], told["days_to_event"]) == (EVENT.name, "2031-03-14", days)


def test_the_description_says_what_the_days_are(client: TestClient) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    for name in ("CaseSummary", "CaseDetail"):
        told = schemas[name]
        assert {"event", "event_day", "days_to_event"} <= set(told["required"])
        assert told["properties"]["event_day"]["format"] == "date"
        assert "clocks of the country" in told["properties"]["days_to_event"]["description"]


def test_incidents_can_be_asked_for_by_rung_service_operator_and_time(client: TestClient) -> None:
    every = client.get(f"{CASE}/incidents").json()
    assert every["total"] == len(synthetic_book().incidents)
    for query, holds in (
        ({"rung": "signal"}, lambda i: i["rung"] == "signal"),
        ({"operator": "alpha"}, lambda i: "alpha" in i["operators"]),
        ({"service": "signal"}, lambda i: "signal" in i["services"]),
        ({"in_window": "true"}, lambda i: i["in_window"]),
        ({"since": "2031-03-15T00:00:00Z"}, lambda i: i["onset_latest"] >= "2031-03-15"),
    ):
        found = client.get(f"{CASE}/incidents", params=query).json()["items"]
        assert 0 < len(found) < every["total"], query
        assert all(map(holds, found)), query


def test_pages_of_a_list_make_the_whole(client: TestClient) -> None:
    whole = client.get(f"{CASE}/incidents").json()["items"]
    parts = [client.get(f"{CASE}/incidents", params={"offset": n, "limit": 3}).json()["items"] for n in range(0, 12, 3)]
    assert [i for part in parts for i in part] == whole


def test_one_incident_brings_its_documents_and_events(client: TestClient) -> None:
    incident = next(i for i in synthetic_book().incidents if i.documents)
    found = client.get(f"{CASE}/incidents/{incident.incident_id}").json()
    assert [d["document_id"] for d in found["documents"]] == incident.documents
    assert [e["event_id"] for e in found["events"]] == incident.events


def test_the_country_s_lines_can_be_told_from_the_operators(client: TestClient) -> None:
    items = client.get(f"{CASE}/asks", params={"operator": "country"}).json()["items"]
    assert {i["operator"] for i in items} == {None}
    assert len(items) == 4


def test_the_description_says_what_each_column_means(client: TestClient) -> None:
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    told = schemas["Incident"]["properties"]
    assert {c.name for c in Incident.columns()} == set(told)
    assert all(about["description"] for about in told.values())


@pytest.mark.parametrize(
    "path", ["/api/v1/cases/none", f"{CASE}/incidents/none", "/api/v1/cases/..%2f..%2fetc", "/api/v1/cases/A"]
)
def test_what_is_not_there_is_said_in_words(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert answer.json()["detail"]


def test_a_damaged_ledger_is_a_404_and_no_crash_and_the_rest_stays(served: Path, tmp_path: Path) -> None:
    import shutil

    root = tmp_path / "copy"
    shutil.copytree(served, root)
    (root / "broken").mkdir()
    (root / "broken" / "ledger.json").write_text('{"case": [')
    client = TestClient(app_of(root), base_url="http://localhost", raise_server_exceptions=False)
    assert client.get("/api/v1/cases/broken").status_code == 404
    assert [c["id"] for c in client.get("/api/v1/cases").json()] == ["synthetic-2031"]


def test_a_new_build_is_seen_without_a_restart(served: Path, tmp_path: Path) -> None:
    import shutil

    root = tmp_path / "copy"
    shutil.copytree(served, root)
    client = TestClient(app_of(root), base_url="http://localhost", raise_server_exceptions=False)
    before = client.get(CASE).json()["headline"]
    path = root / "synthetic-2031" / "ledger.json"
    path.write_bytes(path.read_bytes().replace(before.encode(), b"Another headline, and a longer one than before it."))
    assert client.get(CASE).json()["headline"].startswith("Another headline")
