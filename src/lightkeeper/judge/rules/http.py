"""Rules for HTTP exchanges."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import CUT, kind
from lightkeeper.judge.pages import LONGEST_NOTICE, has_bare_head, same_head, same_page, very_page
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.refusals import NAMES

_OWN_FAULT = ("http_invalid_redirect", "http_request_failed", "unsupported_url", "redirect")


@rule("http.redirect_to_a_block_address", layer="http", state="blocked", mechanism="http.blockpage", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A redirect without encryption leads to an address that is known to stand for a block in this country."""
    return seen.http_failure is None and control.leads_to_a_block_address(seen)


@rule("http.block_page", layer="http", state="blocked", mechanism="http.blockpage", version=3, when="odd")
def _(seen: Observation, control: View) -> bool:
    """The response is a block page that is known from this country, and not the site's own: not the control's page, nor
    over HTTPS.
    """
    own = very_page(seen, control.page) or (seen.hop == 0 and _authenticated(seen, control))
    return seen.http_fingerprint is not None and not own


@rule("http.page_of_another_filter", layer="http", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The response is known from another country, or from a product, an institution or a server: not this network's."""
    known = (seen.http_refusal or "").startswith("fingerprint")
    return known and not _authenticated(seen, control) and not very_page(seen, control.page)


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


@rule("http.authenticated_page", layer="http", state="ok", version=2)
def _(seen: Observation, control: View) -> bool:
    """A response came over HTTPS with a certificate that the probe accepts, and no redirect without encryption led to
    another site: the network cannot have written it.
    """
    return _authenticated(seen, control) and control.came_in_private(seen)


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


@rule("http.time_out_on_a_line_in_doubt", layer="http", state="insufficient", when="failed", doubt="line")
def _(seen: Observation, control: View) -> bool:
    """The exchange times out, and the record has no sign that the line was good just then: lost packets do the same."""
    return (
        kind(seen.http_failure) == "timeout"
        and control.fetches()
        and not control.fetches_over_tor()
        and control.was_reached(seen)
        and not control.line.was_good("http", seen)
    )


@rule(
    "http.cut_where_control_gets_page", layer="http", state="blocked", mechanism="http.{kind}", version=3, when="failed"
)
def _(seen: Observation, control: View) -> bool:
    """The exchange is cut after the connection was made, while the control gets the page; where the control came over
    Tor, only a reset counts.
    """
    return (
        kind(seen.http_failure) in (("reset",) if control.fetches_over_tor() else CUT)
        and control.fetches()
        and not control.never_connected(seen.hostname)
        and control.was_reached(seen)
        and not control.server_turns_the_country_away(seen.ip)
    )


@rule("http.fails_without_proof", layer="http", state="insufficient", otherwise=True, when="failed")
def _(seen: Observation, control: View) -> bool:
    """The exchange fails, and nothing known from elsewhere says that it should not."""
    return seen.http_failure is not None


@rule("http.same_page_as_control", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The page is the control's, by its title, its length with its status, or headers that only this site sends."""
    return control.fetches() and same_page(seen, control.page)


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
    return control.fetches_over_tor() and not same_page(seen, control.page)


@rule("http.head_as_at_control", layer="http", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The probe kept only the beginning of the page; its status, headers and title are those of the control's."""
    return control.fetches() and same_head(seen, control.page)


@rule("http.body_cut", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The probe kept only the beginning of the page, so it cannot be compared with the control's."""
    return control.fetches() and seen.http_body_truncated and not _https(seen)


@rule("http.led_to_another_site", layer="http", state="insufficient", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A redirect without encryption led to a page of another site than the control's: the site's own doing, or that of
    somebody on the way.
    """
    return _authenticated(seen, control) and not control.came_in_private(seen)


@rule("http.notice_in_place_of_the_page", layer="http", state="blocked", mechanism="http.diff", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption that is not the control's and says that something is withheld by a law, a court or an
    office, and that the site did not write: its head lacks what the site's server sends, or a redirect without
    encryption led to it on another site.
    """
    return (
        _is_another_page(seen, control)
        and seen.http_notice is not None
        and (has_bare_head(seen, control.page) or not control.came_in_private(seen))
    )


@rule("http.led_to_a_site_at_home", layer="http", state="blocked", mechanism="http.diff", when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption that is not the control's, and to which a redirect without encryption led, on another
    site and in a network of the probe's own country that is not the tested site's.
    """
    return _is_another_page(seen, control) and control.was_led_home(seen)


@rule("http.other_page_than_control", layer="http", state="insufficient", version=2, when="worked")
def _(seen: Observation, control: View) -> bool:
    """A page without encryption whose title, length and headers all differ from the control's. Sites speak otherwise to
    some countries and to robots, and offices and hotels answer in their place: one record cannot tell.
    """
    return _is_another_page(seen, control)


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


def _is_another_page(seen: Observation, control: View) -> bool:
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
        and not same_page(seen, page)
    )
