"""Rules for look-ups that rest on other records of the same network: see `judge.injection`."""

from __future__ import annotations

from lightkeeper.judge.control import View
from lightkeeper.judge.failure import kind
from lightkeeper.judge.resolving import ENCRYPTED
from lightkeeper.judge.rule import rule
from lightkeeper.model import Observation


def _is_of_the_network(seen: Observation, control: View) -> bool:
    return seen.dns_engine not in ENCRYPTED and not control.resolving.is_of_a_chosen_resolver(seen)


@rule(
    "dns.one_address_for_unrelated_names",
    layer="dns",
    state="blocked",
    mechanism="dns.injection.one_address",
    when="compared",
)
def _(seen: Observation, control: View) -> bool:
    """The address is none of the name's, and this network gives it for unrelated names in several sessions, while it
    gives others their own.
    """
    return (
        not seen.dns_answer_kinds
        and _is_of_the_network(seen, control)
        and not control.holds_a_good_address(seen.hostname, seen.dns_answers)
        and control.beside.injected(seen)
    )


@rule("dns.one_address_without_proof", layer="dns", state="insufficient", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The address is none of the name's, and was given for unrelated names, which does not prove that the network wrote
    it: a page that asks for a login does so, too.
    """
    return (
        not seen.dns_answer_kinds
        and _is_of_the_network(seen, control)
        and not control.holds_a_good_address(seen.hostname, seen.dns_answers)
        and control.beside.injected_without_proof(seen)
    )


@rule("dns.no_answer_for_this_name_alone", layer="dns", state="blocked", mechanism="dns.{kind}", when="compared")
def _(seen: Observation, control: View) -> bool:
    """The network's resolver gives no answer for this name in several sessions and days, and gave other names theirs,
    while the control or an encrypted resolver of the probe resolves the name.
    """
    return (
        kind(seen.dns_failure) in ("servfail", "timeout")
        and _is_of_the_network(seen, control)
        and (control.resolves(seen.hostname) or control.resolves_in_private(seen.hostname))
        and control.beside.silent_about(seen)
    )
