"""The pages over HTTP: what is served, and what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from lightkeeper.errors import InputError
from lightkeeper.evidence.manifest import listed
from lightkeeper.publish.web import files
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
    one = TestClient(app, client=("192.0.2.1", 1), base_url="http://localhost")
    two = TestClient(app, client=("192.0.2.2", 1), base_url="http://localhost")
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


@pytest.mark.parametrize(
    "name",
    [".env", "sealed/case/data/blinding.txt", "synthetic-2031/.htpasswd", "synthetic-2031/notes.txt", "notes.txt"],
)
def test_only_what_a_build_wrote_is_served(served: Path, tmp_path: Path, name: str) -> None:
    """A folder of built cases may hold sealed bundles with the secret of their blinding, and what people put there."""
    root = tmp_path / "copy"
    shutil.copytree(served, root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("a secret")
    visits = visitor(root)
    assert visits.get(f"/{name}").status_code == 404
    assert visits.get("/synthetic-2031/index.html").status_code == 200


def test_every_file_of_a_manifest_is_served_and_the_manifest_too(served: Path, client: TestClient) -> None:
    names = listed(served / "synthetic-2031")
    assert len(names) > 20
    for name in [*names, "manifest-sha256.txt"]:
        assert client.get(f"/synthetic-2031/{name}").content == (served / "synthetic-2031" / name).read_bytes(), name


@pytest.mark.parametrize("path", ["/", "/synthetic-2031/", "/style.css", "/api/v1/cases", "/api/openapi.json", "/none"])
def test_every_get_has_its_head_with_the_same_headers_and_no_body(client: TestClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_no_refusal_may_be_kept_by_a_cache(served: Path, client: TestClient) -> None:
    few = TestClient(app_of(served, per_second=0.5, burst=1), base_url="http://localhost")
    assert few.get("/style.css").headers["cache-control"] == "public, max-age=60"
    for answer in (few.get("/style.css"), client.post("/"), client.get("/none"), client.get("/api/v1/cases/none")):
        assert answer.status_code in (404, 405, 429)
        assert answer.headers["cache-control"] == "no-store"


def test_a_page_is_packed_for_whoever_takes_it_and_asked_for_anew_only_when_it_changed(client: TestClient) -> None:
    plain = client.get("/style.css", headers={"accept-encoding": "identity"})
    packed = client.get("/style.css", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    for first in (plain, packed):
        given = {
            "if-none-match": f'"other", W/{first.headers["etag"]}',
            "accept-encoding": first.request.headers["accept-encoding"],
        }
        again = client.get("/style.css", headers=given)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_page_that_was_built_again_is_seen(served: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(served, root)
    visits = visitor(root)
    before = visits.get("/style.css")
    (root / "style.css").write_text("body { color: black }")
    after = visits.get("/style.css", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.text) == (200, "body { color: black }")


def test_what_is_kept_in_memory_has_a_bound(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEPT_MAX", 200_000)
    kept = files.Files(served)
    for name in listed(served / "synthetic-2031"):
        kept._answer(f"/synthetic-2031/{name}", Headers({}))
    assert kept._bytes == sum(len(one.body) + len(one.packed or b"") for one in kept._kept.values()) <= 200_000
