"""Rules that rest on other networks: what fails here while others get through at that hour, and the line is open.

The conditions are those of `proof`: elsewhere surely most sessions get through, here two sessions or two endpoints fail
alike, other parts get through on the line, and the failure does not follow the probe's software.
"""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import kind
from lightkeeper.judge.proof import failure_of
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.tunnels import is_tunnel


@rule("dns.bogon_where_others_resolve", layer="dns", state="blocked", mechanism="dns.injection.bogon", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that no public server can have, while others at that hour get a public one."""
    return control.others.prove("dns", seen) and kind(failure_of("dns", seen)) == "bogon"


@rule("dns.fails_where_others_resolve", layer="dns", state="blocked", mechanism="dns.{kind}", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The look-up fails in a way that a resolver chooses, while others at that hour get a public address."""
    return control.others.prove("dns", seen) and kind(failure_of("dns", seen)) != "bogon"


@rule("tcp.fails_where_others_connect", layer="tcp", state="blocked", mechanism="tcp.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The connection fails, while others at that hour connect."""
    return control.others.prove("tcp", seen)


@rule("tls.cut_where_others_complete", layer="tls", state="blocked", mechanism="tls.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut, while others at that hour complete it."""
    return control.others.prove("tls", seen)


@rule("quic.fails_where_others_complete", layer="quic", state="blocked", mechanism="quic.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, while others at that hour complete it."""
    return control.others.prove("quic", seen)


@rule("http.cut_where_others_get_an_answer", layer="http", state="blocked", mechanism="http.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The exchange is cut, while others at that hour get an answer."""
    return control.others.prove("http", seen)


@rule("app.tunnel_fails_where_others_complete", layer="app", state="blocked", mechanism="vpn.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The tunnel does not get through at this step, while others at that hour do."""
    return is_tunnel(seen.target) and control.others.prove("app", seen)


@rule("app.fails_where_others_complete", layer="app", state="blocked", mechanism="app.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The protocol does not get through at this step, while others at that hour do."""
    return not is_tunnel(seen.target) and control.others.prove("app", seen)


@rule("http.page_like_all_others", layer="http", state="ok", when="compared")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption whose words are those that networks of other countries got."""
    return control.page is None and control.beside.like_all_others(seen)


@rule("http.page_unlike_all_others", layer="http", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption with another title and other words than networks of other countries got: the site may
    speak otherwise here, or the network does. One comparison cannot tell.
    """
    return control.page is None and control.beside.unlike_all_others(seen)


@rule("dns.others_prove_nothing", layer="dns", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The look-up fails, and what others saw at that hour does not prove that the network is the cause."""
    return control.others.know("dns", seen)


@rule("tcp.others_prove_nothing", layer="tcp", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The connection fails, and what others saw at that hour does not prove that the network is the cause."""
    return control.others.know("tcp", seen)


@rule("tls.others_prove_nothing", layer="tls", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut, and what others saw at that hour does not prove that the network is the cause."""
    return control.others.know("tls", seen)


@rule("quic.others_prove_nothing", layer="quic", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, and what others saw at that hour does not prove that the network is the cause."""
    return control.others.know("quic", seen)


@rule("http.others_prove_nothing", layer="http", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The exchange is cut, and what others saw at that hour does not prove that the network is the cause."""
    return control.others.know("http", seen)


@rule("app.others_prove_nothing", layer="app", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The protocol does not get through, and what others saw at that hour does not prove why."""
    return control.others.know("app", seen)
