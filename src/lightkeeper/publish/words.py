"""What the words on the pages mean: answers, rungs, kinds, witnesses and states, each in one short sentence."""

from __future__ import annotations

from lightkeeper.model.signal import LINEAGES
from lightkeeper.publish.tongue import Tongue, n_

ANSWERS: dict[str, tuple[str, str]] = {
    "met": ("✓", n_("The evidence shows that what was asked was done.")),
    "partly": ("◐", n_("Some of it was done; some was not, or is not shown.")),
    "breached": ("✕", n_("The evidence shows that the opposite was done.")),
    "disputed": ("⇄", n_("Evidence speaks for and against, and neither side can be set aside.")),
    "insufficient": ("…", n_("There is evidence, but too little to say.")),
    "untested": (
        "?",
        n_("Nothing on record here tests it. This says nothing of what happened: it does not mean that all was well."),
    ),
}
"""Answer to its sign and its meaning. The sign and the word say the same as the colour."""

RUNGS: dict[str, tuple[str, str]] = {
    "signal": ("1", n_("One kind of witness saw it, or documents alone speak of it.")),
    "corroborated": ("2", n_("Two independent kinds of witness speak of it. All documents together are one.")),
    "confirmed": ("3", n_("Two kinds of measurement saw it, and an independent document agrees.")),
    "attributed": (
        "4",
        n_("It is confirmed, a document names who ordered it, and a named person signs that judgement."),
    ),
    "disputed": ("!", n_("A named person disputes it, with reasons.")),
    "retracted": ("–", n_("A named person withdrew it. It stays listed, so that nobody is misled by an old copy.")),
}
"""Rung of the ladder to its sign and its meaning."""

NO_INTENTION = n_(
    "Measurement shows disruption. It never shows intention: that takes a document, or a person who signs."
)

INCIDENT_KINDS = {
    "outage": n_("Outage"),
    "allowlisted": n_("Open for some only"),
    "service_block": n_("Service blocked"),
    "service_drop": n_("Use of a service fell"),
    "circumvention_drop": n_("Circumvention use fell"),
    "slowdown": n_("Speed fell"),
    "throttling": n_("Throttling"),
    "decline": n_("Slow decline"),
    "silence": n_("Fewer measurements"),
    "record": n_("On record only"),
}

EVENT_KINDS = {
    "blocking": n_("Blocked share rose"),
    "periodic": n_("Repeated outage"),
    "circumvention_rise": n_("Circumvention use rose"),
    "rise": n_("Rise"),
    "traffic_anomaly": n_("Traffic anomaly"),
}
"""Kinds of events that are no kind of incident."""

EARLY_SIGNS = {
    "quic_blocked": n_("QUIC (HTTP/3) fell or was blocked"),
    "ipv6_withdrawn": n_("IPv6 fell or was withdrawn"),
    "encrypted_dns_blocked": n_("encrypted DNS or DNS over TCP fell or was blocked"),
    "circumvention_blocked": n_("a way around blocks fell or was blocked"),
    "short_cut_of_few_networks": n_("a few networks were cut for a short time"),
}
"""Kinds of changes that came before cuts, by their id in `detect/early_signs.toml`."""

MISSING = {
    "gap_in_source": n_("left out by the source"),
    "not_yet_published": n_("not published yet"),
    "null_at_source": n_("null at the source"),
    "no_series_at_source": n_("the source has no such series"),
    "fault_at_source": n_("a fault of the source"),
    "low_confidence_at_source": n_("the source does not trust it"),
    "unreadable_in_source": n_("could not be read"),
    "weak_estimate": n_("the estimate rests on too little"),
    "too_few_tests": n_("too few tests"),
    "too_few_peers": n_("too few peers"),
    "no_measurements": n_("no measurements in the data"),
    "stale_after_gap": n_("not known since a gap"),
    "not_a_number": n_("not a number"),
}
"""Why a step has no value, in a few words."""

FLAGS = {
    "origin_changed": n_("other networks announced a part of it"),
}
"""What a reader must know of a value, in a few words."""

DOCUMENT_KINDS = {
    "letter": n_("Letter"),
    "stop_record": n_("Shutdown record"),
    "statement": n_("Statement"),
    "assurance": n_("Public assurance"),
    "order": n_("Order"),
    "law": n_("Law or decree"),
    "notice": n_("Notice to users"),
    "report": n_("Report"),
    "news": n_("News report"),
}

STATES = {
    "blocked": n_("Blocked"),
    "throttled": n_("Slowed down"),
    "down": n_("Down everywhere, also where the censor is not"),
    "ok": n_("Reachable"),
    "insufficient": n_("Nothing follows from it"),
}

DOUBTS = {
    "clock": n_("the probe's clock was wrong"),
    "vpn": n_("the probe used a VPN"),
    "captive_portal": n_("the probe sat behind a page that asks for a login"),
    "servers": n_("the probe sat in a network of servers"),
    "root_store": n_("the probe's list of certificate authorities may be old"),
    "software": n_("the failure follows the probe's software"),
    "chosen_resolver": n_("the resolver was somebody's choice"),
    "android_resolver": n_("Android calls every failed look-up so"),
    "other_line": n_("the line may be another than the record says"),
    "wildcard": n_("the resolver answers for every name that does not exist"),
    "no_route": n_("the probe had no route"),
    "ipv6": n_("the line may have no IPv6 that works"),
    "refused_by_server": n_("the server turns visitors of this country away"),
    "line": n_("the line may have lost the packets"),
}

TOPICS = {
    "platforms": n_("Platforms and apps"),
    "vpn": n_("VPNs"),
    "quality": n_("Quality of the internet"),
    "notice": n_("Notice to users"),
}

PARTS = {
    "legality": n_("Legality"),
    "aim": n_("Legitimate aim"),
    "necessity": n_("Necessity"),
    "proportionality": n_("Proportionality"),
    "remedy": n_("Notice and remedy"),
}
"""The steps of a worksheet."""

WHENS = {
    "before": n_("Before: what is asked, and why"),
    "during": n_("During: what has happened so far"),
    "after": n_("After: what became of each ask"),
}
"""The letters that are made of a case."""

BINDS = {
    "ratified": n_("binding, ratified"),
    "acceded": n_("binding, acceded"),
    "signed": n_("signed, not ratified, so not binding"),
    "not a party": n_("not a party to it"),
    "soft law": n_("a standard, not a treaty"),
}


def missing_words(reason: str | None) -> str:
    """Why a step has no value, in plain words."""
    return MISSING.get(reason or "", unspoken(reason or "no reason given"))


def flag_words(flag: str) -> str:
    """What a reader must know of a value, in plain words."""
    return FLAGS.get(flag, unspoken(flag))


def event_kind(name: str) -> str:
    """A kind of event in plain words."""
    return EVENT_KINDS.get(name) or INCIDENT_KINDS.get(name) or unspoken(name)


def lineage(name: str, tongue: Tongue) -> str:
    """A lineage in plain words: `Use of circumvention tools`; the name itself where it is not known."""
    return tongue.named(name, LINEAGES)


def scope(name: str, country_name: str, tongue: Tongue) -> str:
    """A scope as a reader says it: `region:Tehran` is `Tehran (region)`, `asn:58224` is `AS58224`."""
    kind, _, rest = name.partition(":")
    if kind == "country":
        return tongue.word("the whole of %(country)s", country=country_name)
    if kind == "asn" and rest:
        return f"AS{rest.removeprefix('AS')}"
    return f"{tongue.tell_plain(rest)} ({tongue.term(kind)})" if rest else tongue.tell_plain(name)


def unspoken(name: str) -> str:
    """A code word made readable: `ends_before_it_begins` is `ends before it begins`."""
    return name.replace("_", " ")
