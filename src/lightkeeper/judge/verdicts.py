"""Verdicts of one measurement: each layer by its rules, and the whole along the way that the page or app took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from lightkeeper.judge import rules as _rules  # noqa: F401 registers the rules
from lightkeeper.judge.control import View
from lightkeeper.judge.failure import CERTIFICATE, kind
from lightkeeper.judge.place import place_of
from lightkeeper.judge.pools import IN_PART, blocked_in_part
from lightkeeper.judge.proof import failure_of, kind_made_by_network, step_of
from lightkeeper.judge.resolving import ENCRYPTED
from lightkeeper.judge.rule import RULES, Rule, decide, ruleset
from lightkeeper.judge.validity import Doubt
from lightkeeper.judge.validity import doubt as doubt_of
from lightkeeper.model import Control, Observation, Verdict
from lightkeeper.observe.facts import Seen

current_ruleset = lru_cache(maxsize=1)(ruleset)
CHAINS = frozenset({"web_connectivity", "urlgetter", "http_requests", "dns_n_http", "dns_consistency"})
"""Nettests that fetch one page along its redirects, or look up one name. The others test the parts of a service."""
_PAGES = ("http://", "https://")
_PROVIDERS = frozenset({"openvpn", "wireguard", "amneziawg"})
"""Services whose parts are providers: the protocol is the same whoever offers it."""
MOST_REASONS = 6
_WHOLE = frozenset({"", "network", "tunnel", "bootstrap"})
_WORST_FIRST = {"blocked": 0, "throttled": 1, "insufficient": 2, "down": 3, "ok": 4}
_DEPTH = {layer: number for number, layer in enumerate(RULES)}
_ACCUSING = frozenset({"blocked", "throttled", "insufficient"})
"""States that an instrument or a place in doubt cannot bear out."""


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
        place = self._place()
        why = f"{place}: {self.rule.why}" if place else self.rule.why
        return f"{why} {self.figures}" if self.figures else why

    def _place(self) -> str:
        seen, layer = self.seen, self.layer
        target = seen.target if seen.target != "unknown" else ""
        if layer == "app":
            return f"{target} ({': '.join(filter(None, (seen.app_step, seen.app_failure)))})"
        if layer == "rate" and seen.rate_bits_per_s is not None:
            return f"{target} ({seen.rate_bits_per_s / 1e6:.2f} Mbit/s)"
        place = seen.http_url or seen.hostname or target
        if seen.ip and layer in ("tcp", "tls", "quic"):
            place = f"{place} at {seen.ip}:{seen.port}" if place else f"{seen.ip}:{seen.port}"
        if self.state != "ok" and layer != "rate" and self.failure:
            named = self.failure if self.failure.isidentifier() else "unknown_failure"
            place = f"{place} ({layer}: {named})".lstrip()
        return place

    @property
    def failure(self) -> str | None:
        """The failure of this layer, as the probe named it."""
        found: str | None = getattr(self.seen, f"{self.layer}_failure")
        return found


def _best(findings: Sequence[Finding]) -> Finding:
    """The first of the best."""
    for finding in findings:
        if finding.state == "ok":
            return finding
    return max(findings, key=lambda f: _WORST_FIRST[f.state])


class Doubts(NamedTuple):
    """What speaks against the instrument or its place."""

    root_store: Doubt | None
    version: Doubt | None
    place: Doubt | None


def judge(seen: Seen, around: Iterable[Control] = ()) -> list[Verdict]:
    """One verdict a layer that was seen, one a part of the service, and one for the whole, in that order.

    Parts and the whole have layer `all`. `around` is the control that other measurements make (`judge.around`). It is
    consulted only where the record has no control of its own.
    """
    view = View(seen.observations, [*seen.controls, *around], place_of(seen.measurement))
    findings = _findings(seen.observations, view)
    layers = by_layer(findings)
    chain = seen.measurement.test_name in CHAINS
    whole = or_slowed(_of_a_page(seen, findings), findings) if chain else over_the_parts(findings)
    if whole is None and seen.measurement.test_name != "web_connectivity":
        whole = over_the_parts(findings)
    verdicts = [_layer_verdict(seen, layer, layers[layer]) for layer in RULES if layer in layers]
    doubts = Doubts(
        root_store=instrument_in_doubt(layers.get("tls", ())),
        version=_follows_the_software(findings, view) if view.others.known else None,
        place=doubt_of(seen.measurement, seen.observations),
    )
    parts = [] if chain else _part_verdicts(seen, findings, doubts)
    return [*verdicts, *parts, _whole_verdict(seen, seen.measurement.target, findings, whole, doubts)]


def _of_a_page(seen: Seen, findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for a page, or for whatever else was looked for along the way to it."""
    found = along_the_chain(findings)
    is_page = (seen.measurement.input or "").startswith(_PAGES)
    return _unseen(found) if found is not None and is_page and found.state == "ok" else found


def _unseen(found: Finding) -> Finding:
    """The same, or that no page was seen where no more than a name or a connection got through."""
    if found.layer not in ("dns", "tcp"):
        return found
    return _instead(
        found, "page.not_seen", "No more than this is on record: no page came, nor a handshake with the name."
    )


def _instead(found: Finding, id: str, why: str) -> Finding:
    """A finding of nothing, in place of another, for a reason of its own."""
    made = msgspec.structs.replace(found.rule, id=id, state="insufficient", mechanism=None, why=why, doubt=None)
    return Finding(found.seen, found.layer, "insufficient", None, made, (made.id,))


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
    found = decide(layer, seen, view, failure is None)
    if found is None:
        return None
    first, fired = found
    mechanism = first.mechanism and mechanism_of(first.mechanism, layer, seen)
    figures = ""
    if view.compared:
        figures = view.beside.figures(layer, seen, first.id)
        if not figures and view.others.known and first.state in ("blocked", "insufficient"):
            figures = view.others.figures(layer, seen)
    return Finding(seen, layer, first.state, mechanism, first, fired, figures)


def by_layer(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by their layer, in order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if (here := found.get(finding.layer)) is None:
            found[finding.layer] = [finding]
        else:
            here.append(finding)
    return found


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
    that the probe asked besides show what is true, not what people get: a page at an address that only they gave is not
    what people on the network get, so it does not make up for a look-up that failed.
    """
    last: Finding | None = None
    hops = sorted({f.seen.hop for f in findings})
    for hop in hops:
        here = by_layer(findings if len(hops) == 1 else [f for f in findings if f.seen.hop == hop])
        pages, connects, shakes = here.get("http", []), here.get("tcp", []), here.get("tls", [])
        asked = here.get("dns", ())
        names = [f for f in asked if f.seen.dns_engine not in ENCRYPTED]
        deciding = _names_that_decide(names)
        given = {a for f in names for a in f.seen.dns_answers}
        scheme_port = pages[0].seen.port if pages else next((f.seen.port for f in shakes or connects), None)
        connects, shakes = (_on_the_way(ends, scheme_port, given) for ends in (_able(connects), shakes))
        for group in (deciding, connects, shakes, pages):
            if not group:
                continue
            best = _best(group)
            last = best
            if best.state in ("ok", "throttled"):
                continue
            if best.layer == "dns" and best.state == "insufficient" and _came_as_people_get_it(pages, deciding, asked):
                continue
            return best
    if last and last.rule.id == "http.redirect":
        why = "The last response is a redirect, and the record does not show where it led."
        return _instead(last, "http.redirect_not_followed", why)
    return last


def _came_as_people_get_it(pages: list[Finding], deciding: list[Finding], asked: Sequence[Finding]) -> bool:
    """Whether a page came from an address that the resolver of the line gave, or nothing says that it did not."""
    given = {a for f in deciding for a in f.seen.dns_answers}
    others = {a for f in asked for a in f.seen.dns_answers} - given
    return any(f.seen.http_failure is None and f.seen.ip not in others for f in pages)


def or_slowed(whole: Finding | None, findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for a page, or one that it is throttled where nothing worse does."""
    if whole is not None and whole.state in ("blocked", "down"):
        return whole
    return next((f for f in findings if f.state == "throttled"), whole)


def over_the_parts(findings: Sequence[Finding]) -> Finding | None:
    """The finding that decides for an app: every part must work, and a part works if one of its endpoints does.

    A name's lack of an IPv6 address does not make up for what its IPv4 look-up shows, nor a probe's lack of IPv6 for
    what it sees without. A pool of which half or more is blocked is blocked in part, whatever the rest does.
    """
    parts: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        parts.setdefault((finding.seen.target, finding.layer), []).append(finding)
    deciding = [_able(group) for group in parts.values()]
    best_of_each = [_blocked_in_part(group) or _best(group) for group in deciding]
    return min(best_of_each, key=lambda f: (_WORST_FIRST[f.state], -_DEPTH[f.layer]), default=None)


def _blocked_in_part(group: Sequence[Finding]) -> Finding | None:
    """That a pool is blocked in part, as its first blocked endpoint shows; none where it is not, or wholly blocked."""
    blocked = next((f for f in group if f.state == "blocked" and f.mechanism is not None), None)
    if blocked is None or blocked.layer in ("dns", "rate") or all(f.state == "blocked" for f in group):
        return None
    counted = blocked_in_part((f.seen.ip or f.seen.hostname or f.seen.target, f.state) for f in group)
    if counted is None:
        return None
    few, every = counted
    why = f"{few} of {every} addresses of this pool are blocked here, and the others are not: it is blocked in part."
    rule = msgspec.structs.replace(blocked.rule, id=f"{blocked.layer}.pool_blocked_in_part", why=why)
    mechanism = f"{blocked.mechanism}{IN_PART}"
    fired = (rule.id, *blocked.fired)
    return Finding(
        blocked.seen, blocked.layer, "blocked", mechanism, rule, fired, f"{blocked.rule.why} {blocked.figures}"
    )


def _able(group: list[Finding]) -> list[Finding]:
    """Those that the probe was able to see: without its lack of IPv6, unless there is nothing else."""
    return [f for f in group if f.seen.dns_query_type != "AAAA" and not _lacks_ipv6(f)] or group


def _lacks_ipv6(finding: Finding) -> bool:
    return finding.rule.id in ("tcp.no_route_at_probe", "tcp.ipv6_in_doubt") and ":" in (finding.seen.ip or "")


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
    worst = findings[0]
    if len({f.state for f in findings}) > 1:
        worst = min(findings, key=lambda f: _WORST_FIRST[f.state])
        findings = [f for f in findings if f.state == worst.state]
    said = _all_fired(worst, findings), _reasons(worst, findings)
    return _made(seen, seen.measurement.target, layer, worst.state, worst.mechanism, worst.rule.id, *said)


def _part_verdicts(seen: Seen, findings: list[Finding], doubts: Doubts) -> list[Verdict]:
    """A verdict for each part that has another name than the measurement, sorted by name."""
    parts: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.seen.target not in (seen.measurement.target, "unknown"):
            parts.setdefault(finding.seen.target, []).append(finding)
    return [
        _whole_verdict(seen, target, of_part, over_the_parts(of_part), doubts)
        for target, of_part in sorted(parts.items())
    ]


def _follows_the_software(findings: Iterable[Finding], view: View) -> Doubt | None:
    failed = next((f for f in findings if f.state != "ok" and view.others.follow_the_software(f.layer, f.seen)), None)
    if failed is None:
        return None
    said = f"elsewhere {failed.seen.target} fails with the same probe software too, and not with other software"
    return Doubt("software", said)


def _whole_verdict(seen: Seen, target: str, findings: list[Finding], whole: Finding | None, doubts: Doubts) -> Verdict:
    if whole is None:
        unknown = any(note.startswith("unknown nettest") for note in seen.notes)
        rule = "unknown_nettest" if unknown else "nothing_to_judge"
        whys = [] if unknown else ["the record holds nothing that can be judged"]
        return _made(seen, target, "all", "insufficient", None, rule, [rule], [*map(_sentence, [*whys, *seen.notes])])
    layer, state, doubt, place = whole.layer, whole.state, doubts.root_store or doubts.version, doubts.place
    if doubt and state in ("blocked", "insufficient"):
        rule = "instrument.root_store" if doubts.root_store else "instrument.version"
        said = _all_fired(whole, [whole]), [_sentence(doubt.said)]
        return _made(seen, target, "all", "insufficient", None, rule, *said, layer, (place or doubt).name)
    agreeing = [f for f in findings if f.rule is whole.rule and f.layer == layer]
    fired, reasons = _all_fired(whole, agreeing), _reasons(whole, agreeing)
    if place and state in _ACCUSING:
        rule = "instrument.in_doubt"
        said = [rule, *fired], [_sentence(place.said), *reasons]
        return _made(seen, target, "all", "insufficient", None, rule, *said, layer, place.name)
    if state != "insufficient":
        side = [f for f in findings if f.state == "blocked" and (f.layer != layer or state != "blocked")]
        reasons = list(dict.fromkeys([*reasons, *(f.reason for f in side)]))[:12]
        fired = list(dict.fromkeys([*fired, *(f.rule.id for f in side)]))
    reasons += map(_sentence, [place.said, *seen.notes] if place else seen.notes)
    validity = place.name if place else whole.rule.doubt or "valid"
    return _made(seen, target, "all", state, whole.mechanism, whole.rule.id, fired, reasons, layer, validity)


def _sentence(said: str) -> str:
    """What stands in the tables as a clause, as a sentence to be read."""
    return f"{said[0].upper()}{said[1:]}."


def instrument_in_doubt(of_tls: Iterable[Finding]) -> Doubt | None:
    """Why the instrument is in doubt: several services refused for their authority alone, on a network that connects.

    An old list of trusted authorities in the probe's software does this (Signal's change of root in October 2022).
    """
    failed = [f.seen for f in of_tls if f.seen.tls_failure is not None]
    if len(failed) < 3:
        return None
    refused = [o for o in failed if kind(o.tls_failure) == "unknown_authority"]
    others = [o for o in failed if o.tls_failure and kind(o.tls_failure) not in CERTIFICATE]
    if len({o.hostname for o in refused}) >= 3 and not others and len({o.ip or o.hostname for o in refused}) >= 3:
        said = "several servers refused for an unknown authority at once: the probe's own list may be out of date"
        return Doubt("root_store", said)
    return None


def _made(
    seen: Seen,
    target: str,
    layer: str,
    state: str,
    mechanism: str | None,
    rule: str,
    fired: list[str],
    reasons: list[str],
    deciding_layer: str | None = None,
    validity: str = "valid",
) -> Verdict:
    return Verdict(
        measurement_id=seen.measurement.measurement_id,
        target=target,
        layer=layer,
        state=state,
        mechanism=mechanism,
        rule=rule,
        rules_fired=fired,
        reasons=reasons,
        deciding_layer=deciding_layer,
        validity=validity,
        ruleset=current_ruleset(),
    )


def _all_fired(decided: Finding, agreeing: Sequence[Finding]) -> list[str]:
    """The rules that fired, each once, the deciding one first."""
    others = [f.fired for f in agreeing if f.fired is not decided.fired]
    if not others:  # rules that fire are in order, and the first decides
        return list(decided.fired)
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
