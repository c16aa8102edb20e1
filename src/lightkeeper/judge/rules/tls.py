"""Rules for TLS handshakes."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import CERTIFICATE, CUT, kind
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.interceptors import interceptor

UNKNOWN_AUTHORITY = "tls.mitm.unknown_authority"


@rule("tls.valid_by_our_check", layer="tls", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The probe refuses a certificate that we find valid: its clock or its list of authorities may be wrong."""
    return kind(seen.tls_failure) in CERTIFICATE and seen.tls_certificate_check == "valid"


@rule("tls.out_of_date_where_control_completes", layer="tls", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """Only the certificate's date is wrong: the probe's clock, or one server that was forgotten, can do that."""
    return seen.tls_certificate_check in ("expired", "not_yet_valid") and control.intercepts(seen)


@rule("tls.refused_without_its_certificate", layer="tls", state="insufficient", when="failed", doubt="root_store")
def _(seen: Observation, control: View) -> bool:
    """The probe refuses a certificate that the record does not hold. Its list of authorities or its clock may be old,
    as when a root of Let's Encrypt ended in September 2021.
    """
    return (
        kind(seen.tls_failure) in ("unknown_authority", "invalid_certificate")
        and (seen.tls_certificate_sha256, seen.tls_certificate_check, seen.tls_issuer) == (None, None, None)
        and not control.fails_to_connect("tls", seen.ip, seen.port)
    )


@rule("tls.local_filter", layer="tls", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The certificate names a product of the user's own machine, firm or school. It says nothing of the network."""
    found = interceptor(seen.tls_issuer)
    return found is not None and found.kind == "local" and control.intercepts(seen)


@rule("tls.state_authority", layer="tls", state="blocked", mechanism="tls.mitm.state_authority", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The certificate names an authority that a state made people install, where the control gets a good one."""
    found = interceptor(seen.tls_issuer)
    return found is not None and found.kind == "state" and control.intercepts(seen)


@rule(
    "tls.self_signed_where_control_completes",
    layer="tls",
    state="blocked",
    mechanism="tls.mitm.self_signed",
    when="odd",
)
def _(seen: Observation, control: View) -> bool:
    """A certificate that signed itself, at an address where the control gets a good one."""
    return seen.tls_certificate_check == "self_signed" and control.intercepts(seen)


@rule(
    "tls.unknown_authority_where_control_completes",
    layer="tls",
    state="blocked",
    mechanism=UNKNOWN_AUTHORITY,
    when="odd",
)
def _(seen: Observation, control: View) -> bool:
    """A certificate of an authority that is not trusted, at an address where the control gets a good one."""
    check = seen.tls_certificate_check or kind(seen.tls_failure)
    return check == "unknown_authority" and control.intercepts(seen)


@rule(
    "tls.wrong_name_where_control_completes", layer="tls", state="blocked", mechanism="tls.mitm.wrong_name", when="odd"
)
def _(seen: Observation, control: View) -> bool:
    """A certificate for another name, at an address where the control gets a good one."""
    check = seen.tls_certificate_check or kind(seen.tls_failure)
    return check in ("wrong_name", "invalid_hostname") and control.intercepts(seen)


@rule("tls.other_certificate_where_control_completes", layer="tls", state="blocked", mechanism="tls.mitm", when="odd")
def _(seen: Observation, control: View) -> bool:
    """A certificate that is not the site's, at an address where the control gets a good one."""
    return kind(seen.tls_failure) in CERTIFICATE and control.intercepts(seen)


@rule("tls.one_issuer_for_unrelated_names", layer="tls", state="blocked", mechanism="tls.mitm", when="compared")
def _(seen: Observation, control: View) -> bool:
    """A certificate of an issuer that answers for unrelated sites on networks of this country, and nowhere else."""
    return control.beside.intercepted(seen)


@rule("tls.one_issuer_without_proof", layer="tls", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """A certificate of an issuer that answers for unrelated sites here, which does not prove that the network does."""
    return control.beside.intercepted_without_proof(seen)


@rule("tls.slow_here_alone", layer="tls", state="throttled", mechanism="tls.throttle", when="compared")
def _(seen: Observation, control: View) -> bool:
    """Handshakes with the target are slow on this network alone, counted by the round trip, while others there are
    not.
    """
    return control.beside.slowed("tls", seen)


@rule("tls.completes", layer="tls", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The handshake completes with a certificate that the probe accepts."""
    return seen.tls_failure is None and not seen.tls_unverified


@rule("tls.completes_unchecked", layer="tls", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The handshake completes; the probe did not check the certificate, on purpose."""
    return seen.tls_failure is None


@rule("tls.name_passes", layer="tls", state="ok", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The helper shows the certificate that it also shows for another name: this name did not stop the handshake."""
    return (
        seen.target.startswith("sni/")
        and kind(seen.tls_failure) == "invalid_hostname"
        and control.shows_elsewhere(seen.tls_certificate_sha256)
    )


@rule("tls.fails_as_at_control", layer="tls", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, and the control's fails at the same address too: the site's own fault."""
    return control.fails_to_connect("tls", seen.ip, seen.port)


@rule("tls.server_turns_the_country_away", layer="tls", state="insufficient", when="failed", doubt="refused_by_server")
def _(seen: Observation, control: View) -> bool:
    """The server sits in a network that is known to turn this country away, for sanctions. One record cannot tell that
    from a block.
    """
    return kind(seen.tls_failure) in CUT and control.server_turns_the_country_away(seen.ip)


@rule("tls.time_out_on_a_line_in_doubt", layer="tls", state="insufficient", when="failed", doubt="line")
def _(seen: Observation, control: View) -> bool:
    """The handshake times out, and the record has no sign that the line was good just then: lost packets do that."""
    return (
        kind(seen.tls_failure) == "timeout"
        and (control.connects("tls", seen.ip, seen.port) or control.fetches())
        and not control.line.was_good("tls", seen)
    )


@rule("tls.cut_where_control_completes", layer="tls", state="blocked", mechanism="tls.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut at an address where the control completes it."""
    return kind(seen.tls_failure) in CUT and control.connects("tls", seen.ip, seen.port)


@rule(
    "tls.cut_on_the_way_to_a_page_that_control_gets",
    layer="tls",
    state="blocked",
    mechanism="tls.{kind}",
    when="failed",
)
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut after a redirect, while the control follows the redirects to the page."""
    return kind(seen.tls_failure) in CUT and seen.hop > 0 and control.fetches()


@rule("tls.cut_on_an_address_of_the_site", layer="tls", state="blocked", mechanism="tls.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake is cut at one of the control's addresses for the name, while the control gets the page."""
    return (
        kind(seen.tls_failure) in CUT
        and seen.hop == 0
        and control.fetches()
        and bool(seen.ip)
        and seen.ip in control.addresses(seen.hostname)
    )


@rule("tls.fails_where_page_fails_at_control", layer="tls", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, and the control does not get the page either."""
    return control.fails_to_fetch()


@rule("tls.fails_with_another_name", layer="tls", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake with a helper fails under this name. A helper may do that to a name that it does not serve."""
    return seen.target.startswith("sni/")


@rule("tls.fails_with_ech", layer="tls", state="insufficient", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The handshake with Encrypted Client Hello fails: the server or the network, nobody can tell."""
    return seen.target.startswith("ech/")


@rule("tls.fails_without_control", layer="tls", state="insufficient", when="failed", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The handshake fails, and nothing is known from elsewhere about this address."""
    return True
