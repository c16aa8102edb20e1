"""Rules for what most other countries see too: they come first, whatever control the record has of its own."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


@rule("dns.fails_in_most_countries", layer="dns", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The look-up fails alike in most other countries at that hour: the name's owner, not this network."""
    return control.beside.fails_in_most_countries("dns", seen)


@rule("dns.answer_in_most_countries", layer="dns", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The address is not the control's, and the one that most other countries are given: the name's owner gives it to
    people, and not to the control.
    """
    return not control.holds_a_good_address(seen.hostname, seen.dns_answers) and control.beside.given_in_most_countries(
        seen
    )


@rule("tcp.fails_in_most_countries", layer="tcp", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The connection fails alike in most other countries at that hour: the server, not this network."""
    return control.beside.fails_in_most_countries("tcp", seen)


@rule("tls.fails_in_most_countries", layer="tls", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails alike in most other countries at that hour: the server, not this network."""
    return control.beside.fails_in_most_countries("tls", seen)


@rule("quic.fails_in_most_countries", layer="quic", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails alike in most other countries at that hour: the server, not this network."""
    return control.beside.fails_in_most_countries("quic", seen)


@rule("http.fails_in_most_countries", layer="http", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The exchange fails alike in most other countries at that hour: the server, not this network."""
    return control.beside.fails_in_most_countries("http", seen)


@rule("http.page_in_most_countries", layer="http", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The page is another than the control's, and the one that most other countries get: the site shows it to people
    and not to the control.
    """
    return control.page is not None and (seen.http_status or 0) // 100 != 3 and control.beside.like_all_others(seen)
