"""Rules that rest on a nettest's own specification: endpoints that only have to answer, and hops to the server."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import kind
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.addresses import MAX_URL, split_url
from lightkeeper.observe.platforms import networks_of, that_only_answer
from lightkeeper.observe.targets import registered_domain

SAYS_IT_IS_DOWN = "127.0.0.2"
"""What `uptime.signal.org` resolves to while Signal is down (Signal-Android, ServiceOutageDetectionJob)."""
FIRST_OF_NETWORK = 2
"""The nearest hop that is not the user's own router."""
DETOURS = 2
"""Hops by which two ways to one server may differ (paths are balanced by connection; Augustin et al., IMC 2006)."""
_HOPS = re.compile(r"hop ([0-9]{1,3}) of ([0-9]{1,3})")
_ENDED = frozenset({"reset", "eof", "aborted"})
_OF_FILTERS = frozenset({403, 407, 451, 502, 503, 504, 511})
"""Errors that filters, proxies and gateways write in their own name (RFC 9110, 15.5 and 15.6; RFC 7725; RFC 6585)."""


@rule("dns.answer_outside_the_service", layer="dns", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The answer lies in none of the networks of the service's servers, so a connection there opens nothing."""
    own, found = networks_of(seen.target), seen.dns_answer_asns
    return bool(own and found) and not seen.dns_answer_kinds and not set(own) & set(found)


@rule("dns.service_says_it_is_down", layer="dns", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The service says by this name that it is down itself. Without encryption anybody can write that."""
    return seen.target == "signal/uptime" and SAYS_IT_IS_DOWN in seen.dns_answers


@rule("tls.cut_before_the_server", layer="tls", state="blocked", mechanism="tls.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake under this name is ended by something that is nearer than the server, which a harmless name
    reaches: packets that live for so few hops never came to it.
    """
    found = _HOPS.fullmatch(seen.app_step or "")
    if found is None or kind(seen.tls_failure) not in _ENDED:
        return False
    here, server = int(found[1]), int(found[2])
    return FIRST_OF_NETWORK <= here <= server - DETOURS


@rule("http.endpoint_answers", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """This endpoint only has to answer, and it did: the bare error of a server, with no mark of a filter or a proxy."""
    return seen.target in that_only_answer() and _unmarked(seen) and _bare(seen)


@rule("http.endpoint_answers_somehow", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """This endpoint only has to answer, and it did; the form of the record does not tell what the answer was."""
    return seen.target in that_only_answer() and seen.http_failure is None and seen.http_status is None


@rule("http.exchange_over_https", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """An exchange succeeded over HTTPS, after a handshake whose certificate the probe accepts; the form of the record
    does not tell what the answer was.
    """
    return (
        seen.http_failure is None
        and seen.http_status is None
        and (seen.http_url or "").startswith("https:")
        and seen.app_step is None
        and any(name == seen.hostname for name, _ in control.verified)
    )


@rule("http.answer_may_be_of_another", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """This endpoint only has to answer, but what came may be another's: a page, a redirect, or an error that filters
    and proxies write too.
    """
    return seen.target in that_only_answer() and _unmarked(seen)


@rule("http.same_redirect_over_tor", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The response is the redirect that came over Tor too, where this network cannot have written it."""
    page = control.page
    return (
        control.fetches_over_tor()
        and page is not None
        and 300 <= (seen.http_status or 0) < 400
        and seen.http_status == page.http_status
        and seen.http_location is not None
        and seen.http_location == page.http_location
    )


@rule("http.redirect_elsewhere", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """Without encryption came a redirect to another site, which the probe did not follow: anybody can write that."""
    if not 300 <= (seen.http_status or 0) < 400 or seen.http_location is None or not _unmarked(seen):
        return False
    here, there = split_url(seen.http_url), _led_to(seen)
    if here is None or here[0] == "https" or there is None or there in control.names:
        return False
    return registered_domain(there) != registered_domain(here[1])


def _unmarked(seen: Observation) -> bool:
    return seen.http_status is not None and seen.http_fingerprint is None and seen.http_refusal is None


def _bare(seen: Observation) -> bool:
    """An error that names itself at most (`404 Not Found`), or an empty answer."""
    status, title = seen.http_status or 0, seen.http_title
    if 200 <= status < 300:
        return title is None and not seen.http_body_bytes
    return status >= 400 and status not in _OF_FILTERS and (title is None or title.startswith(str(status)))


def _led_to(seen: Observation) -> str | None:
    """The host that a redirect leads to; none where that cannot be told."""
    try:
        parts = split_url(urljoin(seen.http_url or "", (seen.http_location or "")[:MAX_URL]))
    except ValueError:
        return None
    return parts[1] if parts else None
