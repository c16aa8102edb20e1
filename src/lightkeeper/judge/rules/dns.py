"""Rules for look-ups of names."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import kind
from lightkeeper.judge.resolving import ENCRYPTED
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation
from lightkeeper.observe.addresses import is_bogon

NEVER_RESOLVES = frozenset({"signal/uptime"})
"""Names whose owner answers with a loopback address on purpose."""


@rule("dns.heartbeat", layer="dns", state="ok", when="worked")
def _(seen: Observation, control: View) -> bool:
    """The owner of this name answers with a loopback address on purpose."""
    own = seen.target in NEVER_RESOLVES and seen.dns_failure is None
    return own and all(answer.startswith("127.") for answer in seen.dns_answers)


@rule("dns.tested_resolver_answers", layer="dns", state="ok")
def _(seen: Observation, control: View) -> bool:
    """The resolver under test answers over an encrypted channel; what it answers is its own."""
    return seen.target.startswith("dns/") and seen.dns_engine in ENCRYPTED and bool(seen.dns_answers)


@rule("dns.chosen_resolver", layer="dns", state="insufficient", doubt="chosen_resolver")
def _(seen: Observation, control: View) -> bool:
    """The resolver is neither the network's nor of its country, so somebody chose it, perhaps for its filter. What it
    answers is its own: no plain look-up to another resolver shows that the network wrote it.
    """
    odd = seen.dns_failure is not None or bool(seen.dns_answer_kinds) or control.is_elsewhere(seen)
    return (
        odd
        and not (seen.dns_query_type == "AAAA" and kind(seen.dns_failure) == "no_answer")
        and not control.does_not_resolve(seen.hostname)
        and not control.holds_a_good_address(seen.hostname, seen.dns_answers)
        and control.resolving.is_of_a_chosen_resolver(seen)
    )


@rule("dns.androids_word", layer="dns", state="insufficient", when="failed", doubt="android_resolver")
def _(seen: Observation, control: View) -> bool:
    """Android calls every failed look-up a name that does not exist or has no address, and no other plain look-up
    denies the name: nobody can tell what the resolver said.
    """
    return (
        control.resolving.is_androids_word(seen)
        and not control.does_not_resolve(seen.hostname)
        and not control.others.prove("dns", seen)
    )


@rule("dns.filter_of_another_line", layer="dns", state="insufficient", when="odd", doubt="other_line")
def _(seen: Observation, control: View) -> bool:
    """The answer is known from another country, and the probe's network is not known or its resolver sits elsewhere:
    the line may be of that country.
    """
    elsewhere = any(k.startswith("fingerprint_elsewhere:") for k in seen.dns_answer_kinds)
    return elsewhere and control.place.other_line


@rule("dns.odd_answer_in_private_too", layer="dns", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """An encrypted resolver of the probe gives the same odd answer: the owner of the name wrote it, not the network."""
    odd = any(k == "bogon" or k.startswith("fingerprint:") for k in seen.dns_answer_kinds)
    return odd and not control.does_not_resolve(seen.hostname) and control.resolving.private_says_so_too(seen)


@rule("dns.known_block_address", layer="dns", state="blocked", mechanism="dns.injection.fingerprint", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that is known to stand for a block in this country."""
    return any(k.startswith("fingerprint:") for k in seen.dns_answer_kinds)


@rule(
    "dns.bogon_where_control_has_public_address",
    layer="dns",
    state="blocked",
    mechanism="dns.injection.bogon",
    when="odd",
)
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that no public server can have, while the control got a public one."""
    return "bogon" in seen.dns_answer_kinds and control.resolves(seen.hostname)


@rule(
    "dns.bogon_where_other_resolver_has_public_address",
    layer="dns",
    state="blocked",
    mechanism="dns.injection.bogon",
    when="odd",
)
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that no public server can have, while another resolver of the same probe got a
    public one.
    """
    return (
        "bogon" in seen.dns_answer_kinds
        and not control.does_not_resolve(seen.hostname)
        and control.resolves_by_other_means(seen.hostname, seen.dns_engine)
    )


@rule("dns.bogon_as_at_control", layer="dns", state="down", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that no public server can have, and the control got no public one either."""
    return "bogon" in seen.dns_answer_kinds and control.does_not_resolve(seen.hostname)


@rule("dns.address_of_another_filter", layer="dns", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The answer is known from another country, or from a product that people choose: not this network's block."""
    return any(k.startswith(("fingerprint_elsewhere:", "fingerprint_other:")) for k in seen.dns_answer_kinds)


@rule("dns.wildcard_of_the_resolver", layer="dns", state="insufficient", doubt="wildcard")
def _(seen: Observation, control: View) -> bool:
    """The name does not exist, and the resolver leads other names of the session that do not exist to the same address,
    or another plain resolver was told so too: a resolver that answers for every wrong name, not a list of names.
    """
    return (
        bool(seen.dns_answers)
        and seen.dns_engine not in ENCRYPTED
        and control.name_does_not_exist(seen.hostname)
        and (control.session.is_wildcard(seen) or control.resolving.plain_says_dead(seen))
    )


@rule("dns.answer_for_a_name_that_does_not_exist", layer="dns", state="blocked", mechanism="dns.injection.ghost")
def _(seen: Observation, control: View) -> bool:
    """The network answers for a name that, as the control and an encrypted resolver of the same probe were told,
    does not exist.

    So does a network that still blocks a name which died. So would a resolver that answers for every wrong name: see
    `docs/method.md`, "What is arguable".
    """
    return bool(seen.dns_answers) and control.name_is_dead(seen.hostname) and seen.dns_engine not in ENCRYPTED


@rule("dns.answer_where_control_has_none", layer="dns", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """The name resolves here and not at the control: an old name, a split view or an injected answer."""
    return bool(seen.dns_answers) and control.does_not_resolve(seen.hostname)


@rule("dns.nxdomain_where_control_resolves", layer="dns", state="blocked", mechanism="dns.nxdomain", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The resolver says that the name does not exist, while the control resolves it."""
    return kind(seen.dns_failure) == "nxdomain" and control.resolves(seen.hostname)


@rule(
    "dns.nxdomain_on_the_way_to_a_page_that_control_gets",
    layer="dns",
    state="blocked",
    mechanism="dns.nxdomain",
    when="failed",
)
def _(seen: Observation, control: View) -> bool:
    """The resolver says that the name to which a redirect leads does not exist, while the control follows the
    redirects to the page.
    """
    return (
        kind(seen.dns_failure) == "nxdomain"
        and seen.hop > 0
        and seen.dns_engine not in ENCRYPTED
        and control.gets_a_page()
        and not control.does_not_resolve(seen.hostname)
        and not control.is_denied_in_private(seen.hostname)
    )


@rule("dns.refused_where_control_resolves", layer="dns", state="blocked", mechanism="dns.refused", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The resolver refuses to answer for this name, while the control resolves it."""
    return kind(seen.dns_failure) == "refused" and control.resolves(seen.hostname)


@rule("dns.no_answer_where_control_resolves", layer="dns", state="blocked", mechanism="dns.no_answer", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The resolver answers that the name has no address, while the control finds a public IPv4 address for it."""
    return (
        kind(seen.dns_failure) == "no_answer"
        and seen.dns_query_type != "AAAA"
        and any(":" not in a and not is_bogon(a) for a in control.addresses(seen.hostname))
    )


@rule("dns.one_name_without_an_answer", layer="dns", state="blocked", mechanism="dns.{kind}", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The resolver gives no answer for this name alone: it answered other names in the session and failed for none of
    them so, while the control and an encrypted resolver of the probe resolve the name.
    """
    return (
        kind(seen.dns_failure) in ("servfail", "timeout")
        and seen.dns_engine not in ENCRYPTED
        and control.resolves(seen.hostname)
        and control.resolves_in_private(seen.hostname)
        and control.session.answers_others(seen)
    )


@rule("dns.fails_as_at_control", layer="dns", state="down", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The look-up fails, and the control gets no public address either."""
    return seen.dns_failure is not None and control.does_not_resolve(seen.hostname)


@rule("dns.wrong_network", layer="dns", state="blocked", mechanism="dns.injection.wrong_address")
def _(seen: Observation, control: View) -> bool:
    """The answer lies in another network than the control's and shows no certificate of the name; another resolver
    agrees with the control.
    """
    return control.is_elsewhere(seen) and control.another_resolver_agrees(seen.hostname, seen.dns_engine)


@rule("dns.agrees_with_control", layer="dns", state="ok")
def _(seen: Observation, control: View) -> bool:
    """The answer holds an address of the control's (or its NAT64 form), one in the same network, or one with a valid
    certificate.
    """
    return control.holds_a_good_address(seen.hostname, seen.dns_answers)


@rule("dns.address_does_not_serve_the_name", layer="dns", state="insufficient")
def _(seen: Observation, control: View) -> bool:
    """The control completes TLS at its own address and not at the one answered here: an injected answer, an old one,
    or a cache that serves this network alone.
    """
    return control.none_serves_the_name(seen.dns_answers) and any(
        control.connects("tls", a, 443) for a in control.addresses(seen.hostname)
    )


@rule("dns.answer_in_the_probes_own_network", layer="dns", state="insufficient", when="odd")
def _(seen: Observation, control: View) -> bool:
    """The answer lies in the probe's own network and the control's elsewhere: an injected answer, or a cache that a
    delivery network keeps there.
    """
    return "in_network" in seen.dns_answer_kinds and control.is_elsewhere(seen)


@rule("dns.aaaa_without_answer", layer="dns", state="ok", when="failed")
def _(seen: Observation, control: View) -> bool:
    """The name has no IPv6 address, which is common and means nothing."""
    return seen.dns_query_type == "AAAA" and kind(seen.dns_failure) == "no_answer"


@rule("dns.failed_without_proof", layer="dns", state="insufficient", otherwise=True, when="failed")
def _(seen: Observation, control: View) -> bool:
    """The look-up fails in a way that a weak resolver or line would show too, or nothing is known from elsewhere."""
    return seen.dns_failure is not None


@rule("dns.bogon_without_control", layer="dns", state="insufficient", otherwise=True, when="odd")
def _(seen: Observation, control: View) -> bool:
    """The answer is an address that no public server can have, but nothing is known from elsewhere."""
    return "bogon" in seen.dns_answer_kinds


@rule("dns.answered", layer="dns", state="ok", otherwise=True)
def _(seen: Observation, control: View) -> bool:
    """The name resolves to a public address. Nothing more is known about it."""
    return bool(seen.dns_answers)
