"""One deadline over everything that a server may draw out, and the odd answers that a person must be able to read."""

from __future__ import annotations

import gzip
import itertools
import socket
import time
import zlib
from collections.abc import Iterator

import httpx
import pytest

from lightkeeper.errors import LightkeeperError, SourceUnavailable
from lightkeeper.settings import Settings
from lightkeeper.sources import timestamp
from lightkeeper.sources.transport import GuardedTransport
from lightkeeper.sources.web import SAID_MAX, NotSent, Web
from sources.raw_server import Say, saying

OK = b"HTTP/1.1 200 OK\r\n"


def drip(before: bytes, again: bytes) -> Say:
    """`before`, and then the same for ever."""
    return lambda: itertools.chain([before], itertools.repeat(again))


DRIPPING = {
    "body": drip(OK + b"Content-Length: 900\r\n\r\n", b"x"),
    "chunked body": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "packed body": drip(OK + b"Content-Encoding: gzip\r\nContent-Length: 900\r\n\r\n" + gzip.compress(b"")[:10], b"\0"),
    "header": drip(OK + b"X-Long: ", b"x"),
    "status line": drip(b"HTTP/1.1 ", b"2"),
    "body of an error": drip(b"HTTP/1.1 404 Not Found\r\nContent-Length: 900\r\n\r\n", b"x"),
    "continue": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "nothing": drip(b"", b""),
}


def asking(host: str) -> Web:
    return Web(Settings(allow_hosts=[host], http_timeout_s=5), source="test")


@pytest.mark.parametrize("kind", DRIPPING)
def test_no_server_that_drips_holds_a_get_beyond_its_deadline(kind: str) -> None:
    with saying(DRIPPING[kind], pause_s=0.05) as host, asking(host) as web:
        begun = time.monotonic()
        with pytest.raises(SourceUnavailable) as caught:
            web.get(f"http://{host}/", deadline_s=0.6)
        assert time.monotonic() - begun < 2
        assert caught.value.remedy


@pytest.mark.parametrize("kind", DRIPPING)
def test_no_server_that_drips_holds_a_post_beyond_its_deadline(kind: str) -> None:
    with saying(DRIPPING[kind], pause_s=0.05) as host, asking(host) as web:
        begun = time.monotonic()
        if "body" in kind:  # the status has come, and tells whether it was taken
            assert web.post(f"http://{host}/", b"{}", {}, deadline_s=0.6).status == (404 if "error" in kind else 200)
        else:
            with pytest.raises(SourceUnavailable) as caught:
                web.post(f"http://{host}/", b"{}", {}, deadline_s=0.6)
            assert not isinstance(caught.value, NotSent), "something may have come to the other side"
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("kind", ["body", "header", "continue"])
def test_no_time_stamp_server_that_drips_holds_the_sealing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timestamp, "DEADLINE_S", 0.6)
    with saying(DRIPPING[kind], pause_s=0.05) as host:
        begun = time.monotonic()
        with pytest.raises(SourceUnavailable):
            timestamp.ask(f"http://{host}/", b"query", Settings(allow_hosts=[host], http_timeout_s=5))
        assert time.monotonic() - begun < 2


def test_a_name_server_that_does_not_answer_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    begun = time.monotonic()
    with Web(Settings(), source="test") as web:
        with pytest.raises(SourceUnavailable, match="cannot be looked up"):
            web.get("https://slow.example/", deadline_s=0.4)
        with pytest.raises(NotSent):
            web.post("https://slow.example/", b"", {}, deadline_s=0.4)
    assert time.monotonic() - begun < 2


def once(answer: bytes) -> Say:
    return lambda: iter([answer])


def answered(host: str, **more: object) -> bytes:
    with Web(Settings(allow_hosts=[host], http_timeout_s=2), source="test", sleep=lambda _: None) as web:
        return web.get(f"http://{host}/", deadline_s=5, **more).body  # type: ignore[arg-type]


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return OK + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


TWICE = gzip.compress(gzip.compress(bytes(50_000_000)))
"""50 MB of nothing in a few hundred bytes."""

ODD = {
    "packed twice": packed(TWICE, "gzip, gzip"),
    "packed twice, told in two headers": packed(TWICE, "gzip\r\nContent-Encoding: gzip"),
    "packed as br": packed(b"\x0b\x02\x80hello\x03", "br"),
    "packed as deflate, which was not asked for": packed(zlib.compress(b"{}"), "deflate"),
    "no gzip": packed(b"plain words"),
    "gzip with a wrong check": packed(gzip.compress(b"words")[:-8] + b"12345678"),
    "gzip cut off at the server": packed(gzip.compress(b"words" * 1000)[:-12]),
    "shorter than announced": OK + b"Content-Length: 900\r\n\r\n{}",
    "chunks that break off": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a chunk of no length": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    "a redirect without a Location": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 0\r\n\r\n",
    "a redirect to no address": b"HTTP/1.1 301 Moved\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    "a redirect to another kind of address": b"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\n\r\n",
    "a redirect in bytes that are no text": b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "an odd Retry-After": "HTTP/1.1 429 Slow\r\nRetry-After: ²\r\nContent-Length: 0\r\n\r\n".encode("latin-1"),
    "a Retry-After of an age": b"HTTP/1.1 429 Slow\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n",
    "a Retry-After in the year 0": b"HTTP/1.1 503 No\r\nRetry-After: Sat, 01 Jan 0000 00:00:00 GMT\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length below nothing": OK + b"Content-Length: -2\r\n\r\n{}",
    "a header of 300 KB": OK + b"X: " + b"x" * 300_000 + b"\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a status that is none": b"HTTP/1.1 9999 Odd\r\n\r\n",
    "another protocol at once": b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_answer_is_a_sentence_with_what_to_do_and_never_a_traceback(kind: str) -> None:
    with saying(once(ODD[kind])) as host, pytest.raises(LightkeeperError) as caught:
        answered(host)
    assert isinstance(caught.value, SourceUnavailable)
    assert caught.value.remedy
    assert caught.value.where


def test_a_packed_body_in_several_members_comes_whole_and_byte_by_byte_too() -> None:
    body = gzip.compress(b"one, ") + gzip.compress(b"") + gzip.compress(b"two" * 100_000)

    def crumbs() -> Iterator[bytes]:
        yield OK + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        yield from (body[i : i + 7] for i in range(0, len(body), 7))

    with saying(crumbs) as host:
        assert answered(host) == b"one, " + b"two" * 100_000


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
def test_an_empty_packed_body_and_one_of_any_length_come_whole(size: int) -> None:
    with saying(once(packed(gzip.compress(b"a" * size)))) as host:
        assert answered(host) == b"a" * size


def test_what_unpacks_beyond_the_cap_is_left_after_a_piece_more() -> None:
    too_long = pytest.raises(SourceUnavailable, match="longer than 100,000 bytes")
    with saying(once(packed(gzip.compress(bytes(50_000_000))))) as host, too_long:
        answered(host, max_bytes=100_000)


def test_of_what_an_error_says_only_the_begin_is_read() -> None:
    long = b"HTTP/1.1 500 No\r\nContent-Length: 9000000\r\n\r\n" + b"y" * 9_000_000
    with saying(once(long)) as host, asking(host) as web:
        answer = web.post(f"http://{host}/", b"", {})
    assert (answer.status, len(answer.said)) == (500, SAID_MAX)


def test_the_transport_rests_on_no_private_part_of_httpx() -> None:
    """httpx asks of a transport no more than `handle_request` and `close`."""
    assert GuardedTransport.__bases__ == (httpx.BaseTransport,)
    two = once(OK + b"Content-Length: 2\r\n\r\n{}")
    with saying(two) as host, httpx.Client(transport=GuardedTransport([host])) as client:
        assert client.get(f"http://{host}/").json() == {}
