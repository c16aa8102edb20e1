"""Verdicts of one measurement: each layer by its rules, and the whole along the way that the page or app took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from lightkeeper.judge import rules as _rules  # noqa: F401 registers the rules
from lightkeeper.judge.control import ENCRYPTED, View
from lightkeeper.judge.failure import CERTIFICATE, kind
from lightkeeper.judge.proof import failure_of, kind_made_by_network, step_of
from lightkeeper.judge.rule import RULES, Rule, fired, ruleset
from lightkeeper.judge.validity import doubt as doubt_of
from lightkeeper.model import Control, Observation, Verdict
from lightkeeper.observe.facts import Seen

current_ruleset = lru_cache(maxsize=1)(ruleset)
CHAINS = frozenset({"web_connectivity", "urlgetter", "http_requests", "dns_n_http", "dns_consistency"})
"""Nettests that fetch one page along its redirects, or look up one name. The others test the parts of a service."""
_PROVIDERS = frozenset({"openvpn", "wireguard", "amneziawg"})
"""Services whose parts are providers: the protocol is the same whoever offers it."""
MOST_REASONS = 6
_WHOLE = frozenset({"", "network", "tunnel", "bootstrap"})
_WORST_FIRST = {"blocked": 0, "throttled": 1, "insufficient": 2, "down": 3, "ok": 4}


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What the rules of one layer say of one observation."""

    seen: Observation
    layer: str
    state: str
    mechanism: str | None
    rule: Rule
    fired: tuple[str, ...]
    figures: str = ""

    @property
    def reason(self) -> str:
        """The rule's sentence, with the place it is about, and for what lies above the common layers how far it got."""
        target = self.seen.target if self.seen.target != "unknown" else ""
        place = self.seen.http_url or self.seen.hostname or target
        if self.layer == "app":
            place = f"{target} ({': '.join(filter(None, (self.seen.app_step, self.seen.app_failure)))})"
        if self.layer == "rate" and self.seen.rate_bits_per_s is not None:
            place = f"{target} ({self.seen.rate_bits_per_s / 1e6:.2f} Mbit/s)"
        if self.layer in ("tcp", "tls", "quic") and self.seen.ip:
            place = f"{place} at {self.seen.ip}:{self.seen.port}" if place else f"{self.seen.ip}:{self.seen.port}"
        if self.state != "ok" and self.failure and self.layer not in ("app", "rate"):
            named = self.failure if self.failure.isidentifier() else "unknown_failure"
            place = f"{place} ({self.layer}: {named})".lstrip()
        return " ".join(filter(None, (f"{place}: {self.rule.why}" if place else self.rule.why, self.figures)))

    @property
    def failure(self) -> str | None:
        """The failure of this layer, as the probe named it."""
        found: str | None = getattr(self.seen, f"{self.layer}_failure")
        return found


class Doubts(NamedTuple):
    """What speaks against the instrument or its place, as sentences."""

    root_store: str | None
    version: str | None
    place: str | None


def judge(seen: Seen, around: Iterable[Control] = ()) -> list[Verdict]:
    """One verdict a layer that was seen, one a part of the service, and one for the whole, in that order.

    Parts and the whole have layer `all`. `around` is the control that other measurements make (`judge.around`). It is
    consulted only where the record has no control of its own.
    """
    view = View(seen.observations, [*seen.controls, *around])
    findings = [f for o in seen.observations for f in _findings(o, view)]
    made = [_layer_verdict(seen, layer, [f for f in findings if f.layer == layer]) for layer in RULES]
    chain = seen.measurement.test_name in CHAINS
    whole = along_the_chain(findings) if chain else over_the_parts(findings)
    if whole is None and seen.measurement.test_name != "web_connectivity":
        whole = over_the_parts(findings)
    verdicts = [v for v in made if v is not None]
    doubts = Doubts(
        root_store=instrument_in_doubt(findings),
        version=_follows_the_software(findings, view) if view.others.known else None,
        place=doubt_of(seen.measurement, seen.observations),
    )
    parts = [] if chain else _part_verdicts(seen, findings, doubts)
    return [*verdicts, *parts, _whole_verdict(seen, findings, whole, doubts)]


def _findings(seen: Observation, view: View) -> Iterable[Finding]:
    if seen.dns_engine is not None:
        yield from _finding("dns", seen, seen.dns_failure, view)
    if seen.tcp_tried:
        yield from _finding("tcp", seen, seen.tcp_failure, view)
    if seen.tls_tried:
        yield from _finding("tls", seen, seen.tls_failure, view)
    if seen.quic_tried:
        yield from _finding("quic", seen, seen.quic_failure, view)
    if seen.http_tried:
        yield from _finding("http", seen, seen.http_failure, view)
    if seen.app_tried:
        yield from _finding("app", seen, seen.app_failure, view)
    if seen.rate_tried:
        yield from _finding("rate", seen, seen.rate_failure, view)


def _finding(layer: str, seen: Observation, failure: str | None, view: View) -> tuple[Finding, ...]:
    found = fired(layer, seen, view, worked=failure is None)
    if not found:
        return ()
    first = found[0]
    mechanism = first.mechanism and mechanism_of(first.mechanism, layer, seen)
    figures = view.others.figures(layer, seen) if first.state in ("blocked", "insufficient") else ""
    return (Finding(seen, layer, first.state, mechanism, first, tuple([r.id for r in found]), figures),)


def mechanism_of(template: str, layer: str, seen: Observation) -> str:
    """The mechanism of a finding: `{kind}` is the kind of the failure, or above these layers the protocol and step."""
    if layer == "app":
        return template.format(kind=path_of(seen))
    made = kind_made_by_network(layer, failure_of(layer, seen)) or kind(getattr(seen, f"{layer}_failure"))
    return template.format(kind=made or "failure")


def path_of(seen: Observation) -> str:
    """`tor.obfs4.handshake`, `psiphon.bootstrap`: the protocol by its target, and the step that failed."""
    service, _, part = seen.target.partition("/")
    step = "bootstrap" if step_of(seen) == "bootstrap" else "handshake"
    named = [service] if part in _WHOLE or service in _PROVIDERS else [service, part]
    return ".".join([*filter(None, map(_plain, named)), step])


def along_the_chain(findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for a web page: where the chain of redirects first broke, else its last page.

    Addresses count as a pool: one that works is enough, if the resolver that people use gave it. Encrypted resolvers
    that the probe asked besides show what is true, not what people get.
    """
    last: Finding | None = None
    for hop in range(max((f.seen.hop for f in findings), default=-1) + 1):
        here = [f for f in findings if f.seen.hop == hop]
        pages = [f for f in here if f.layer == "http"]
        names = [f for f in here if f.layer == "dns" and f.seen.dns_engine not in ENCRYPTED]
        given = {a for f in names for a in f.seen.dns_answers}
        scheme_port = pages[0].seen.port if pages else _port_of(here)
        ends = [f for f in here if f.layer in ("tcp", "tls") and f.seen.port in (scheme_port, None)]
        ends = [f for f in ends if f.seen.ip in given or not given or f.seen.ip is None]
        for group in (
            _names_that_decide(names),
            [f for f in ends if f.layer == "tcp"],
            [f for f in ends if f.layer == "tls"],
            pages,
        ):
            best = max(group, key=lambda f: _WORST_FIRST[f.state], default=None)
            if best is None:
                continue
            last = best
            if best.state != "ok" and (best.layer != "dns" or best.state != "insufficient" or not pages):
                return best
    if last and last.rule.id == "http.redirect":
        why = "The last response is a redirect, and the record does not show where it led."
        unfinished = msgspec.structs.replace(last.rule, id="http.redirect_not_followed", state="insufficient", why=why)
        return Finding(last.seen, "http", "insufficient", None, unfinished, (unfinished.id,))
    return last


def over_the_parts(findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for an app: every part must work, and a part works if one of its endpoints does.

    A name's lack of an IPv6 address does not make up for what its IPv4 look-up shows.
    """
    parts: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        parts.setdefault((finding.seen.target, finding.layer), []).append(finding)
    deciding = [[f for f in group if f.seen.dns_query_type != "AAAA"] or group for group in parts.values()]
    best_of_each = [max(group, key=lambda f: _WORST_FIRST[f.state]) for group in deciding]
    layers = list(RULES)
    return min(best_of_each, key=lambda f: (_WORST_FIRST[f.state], -layers.index(f.layer)), default=None)


def _names_that_decide(names: list[Finding]) -> list[Finding]:
    system = [f for f in names if f.seen.dns_engine in ("system", "getaddrinfo", "golang_net_resolver")]
    return [f for f in system or names if f.seen.dns_query_type != "AAAA"] or system or names


def _plain(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else ""


def _port_of(here: list[Finding]) -> int | None:
    ports = [f.seen.port for f in here if f.layer == "tls"] or [f.seen.port for f in here if f.layer == "tcp"]
    return ports[0] if ports else None


def _layer_verdict(seen: Seen, layer: str, findings: list[Finding]) -> Verdict | None:
    if not findings:
        return None
    worst = min(findings, key=lambda f: _WORST_FIRST[f.state])
    return _verdict(seen, layer, worst, [f for f in findings if f.state == worst.state], None)


def _part_verdicts(seen: Seen, findings: list[Finding], doubts: Doubts) -> list[Verdict]:
    """A verdict for each part that has another name than the measurement, sorted by name."""
    parts: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.seen.target not in (seen.measurement.target, "unknown"):
            parts.setdefault(finding.seen.target, []).append(finding)
    return [
        msgspec.structs.replace(_whole_verdict(seen, of_part, over_the_parts(of_part), doubts), target=target)
        for target, of_part in sorted(parts.items())
    ]


def _follows_the_software(findings: Iterable[Finding], view: View) -> str | None:
    failed = next((f for f in findings if f.state != "ok" and view.others.follow_the_software(f.layer, f.seen)), None)
    if failed is None:
        return None
    return f"elsewhere {failed.seen.target} fails with the same probe software too, and not with other software"


def _whole_verdict(seen: Seen, findings: list[Finding], whole: Finding | None, doubts: Doubts) -> Verdict:
    if whole is None:
        why = next(
            (n for n in seen.notes if n.startswith("unknown nettest")), "the record holds nothing that can be judged"
        )
        return _bare(seen, "unknown_nettest" if why.startswith("unknown") else "nothing_to_judge", why)
    broken = "instrument.root_store" if doubts.root_store else "instrument.version"
    doubt = doubts.root_store or doubts.version
    if doubt and whole.state in ("blocked", "insufficient"):
        made = _verdict(seen, "all", whole, [whole], whole.layer)
        return msgspec.structs.replace(
            made, state="insufficient", mechanism=None, rule=broken, reasons=[doubt], validity=doubt
        )
    place = doubts.place
    agreeing = [f for f in findings if f.layer == whole.layer and f.rule is whole.rule]
    made = _verdict(seen, "all", whole, agreeing, whole.layer)
    if place:
        made = msgspec.structs.replace(made, validity=place)
        if whole.state in ("blocked", "throttled", "insufficient"):
            sentence = place[0].upper() + place[1:] + "."
            return msgspec.structs.replace(
                made,
                state="insufficient",
                mechanism=None,
                rule="instrument.in_doubt",
                rules_fired=["instrument.in_doubt", *made.rules_fired],
                reasons=[sentence, *made.reasons],
            )
    side = (
        [f for f in findings if f.state == "blocked" and (f.layer != whole.layer or whole.state != "blocked")]
        if whole.state != "insufficient"
        else []
    )
    reasons = list(dict.fromkeys([*made.reasons, *(f.reason for f in side)]))[:12]
    fired = list(dict.fromkeys([*made.rules_fired, *(f.rule.id for f in side)]))
    return msgspec.structs.replace(
        made, reasons=reasons + [n[0].upper() + n[1:] + "." for n in seen.notes], rules_fired=fired
    )


def instrument_in_doubt(findings: Iterable[Finding]) -> str | None:
    """Why the instrument is in doubt: several services refused for their authority alone, on a network that connects.

    An old list of trusted authorities in the probe's software does this (Signal's change of root in October 2022).
    """
    handshakes = [f.seen for f in findings if f.layer == "tls"]
    refused = [o for o in handshakes if kind(o.tls_failure) == "unknown_authority"]
    others = [o for o in handshakes if o.tls_failure and kind(o.tls_failure) not in CERTIFICATE]
    if len({o.hostname for o in refused}) >= 3 and not others and len({o.ip or o.hostname for o in refused}) >= 3:
        return "several servers refused for an unknown authority at once: the probe's own list may be out of date"
    return None


def _verdict(seen: Seen, layer: str, decided: Finding, agreeing: list[Finding], deciding_layer: str | None) -> Verdict:
    return Verdict(
        measurement_id=seen.measurement.measurement_id,
        target=seen.measurement.target,
        layer=layer,
        state=decided.state,
        mechanism=decided.mechanism,
        rule=decided.rule.id,
        rules_fired=list(dict.fromkeys([decided.rule.id, *(r for f in agreeing for r in f.fired)])),
        reasons=_reasons(decided, agreeing),
        deciding_layer=deciding_layer,
        ruleset=current_ruleset(),
    )


def _reasons(decided: Finding, agreeing: Iterable[Finding]) -> list[str]:
    """The first six reasons, each once. A flood of observations costs no more sentences than are shown."""
    found = {decided.reason: None}
    for finding in agreeing:
        if len(found) >= MOST_REASONS:
            break
        found[finding.reason] = None
    return list(found)


def _bare(seen: Seen, rule: str, why: str) -> Verdict:
    return Verdict(
        measurement_id=seen.measurement.measurement_id,
        target=seen.measurement.target,
        layer="all",
        state="insufficient",
        rule=rule,
        rules_fired=[rule],
        reasons=[why],
        ruleset=current_ruleset(),
    )
