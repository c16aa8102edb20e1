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
    said: str = ""

    @property
    def reason(self) -> str:
        """The rule's sentence, with the place it is about, and for what lies above the common layers how far it got."""
        if not self.said:
            msgspec.structs.force_setattr(self, "said", self._say())  # several verdicts may say it
        return self.said

    def _say(self) -> str:
        seen, layer = self.seen, self.layer
        target = seen.target if seen.target != "unknown" else ""
        place = seen.http_url or seen.hostname or target
        if layer == "app":
            place = f"{target} ({': '.join(filter(None, (seen.app_step, seen.app_failure)))})"
        if layer == "rate" and seen.rate_bits_per_s is not None:
            place = f"{target} ({seen.rate_bits_per_s / 1e6:.2f} Mbit/s)"
        if layer in ("tcp", "tls", "quic") and seen.ip:
            place = f"{place} at {seen.ip}:{seen.port}" if place else f"{seen.ip}:{seen.port}"
        if self.state != "ok" and layer not in ("app", "rate") and self.failure:
            named = self.failure if self.failure.isidentifier() else "unknown_failure"
            place = f"{place} ({layer}: {named})".lstrip()
        why = f"{place}: {self.rule.why}" if place else self.rule.why
        return f"{why} {self.figures}" if self.figures else why

    @property
    def failure(self) -> str | None:
        """The failure of this layer, as the probe named it."""
        found: str | None = getattr(self.seen, f"{self.layer}_failure")
        return found


def _badness(finding: Finding) -> int:
    return _WORST_FIRST[finding.state]


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
    findings = _findings(seen.observations, view)
    by_layer: dict[str, list[Finding]] = {layer: [] for layer in RULES}
    for finding in findings:
        by_layer[finding.layer].append(finding)
    chain = seen.measurement.test_name in CHAINS
    whole = or_slowed(along_the_chain(findings), findings) if chain else over_the_parts(findings)
    if whole is None and seen.measurement.test_name != "web_connectivity":
        whole = over_the_parts(findings)
    verdicts = [_layer_verdict(seen, layer, found) for layer, found in by_layer.items() if found]
    doubts = Doubts(
        root_store=instrument_in_doubt(by_layer["tls"]),
        version=_follows_the_software(findings, view) if view.others.known else None,
        place=doubt_of(seen.measurement, seen.observations),
    )
    parts = [] if chain else _part_verdicts(seen, findings, doubts)
    return [*verdicts, *parts, _whole_verdict(seen, findings, whole, doubts)]


def _findings(observations: Iterable[Observation], view: View) -> list[Finding]:
    found: list[Finding | None] = []
    for o in observations:
        if o.dns_engine is not None:
            found.append(_finding("dns", o, o.dns_failure, view))
        if o.tcp_tried:
            found.append(_finding("tcp", o, o.tcp_failure, view))
        if o.tls_tried:
            found.append(_finding("tls", o, o.tls_failure, view))
        if o.quic_tried:
            found.append(_finding("quic", o, o.quic_failure, view))
        if o.http_tried:
            found.append(_finding("http", o, o.http_failure, view))
        if o.app_tried:
            found.append(_finding("app", o, o.app_failure, view))
        if o.rate_tried:
            found.append(_finding("rate", o, o.rate_failure, view))
    return [finding for finding in found if finding is not None]


def _finding(layer: str, seen: Observation, failure: str | None, view: View) -> Finding | None:
    found = fired(layer, seen, view, worked=failure is None)
    if not found:
        return None
    first = found[0]
    mechanism = first.mechanism and mechanism_of(first.mechanism, layer, seen)
    figures = view.beside.figures(layer, seen, first.id)
    if not figures and view.others.known and first.state in ("blocked", "insufficient"):
        figures = view.others.figures(layer, seen)
    return Finding(seen, layer, first.state, mechanism, first, tuple([r.id for r in found]), figures)


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
    by_hop: dict[int, dict[str, list[Finding]]] = {}
    for f in findings:
        by_hop.setdefault(f.seen.hop, {}).setdefault(f.layer, []).append(f)
    for _, here in sorted(by_hop.items()):
        pages, connects, shakes = (here.get(layer, []) for layer in ("http", "tcp", "tls"))
        names = [f for f in here.get("dns", ()) if f.seen.dns_engine not in ENCRYPTED]
        given = {a for f in names for a in f.seen.dns_answers}
        scheme_port = pages[0].seen.port if pages else next((f.seen.port for f in shakes or connects), None)
        connects, shakes = (_on_the_way(ends, scheme_port, given) for ends in (connects, shakes))
        for group in (_names_that_decide(names), connects, shakes, pages):
            best = max(group, key=_badness, default=None)
            if best is None:
                continue
            last = best
            if best.state not in ("ok", "throttled") and (
                best.layer != "dns" or best.state != "insufficient" or not pages
            ):
                return best
    if last and last.rule.id == "http.redirect":
        why = "The last response is a redirect, and the record does not show where it led."
        unfinished = msgspec.structs.replace(last.rule, id="http.redirect_not_followed", state="insufficient", why=why)
        return Finding(last.seen, "http", "insufficient", None, unfinished, (unfinished.id,))
    return last


def or_slowed(whole: Finding | None, findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for a page, or one that it is throttled where nothing worse does."""
    if whole is not None and whole.state in ("blocked", "down"):
        return whole
    return next((f for f in findings if f.state == "throttled"), whole)


def over_the_parts(findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for an app: every part must work, and a part works if one of its endpoints does.

    A name's lack of an IPv6 address does not make up for what its IPv4 look-up shows.
    """
    parts: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        parts.setdefault((finding.seen.target, finding.layer), []).append(finding)
    deciding = [[f for f in group if f.seen.dns_query_type != "AAAA"] or group for group in parts.values()]
    best_of_each = [max(group, key=_badness) for group in deciding]
    layers = list(RULES)
    return min(best_of_each, key=lambda f: (_WORST_FIRST[f.state], -layers.index(f.layer)), default=None)


def _names_that_decide(names: list[Finding]) -> list[Finding]:
    system = [f for f in names if f.seen.dns_engine in ("system", "getaddrinfo", "golang_net_resolver")]
    return [f for f in system or names if f.seen.dns_query_type != "AAAA"] or system or names


def _on_the_way(ends: list[Finding], port: int | None, given: set[str]) -> list[Finding]:
    """Those at the port of the page, and at an address that the resolver gave, if it gave any."""
    ends = [f for f in ends if f.seen.port is None or f.seen.port == port]
    return [f for f in ends if f.seen.ip is None or f.seen.ip in given] if given else ends


def _plain(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else ""


def _layer_verdict(seen: Seen, layer: str, findings: list[Finding]) -> Verdict:
    worst = min(findings, key=_badness)
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
            made, state="insufficient", mechanism=None, rule=broken, reasons=[_sentence(doubt)], validity=doubt
        )
    place = doubts.place
    agreeing = [f for f in findings if f.layer == whole.layer and f.rule is whole.rule]
    made = _verdict(seen, "all", whole, agreeing, whole.layer)
    if place:
        made = msgspec.structs.replace(made, validity=place)
        if whole.state in ("blocked", "throttled", "insufficient"):
            return msgspec.structs.replace(
                made,
                state="insufficient",
                mechanism=None,
                rule="instrument.in_doubt",
                rules_fired=["instrument.in_doubt", *made.rules_fired],
                reasons=[_sentence(place), *made.reasons],
            )
    side = (
        [f for f in findings if f.state == "blocked" and (f.layer != whole.layer or whole.state != "blocked")]
        if whole.state != "insufficient"
        else []
    )
    reasons = list(dict.fromkeys([*made.reasons, *(f.reason for f in side)]))[:12]
    fired = list(dict.fromkeys([*made.rules_fired, *(f.rule.id for f in side)]))
    return msgspec.structs.replace(made, reasons=[*reasons, *map(_sentence, seen.notes)], rules_fired=fired)


def _sentence(said: str) -> str:
    """What stands in the tables as a clause, as a sentence to be read."""
    return f"{said[0].upper()}{said[1:]}."


def instrument_in_doubt(of_tls: Iterable[Finding]) -> str | None:
    """Why the instrument is in doubt: several services refused for their authority alone, on a network that connects.

    An old list of trusted authorities in the probe's software does this (Signal's change of root in October 2022).
    """
    failed = [f.seen for f in of_tls if f.seen.tls_failure is not None]
    refused = [o for o in failed if kind(o.tls_failure) == "unknown_authority"]
    others = [o for o in failed if o.tls_failure and kind(o.tls_failure) not in CERTIFICATE]
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
        rules_fired=_all_fired(decided, agreeing),
        reasons=_reasons(decided, agreeing),
        deciding_layer=deciding_layer,
        ruleset=current_ruleset(),
    )


def _all_fired(decided: Finding, agreeing: Iterable[Finding]) -> list[str]:
    """The rules that fired, each once, the deciding one first."""
    found = {decided.rule.id: None}
    for ids in dict.fromkeys([f.fired for f in agreeing]):
        found.update(dict.fromkeys(ids))
    return list(found)


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
        reasons=[_sentence(why)],
        ruleset=current_ruleset(),
    )
