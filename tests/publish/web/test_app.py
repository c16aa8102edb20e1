"""The pages over HTTP: what is served, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lightkeeper.errors import InputError
from lightkeeper.publish.web.app import app_of
from lightkeeper.publish.web.guard import HEADERS, Guard, Receive, Scope, Send
from lightkeeper.publish.web.library import Library, NotThere
from publish.web.site import visitor


def test_pages_feeds_and_data_are_served_as_they_were_built(served: Path, client: TestClient) -> None:
    for name in ("countries/XA.html", "synthetic-2031/index.html", "synthetic-2031/feeds/country.atom", "style.css"):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200, name
        assert answer.content == (served / name).read_bytes()


@pytest.mark.parametrize("path", ["/", "/synthetic-2031/", "/api/v1/cases", "/api/openapi.json", "/none"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(client: TestClient, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/synthetic-2031/..%5c..%5cx",
        "/%00",
    ],
)
def test_nothing_outside_the_folder_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (400, 404)


def test_a_link_out_of_the_folder_is_not_followed(served: Path, tmp_path: Path) -> None:
    import shutil

    root = tmp_path / "copy"
    shutil.copytree(served, root)
    (tmp_path / "secret.txt").write_text("secret")
    (root / "secret.txt").symlink_to(tmp_path / "secret.txt")
    assert visitor(root).get("/secret.txt").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_sent(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/v1/cases")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_what_would_change_something_does_not_reach_the_application() -> None:
    """CSRF: even a route that would take it, should one be added, never hears of it."""
    heard: list[str] = []

    async def eager(scope: Scope, _receive: Receive, send: Send) -> None:
        heard.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = TestClient(Guard(eager))
    assert client.post("/", headers={"origin": "https://evil.example"}).status_code == 405
    assert client.get("/").status_code == 200
    assert heard == ["GET"]


@pytest.mark.parametrize("name", ["..", "../other", "/etc", ".", "", "A", "a/b"])
def test_the_library_reads_no_case_outside_its_folder(served: Path, tmp_path: Path, name: str) -> None:
    import shutil

    shutil.copytree(served / "synthetic-2031", tmp_path / "other")
    for path in ("ledger.json", "root/ledger.json"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(served / "synthetic-2031" / "ledger.json", tmp_path / path)
    with pytest.raises(NotThere, match="no such case"):
        Library(tmp_path / "root").read(name, "ledger")


def test_another_name_than_its_own_is_refused(client: TestClient, served: Path) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    known = TestClient(app_of(served, ["watch.example"]))
    assert known.get("/", headers={"host": "watch.example"}).status_code == 200


def test_a_visitor_who_asks_too_often_waits_and_others_do_not(served: Path) -> None:
    app = app_of(served, per_second=0.5, burst=3)
    one = TestClient(app, client=("192.0.2.1", 1))
    two = TestClient(app, client=("192.0.2.2", 1))
    assert [one.get("/style.css").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert one.get("/style.css").headers["retry-after"] in ("1", "2", "3")
    assert two.get("/style.css").status_code == 200


def test_no_address_of_a_visitor_is_kept() -> None:
    async def nothing(*_: object) -> None: ...

    now = [0.0]
    guard = Guard(nothing, clock=lambda: now[0])
    guard._wait({"client": ("192.0.2.77", 5)})
    assert "192.0.2.77" not in repr(vars(guard))
    now[0] = 120.0
    guard._wait({"client": ("192.0.2.78", 5)})
    assert len(guard._left) == 1


def test_a_folder_without_a_built_case_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="case build"):
        app_of(tmp_path)


def test_the_policy_lets_nothing_run_and_nothing_come_from_elsewhere(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    told = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert told.pop("img-src") == "'self' data:"
    assert {name for name, value in told.items() if value == "'self'"} == {"style-src", "font-src"}
    assert {name for name, value in told.items() if value == "'none'"} == {
        "default-src", "base-uri", "form-action", "frame-ancestors",
    }  # fmt: skip
    assert len(told) == 6


def test_only_a_page_made_for_it_may_stand_in_a_frame(served: Path, client: TestClient) -> None:
    page = next((served / "synthetic-2031" / "embed").iterdir()).name
    framed = client.get(f"/synthetic-2031/embed/{page}").headers["content-security-policy"]
    assert framed == HEADERS["content-security-policy"].replace("frame-ancestors 'none'", "frame-ancestors *")
    for path in ("/embed/index.html", "/synthetic-2031/embed/", "/synthetic-2031/embed/../index.html",
                 "/synthetic-2031/embed/..%2findex.html", "/synthetic-2031/law.html"):  # fmt: skip
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"], path
