"""Rules for protocols above the common layers: bootstraps, handshakes of tunnels, fronts and echo servers.

None of these records carries a control. So by itself a failure is never `blocked`: it says at which step it failed.
What others saw at that hour may tell more: see `around`.
"""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


@rule("app.middlebox_answers", layer="app", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """A middlebox changed the request, or the helper is no echo server any more: a web server answered where an echo
    was due. That is not blocking.
    """
    return seen.app_failure == "http_answer_instead_of_echo"


@rule("app.request_changed", layer="app", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """A middlebox changed the request, or the echo server did: what came back is not what was sent. That is not
    blocking.
    """
    return seen.app_failure == "echo_changed"


@rule("app.echo_missing", layer="app", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """Not all that was sent came back, which a bad line shows too."""
    return seen.app_failure == "echo_missing"


@rule("app.front_refuses", layer="app", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """The front answered and did not pass the request on, which is its own doing."""
    return seen.app_failure == "refused_by_front"


@rule("app.completes", layer="app", state="ok")
def _(seen: Observation, control: View) -> bool:
    """The protocol got through to its end."""
    return seen.app_failure is None


@rule("app.random_bytes_stop_connections", layer="app", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """Connections time out after random bytes and not after zeros: a filter of fully encrypted traffic does this, and
    so does a server that bears no more connections.
    """
    return seen.target.startswith("fully_encrypted/")


@rule("app.bootstrap_stalls", layer="app", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The tool did not get ready, and nothing is known from elsewhere about its servers at that hour."""
    return (seen.app_step or "").startswith("bootstrap")


@rule("app.handshake_fails", layer="app", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The handshake of the protocol fails, and nothing is known from elsewhere about this server."""
    return (seen.app_step or "").endswith("handshake")


@rule("app.fails_without_control", layer="app", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The protocol does not get through, and nothing is known from elsewhere about this server."""
    return True
