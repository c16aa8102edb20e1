"""What the words on the pages mean: answers, rungs, kinds, witnesses and states, each in one short sentence."""

from __future__ import annotations

from lightkeeper.model.signal import LINEAGES

ANSWERS: dict[str, tuple[str, str]] = {
    "met": ("✓", "The evidence shows that what was asked was done."),
    "partly": ("◐", "Some of it was done; some was not, or is not shown."),
    "breached": ("✕", "The evidence shows that the opposite was done."),
    "disputed": ("⇄", "Evidence speaks for and against, and neither side can be set aside."),
    "insufficient": ("…", "There is evidence, but too little to say."),
    "untested": ("?", "Nobody measured it. This says nothing about what happened: it does not mean that all was well."),
}
"""Answer to its sign and its meaning. The sign and the word say the same as the colour."""

RUNGS: dict[str, tuple[str, str]] = {
    "signal": ("1", "One kind of witness saw it, or documents alone speak of it."),
    "corroborated": ("2", "Two independent kinds of witness speak of it. All documents together are one."),
    "confirmed": ("3", "Two kinds of measurement saw it, and an independent document agrees."),
    "attributed": ("4", "It is confirmed, a document names who ordered it, and a named person signs that judgement."),
    "disputed": ("!", "A named person disputes it, with reasons."),
    "retracted": ("–", "A named person withdrew it. It stays listed, so that nobody is misled by an old copy."),
}
"""Rung of the ladder to its sign and its meaning."""

INCIDENT_KINDS = {
    "outage": "Outage",
    "service_block": "Service blocked",
    "service_drop": "Use of a service fell",
    "circumvention_drop": "Circumvention use fell",
    "throttling": "Throttling",
    "decline": "Slow decline",
    "silence": "Fewer measurements",
    "record": "On record only",
}

EVENT_KINDS = {
    "blocking": "Blocked share rose",
    "periodic": "Repeated outage",
    "circumvention_rise": "Circumvention use rose",
    "rise": "Rise",
    "traffic_anomaly": "Traffic anomaly",
}
"""Kinds of events that are no kind of incident."""

MISSING = {
    "gap_in_source": "left out by the source",
    "not_yet_published": "not published yet",
    "null_at_source": "null at the source",
    "no_series_at_source": "the source has no such series",
    "fault_at_source": "a fault of the source",
    "low_confidence_at_source": "the source does not trust it",
    "unreadable_in_source": "could not be read",
    "weak_estimate": "the estimate rests on too little",
    "too_few_tests": "too few tests",
    "too_few_peers": "too few peers",
    "no_measurements": "nobody measured",
    "stale_after_gap": "not known since a gap",
    "not_a_number": "not a number",
}
"""Why a step has no value, in a few words."""

DOCUMENT_KINDS = {
    "letter": "Letter",
    "stop_record": "Shutdown record",
    "statement": "Statement",
    "assurance": "Public assurance",
    "order": "Order",
    "notice": "Notice to users",
    "report": "Report",
    "news": "News report",
}

STATES = {
    "blocked": "Blocked",
    "throttled": "Slowed down",
    "down": "Down everywhere, also where the censor is not",
    "ok": "Reachable",
    "insufficient": "Nothing follows from it",
}

TOPICS = {
    "platforms": "Platforms and apps",
    "vpn": "VPNs",
    "quality": "Quality of the internet",
    "notice": "Notice to users",
}

BINDS = {
    "ratified": "binding, ratified",
    "signed": "signed, not ratified, so not binding",
    "not a party": "not a party to it",
    "soft law": "a standard, not a treaty",
}


def missing_words(reason: str | None) -> str:
    """Why a step has no value, in plain words."""
    return MISSING.get(reason or "", unspoken(reason or "no reason given"))


def event_kind(name: str) -> str:
    """A kind of event in plain words."""
    return EVENT_KINDS.get(name) or INCIDENT_KINDS.get(name) or unspoken(name)


def lineage(name: str) -> str:
    """A lineage in plain words: `Use of circumvention tools`; the name itself where it is not known."""
    return LINEAGES.get(name, name)


def scope(name: str, country_name: str) -> str:
    """A scope as a reader says it: `region:Tehran` is `Tehran (region)`, `asn:58224` is `AS58224`."""
    kind, _, rest = name.partition(":")
    if kind == "country":
        return f"the whole of {country_name}"
    if kind == "asn" and rest:
        return f"AS{rest.removeprefix('AS')}"
    return f"{rest} ({kind})" if rest else name


def unspoken(name: str) -> str:
    """A code word made readable: `ends_before_it_begins` is `ends before it begins`."""
    return name.replace("_", " ")
