"""Requests to public sources: tried again where that can help, capped, kept, and never to a private address."""

from __future__ import annotations

import gzip
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpcore
import httpx
import msgspec
import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import SourceUnavailable
from lightkeeper.settings import Settings
from lightkeeper.sources.guard import Refused, is_public
from lightkeeper.sources.transport import GuardedTransport
from lightkeeper.sources.web import NotSent, Web, decode_json, retry_after
from sources.server import Answer, Asked, Play, Replay, replaying


def web(server: Replay, **more: object) -> Web:
    slept: list[float] = []
    made = Web(
        Settings(allow_hosts=[server.host], http_timeout_s=0.5),
        source="test",
        sleep=slept.append,
        **more,  # type: ignore[arg-type]
    )
    made.slept = slept  # type: ignore[attr-defined]
    return made


def in_turn(*answers: Answer) -> Play:
    left = list(answers)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


def test_a_reply_comes_with_its_bytes_its_url_and_is_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with replaying(in_turn(Answer(b'{"a": 1}'))) as server, web(server, archive=archive, licence="CC0") as asker:
        reply = asker.get(f"{server.url}/x", params={"from": "1"})
    assert reply.body == b'{"a": 1}'
    assert reply.file is not None
    assert archive.read(reply.file.sha256) == reply.body
    assert (reply.file.source, reply.file.licence, reply.file.url) == ("test", "CC0", f"{server.url}/x?from=1")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_answer_that_may_be_another_later_is_asked_for_again(status: int) -> None:
    with replaying(in_turn(Answer(b"busy", status), Answer(b"{}"))) as server, web(server) as asker:
        assert asker.get(server.url).body == b"{}"
        assert len(server.asked) == 2
        assert len(asker.slept) == 1


def test_the_pause_is_the_one_that_the_server_asks_for() -> None:
    with (
        replaying(in_turn(Answer(b"", 429, {"Retry-After": "7"}), Answer(b"{}"))) as server,
        web(server) as asker,
    ):
        asker.get(server.url)
        assert asker.slept == [7.0]


def test_a_pause_beyond_two_minutes_ends_the_request_and_says_to_come_back() -> None:
    with replaying(in_turn(Answer(b"", 429, {"Retry-After": "3600"}))) as server, web(server) as asker:
        with pytest.raises(SourceUnavailable, match="fewer requests"):
            asker.get(server.url)
        assert asker.slept == []


def test_an_answer_that_stays_is_not_asked_for_again() -> None:
    with replaying(in_turn(Answer(b"no such country", 404))) as server, web(server) as asker:
        with pytest.raises(SourceUnavailable, match=r"404 \(no such country"):
            asker.get(server.url)
        assert len(server.asked) == 1


def test_a_source_that_stays_broken_is_left_after_five_tries() -> None:
    with replaying(in_turn(Answer(b"", 500))) as server, web(server) as asker:
        with pytest.raises(SourceUnavailable, match="fault of its own"):
            asker.get(server.url)
        assert len(server.asked) == 5


def test_a_reply_that_is_cut_short_is_not_taken_for_whole() -> None:
    with replaying(in_turn(Answer(b"x" * 1000, cut=400), Answer(b"{}"))) as server, web(server) as asker:
        assert asker.get(server.url).body == b"{}"


def test_a_reply_that_comes_too_slowly_ends() -> None:
    slow = in_turn(Answer(b"x" * 10, pause_s=0.7))
    no_answer = pytest.raises(SourceUnavailable, match="no answer")
    with replaying(slow) as server, web(server) as asker, no_answer:
        asker.get(server.url, deadline_s=1)


def test_a_reply_that_unpacks_to_more_than_the_cap_is_refused() -> None:
    bomb = Answer(gzip.compress(b"0" * 5_000_000), headers={"Content-Encoding": "gzip"})
    too_long = pytest.raises(SourceUnavailable, match="longer than 1,000,000 bytes")
    with replaying(in_turn(bomb)) as server, web(server) as asker, too_long:
        asker.get(server.url, max_bytes=1_000_000)


def test_a_redirect_out_of_https_is_refused() -> None:
    away = Answer(b"", 302, {"Location": "http://example.org/"})
    with replaying(in_turn(away)) as server, web(server) as asker, pytest.raises(SourceUnavailable, match="only HTTPS"):
        asker.get(server.url)


def test_redirects_without_end_are_left() -> None:
    def play(asked: Asked) -> Answer:
        return Answer(b"", 302, {"Location": f"/a{len(asked.path)}{asked.path}"})

    with replaying(play) as server, web(server) as asker, pytest.raises(SourceUnavailable, match="too many redirects"):
        asker.get(server.url + "/")


def test_a_token_does_not_follow_a_redirect_to_another_host() -> None:
    with replaying(in_turn(Answer(b"{}"))) as other:
        away = Answer(b"", 302, {"Location": f"http://localhost:{other.server_address[1]}/"})
        with replaying(in_turn(away)) as server:
            hosts = [server.host, f"localhost:{other.server_address[1]}"]
            with Web(Settings(allow_hosts=hosts), source="test") as asker:
                asker.get(server.url, headers={"Authorization": "Bearer secret"})
        assert "authorization" in server.asked[0].headers
        assert "authorization" not in other.asked[0].headers


def test_the_guard_lets_no_name_through_that_leads_home() -> None:
    with httpx.Client(transport=GuardedTransport()) as client, pytest.raises(Refused):
        client.get("https://localhost/")


PUBLIC, HOME = "1.1.1.1", "127.0.0.1"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """To what connections are made; none leaves the machine."""
    found: list[str] = []

    def connect(_: object, host: str, *_more: object, **_named: object) -> None:
        found.append(host)
        raise httpcore.ConnectError("a test connects to nothing")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return found


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server whose answer about `rebind.example` is another each time; the last one stays."""
    left = list(answers)

    def looked_up(host: str, port: int, *_: object, **_named: object) -> list[tuple[object, ...]]:
        assert host == "rebind.example"
        now = left.pop(0) if len(left) > 1 else left[0]
        return [(2, 1, 6, "", (address, port)) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def test_a_name_that_turns_private_after_the_check_gains_nothing(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the connection goes to the address that was checked, and the name is not looked up again."""
    answering(monkeypatch, [PUBLIC], [HOME])
    with httpx.Client(transport=GuardedTransport()) as client, pytest.raises(httpx.ConnectError):
        client.get("https://rebind.example/")
    assert asked == [PUBLIC]


def test_of_a_name_with_public_and_private_addresses_only_the_public_ones_are_tried(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, [HOME, PUBLIC, "10.0.0.8", "::ffff:127.0.0.1"])
    with httpx.Client(transport=GuardedTransport()) as client, pytest.raises(httpx.ConnectError):
        client.get("https://rebind.example/")
    assert asked == [PUBLIC]


SPELLINGS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
    "localhost",
]  # fmt: skip
"""Of an address of this machine: decimal, hexadecimal, octal, short, mapped, by name."""


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_a_private_address_is_connected_to(asked: list[str], host: str) -> None:
    with httpx.Client(transport=GuardedTransport()) as client, pytest.raises((Refused, httpx.InvalidURL)):
        client.get(f"https://{host}/")
    assert asked == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_redirect_leads_to_a_private_address_however_it_is_written(host: str) -> None:
    with replaying(in_turn(Answer(b"private"))) as home:
        port = home.server_address[1]
        away = Answer(b"", 302, {"Location": f"https://{host}:{port}/latest/meta-data"})
        refused = pytest.raises(SourceUnavailable, match=r"not a public address|Invalid IPv4")
        with replaying(in_turn(away)) as server, web(server) as asker, refused:
            asker.get(server.url)
        assert home.asked == []


def test_a_proxy_of_the_environment_is_not_used(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look the name up itself, past the guard."""
    answering(monkeypatch, [PUBLIC])
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Web(Settings(), source="test", sleep=lambda _: None) as asker, pytest.raises(SourceUnavailable):
        asker.get("https://rebind.example/")
    assert set(asked) == {PUBLIC}


def test_nothing_is_posted_over_plain_http(asked: list[str]) -> None:
    with Web(Settings(), source="test") as asker, pytest.raises(NotSent, match="only HTTPS"):
        asker.post("http://1.1.1.1/hook", b"{}", {})
    assert asked == []


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 "
    "::1 fe80::1 fc00::1 ::ffff:127.0.0.1 ::ffff:10.1.1.1 ::ffff:169.254.169.254 "
    "2001:0:4136:e378:8000:63bf:f5ff:fffe 64:ff9b::a00:1 2002:0a00:0001:: 2001:db8::1 ff02::1 "
    "fec0::1 64:ff9b:1::1 64:ff9b:1::1.1.1.1 ::1.1.1.1 ::8.8.8.8 5f00::1 3fff::1 3fff:fff::1 100::1 ::ffff:0:1.1.1.1 "
    "4000::1 fd00:ec2::254 192.0.0.192 198.18.0.1 203.0.113.7 240.0.0.1 "
    "not-an-address".split(),
)
def test_private_addresses_are_known_in_all_their_spellings(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1", "2002:101:101::1"]
)
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


def test_a_reply_of_another_shape_is_the_sources_fault_and_says_so() -> None:
    with replaying(in_turn(Answer(b'{"data": "maintenance"}'))) as server, web(server) as asker:
        reply = asker.get(server.url)
        with pytest.raises(SourceUnavailable, match="not what the source's documentation says"):
            decode_json(reply, msgspec.defstruct("Shape", [("data", list[int])]))


def test_retry_after_is_seconds_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after("12") == 12
    assert 25 <= (retry_after(soon) or 0) <= 30
    assert retry_after("soon") is None
    assert retry_after(None) is None


def test_two_requests_keep_the_pause_that_the_source_asks_for() -> None:
    with replaying(in_turn(Answer(b"{}"))) as server, web(server, pause_s=2.0) as asker:
        asker.get(server.url)
        asker.get(server.url)
        assert len(asker.slept) == 1
        assert 1.0 < asker.slept[0] <= 2.0
