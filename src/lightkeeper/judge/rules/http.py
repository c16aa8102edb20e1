"""Rules for HTTP exchanges."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import CUT, kind
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.refusals import NAMES

SAME_LENGTH = 0.7
"""Share of the longer body that the shorter must have to count as the same page (OONI ts-017)."""
COMMON_HEADERS = frozenset(
    "accept-ranges age alt-svc cache-control connection content-encoding content-language content-length content-type "
    "date etag expires keep-alive last-modified location pragma server set-cookie strict-transport-security "
    "transfer-encoding upgrade vary via x-cache x-content-type-options x-frame-options x-powered-by "
    "x-xss-protection".split()
)
"""Headers that most servers send, and that therefore tell no site from another."""
LONGEST_NOTICE = 128 * 1024
"""Bytes above which a page is no notice of a block, and below which no probe cuts a page."""
_OWN_FAULT = ("http_invalid_redirect", "http_request_failed", "unsupported_url", "redirect")


@rule("http.block_page", layer="http", state="blocked", mechanism="http.blockpage", version=2, when="odd")
def _(seen: Observation, control: View) -> bool:
    """The response is a block page that is known from this country, and not the site's own over HTTPS."""
    return seen.http_fingerprint is not None and not (seen.hop == 0 and _authenticated(seen, control))


@rule("http.page_of_another_filter", layer="http", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The response is known from another country, or from a product, an institution or a server: not this network's."""
    return (seen.http_refusal or "").startswith("fingerprint") and not _authenticated(seen, control)


@rule("http.redirect", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The response is a redirect; what it leads to is judged by itself."""
    return (
        seen.http_failure is None
        and seen.http_status is not None
        and 300 <= seen.http_status < 400
        and seen.http_location is not None
    )


@rule("http.withheld_by_server", layer="http", state="ok")
def _(seen: Observation, control: View) -> bool:
    """The server itself, under a certificate that the probe accepts, withholds the page for legal reasons (451,
    RFC 7725): the network let it pass.
    """
    return seen.http_status == 451 and _authenticated(seen, control)


@rule("http.refused_by_service_over_https", layer="http", state="ok", when="odd")
def _(seen: Observation, control: View) -> bool:
    """A service that guards the site turns the probe away, under a certificate that the probe accepts: the network let
    it pass.
    """
    return seen.http_refusal in NAMES and _authenticated(seen, control)


@rule("http.authenticated_page", layer="http", state="ok")
def _(seen: Observation, control: View) -> bool:
    """A response came over HTTPS with a certificate that the probe accepts: the network cannot have written it."""
    return _authenticated(seen, control)


@rule("http.loaded_in_a_browser", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A browser got the page over HTTPS, with a certificate that it accepts."""
    return seen.app_step == "page load in a browser" and seen.http_failure is None and _https(seen)


@rule("http.directory_of_tor", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The answer bears a header that Tor's directory servers send and web servers do not."""
    return (
        seen.target == "tor/dir_port"
        and seen.http_failure is None
        and seen.http_status == 200
        and "x-your-address-is" in seen.http_header_names
    )


@rule("http.broken_redirect", layer="http", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The response points to an address that cannot be followed: the server's fault, as far as can be told."""
    return (seen.http_failure or "").startswith(_OWN_FAULT)


@rule("http.fails_as_at_control", layer="http", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The exchange fails, and the control does not get the page either."""
    return seen.http_failure is not None and control.fails_to_fetch()


@rule("http.stalled_after_its_head", layer="http", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The head of the response came, and then nothing more in time: a slow or throttled line, or a block. One record
    cannot tell.
    """
    return kind(seen.http_failure) == "timeout" and seen.http_status is not None


@rule(
    "http.cut_where_control_gets_page", layer="http", state="blocked", mechanism="http.{kind}", version=2, when="failed"
)
def _(seen: Observation, control: View) -> bool:
    """The exchange is cut after the connection was made, while the control gets the page; where the control came over
    Tor, only a reset counts.
    """
    return (
        kind(seen.http_failure) in (("reset",) if control.fetches_over_tor() else CUT)
        and control.fetches()
        and not control.never_connected(seen.hostname)
    )


@rule("http.fails_without_proof", layer="http", state="insufficient", otherwise=True, when="failed")
def _(seen: Observation, control: View) -> bool:
    """The exchange fails, and nothing known from elsewhere says that it should not."""
    return seen.http_failure is not None


@rule("http.same_page_as_control", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The page is the control's, by its title, its length with its status, or headers that only this site sends."""
    return control.fetches() and _same_page(seen, control)


@rule("http.withheld_without_encryption", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The answer is 451, for legal reasons (RFC 7725). Without encryption nobody can tell whether the server or the
    network wrote it.
    """
    return seen.http_status == 451


@rule("http.refused_by_service", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The answer bears the marks of a service that guards the site. Without encryption anybody can write such marks."""
    return seen.http_refusal in NAMES


@rule("http.refused_by_server", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The response is an error page, which many servers send to visitors from some networks; it is no known block
    page.
    """
    return seen.http_status is not None and seen.http_status >= 400


@rule("http.other_page_than_over_tor", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption that differs from the one fetched over Tor, where many sites answer otherwise."""
    return control.fetches_over_tor() and not _same_page(seen, control)


@rule("http.other_page_than_control", layer="http", state="blocked", mechanism="http.diff", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption whose title, length and headers all differ from the control's, and which is no longer
    than a notice may be.
    """
    page = control.page
    return (
        page is not None
        and control.fetches()
        and page.http_status is not None
        and page.http_status < 400
        and seen.http_body_bytes is not None
        and not seen.http_body_truncated
        and seen.http_body_bytes < LONGEST_NOTICE
        and not _https(seen)
        and not _same_page(seen, control)
    )


@rule("http.page_where_control_fails", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption that the control does not get: its own or another's, nobody can tell."""
    return control.fails_to_fetch()


@rule("http.page_without_control", layer="http", state="insufficient", when="worked", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """A page without encryption, and no control to compare it with."""
    return True


def _https(seen: Observation) -> bool:
    return bool(seen.http_url) and (seen.http_url or "").startswith("https:")


def _authenticated(seen: Observation, control: View) -> bool:
    return (
        seen.http_failure is None
        and seen.http_status is not None
        and _https(seen)
        and not control.certificate_is_unchecked(seen.hostname)
    )


def _same_page(seen: Observation, control: View) -> bool:
    page = control.page
    if page is None:
        return False
    if seen.http_title and seen.http_title == page.http_title:
        return True
    if seen.http_status != page.http_status:
        return False
    mine, theirs = seen.http_body_bytes, page.http_body_bytes
    if mine and theirs and min(mine, theirs) / max(mine, theirs) >= SAME_LENGTH:
        return True
    # a probe keeps at most 2^19 bytes, and not all of them say that they cut
    if mine and theirs and LONGEST_NOTICE <= mine <= theirs and (seen.http_body_truncated or mine & (mine - 1) == 0):
        return True
    shared = set(seen.http_header_names) & set(page.http_header_names)
    return len(shared - COMMON_HEADERS) >= 2
