"""Asking a time stamp server."""

from __future__ import annotations

import pytest

from evidence.tsa import Authority, serving
from lightkeeper.errors import SourceUnavailable
from lightkeeper.evidence import timestamp
from lightkeeper.settings import Settings
from lightkeeper.sources.guard import Refused
from lightkeeper.sources.timestamp import ask

QUERY = timestamp.request(b"x")


def allowed(url: str) -> Settings:
    return Settings(allow_hosts=[url.removeprefix("http://")], http_timeout_s=5)


def test_the_reply_of_a_server_comes_back_whole() -> None:
    with serving(Authority()) as url:
        assert timestamp.answers(ask(url, QUERY.as_bytes(), allowed(url)), QUERY, b"x")


@pytest.mark.parametrize("how", ["error", "redirect", "far too long"])
def test_a_server_that_answers_otherwise_is_an_error_with_a_remedy(how: str) -> None:
    with serving(Authority(), how) as url, pytest.raises(SourceUnavailable) as found:
        ask(url, QUERY.as_bytes(), allowed(url))
    assert found.value.remedy


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[::ffff:169.254.169.254]/", "http://2130706433/"])
def test_no_private_address_is_asked(url: str) -> None:
    with pytest.raises(Refused):
        ask(url, QUERY.as_bytes(), Settings())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org", "nonsense", "http://"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(SourceUnavailable):
        ask(url, QUERY.as_bytes(), Settings())
