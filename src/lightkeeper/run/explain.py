"""Explain a verdict: what follows, the facts, the control, the rules that fired or nearly did, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lightkeeper.judge.interception import ISSUERS, said_of_issuer
from lightkeeper.judge.likeness import PAGES, said_of_page
from lightkeeper.judge.mechanisms import meaning
from lightkeeper.judge.nearly import Near, nearly
from lightkeeper.judge.proof import LINEAGES
from lightkeeper.judge.slowness import SPEEDS, said_of
from lightkeeper.model import Control, Observation, Verdict
from lightkeeper.publish.words import DOUBTS
from lightkeeper.run.judging import Judged

MOST = 40
"""Facts shown of one measurement; the rest is counted."""
MOST_NEAR = 12
STATES = {
    "blocked": "It failed here in a way that a network causes, and works elsewhere.",
    "throttled": "It was slowed down here, and not elsewhere.",
    "down": "It fails elsewhere too.",
    "ok": "It worked.",
    "insufficient": "Nothing follows: neither that it is blocked, nor that it is open.",
}


def explain(judged: Judged) -> Iterator[str]:
    """Lines that tell a person how the verdict on one measurement came about."""
    row, whole = judged.seen.measurement, judged.verdicts[-1]
    yield f"{row.test_name} of {row.target}" + (f" ({row.input})" if row.input else "")
    where = f"network AS{row.probe_asn or '?'} in {row.probe_cc or 'an unknown country'}"
    yield f"  measured in {where}, {f'{row.started_at:%Y-%m-%d %H}:00 UTC' if row.started_at else 'time not known'}"
    yield f"  {judged.file}:{judged.line}, id {row.measurement_id}"
    yield ""
    yield from _verdict(whole)
    yield ""
    yield "What the probe saw"
    of_table = judged.seen.repeated is not None
    yield from _cut([_fact(o, of_table=of_table) for o in judged.seen.observations])
    yield ""
    yield "What the control saw"
    yield from _cut(list(_controls(judged.seen.controls)))
    for note in judged.seen.notes:
        yield f"  note: {note}"
    if judged.seen.repeated is not None:
        yield f"  note: these are rows of an observation table, of which {judged.seen.repeated} stood twice"
    yield ""
    yield "What each layer and part shows"
    yield from _layers(judged.verdicts[:-1])
    yield ""
    yield "What nearly followed"
    yield from _near(nearly(judged.seen))


def _verdict(whole: Verdict) -> Iterator[str]:
    yield f"Verdict: {whole.state}" + (f" ({whole.mechanism})" if whole.mechanism else "")
    yield f"  {STATES[whole.state]}" + (f" {meaning(whole.mechanism) or ''}" if whole.mechanism else "")
    yield from (f"  {reason}" for reason in whole.reasons)
    if whole.validity != "valid":
        yield f"  In doubt: {DOUBTS.get(whole.validity, whole.validity)} ({whole.validity})"
    layer = f" at layer {whole.deciding_layer}" if whole.deciding_layer else ""
    yield f"  Decided by {whole.rule}{layer}, rules {whole.ruleset}"


def _layers(verdicts: list[Verdict]) -> Iterator[str]:
    if not verdicts:
        yield "  nothing that can be judged"
    for verdict in verdicts:
        name = verdict.target if verdict.layer == "all" else verdict.layer
        mechanism = f" ({verdict.mechanism})" if verdict.mechanism else ""
        yield f"  {name}: {verdict.state}{mechanism}, by {verdict.rule}"
        others = [r for r in verdict.rules_fired if r != verdict.rule]
        if others:
            yield f"    also fired: {', '.join(others)}"
        yield from (f"    {reason}" for reason in verdict.reasons[: 1 if verdict.state == "ok" else 3])
        more = len(verdict.reasons) - 3
        if verdict.state != "ok" and more > 0:
            yield f"    and {more} more like these"


def _near(found: list[Near]) -> Iterator[str]:
    """What would have followed, and for want of what; places of one rule together."""
    groups: dict[tuple[str, str | None, str, str], list[str]] = {}
    for one in found:
        groups.setdefault((one.state, one.mechanism, one.rule, one.missing), []).append(one.place)
    if not groups:
        yield "  no rule that accuses was near"
    for (state, mechanism, rule, missing), places in list(groups.items())[:MOST_NEAR]:
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        yield f"  {', '.join(places[:3])}{more}: {rule} would say {state}" + (f" ({mechanism})" if mechanism else "")
        yield f"    but {missing}"
    if len(groups) > MOST_NEAR:
        yield f"  and {len(groups) - MOST_NEAR} more"


def _cut(lines: list[str]) -> Iterator[str]:
    if not lines:
        yield "  nothing on record"
    yield from (f"  {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"  and {len(lines) - MOST} more"


def _fact(seen: Observation, *, of_table: bool) -> str:
    place = seen.hostname or seen.ip or seen.target
    hop = f"[after {seen.hop} redirects] " if seen.hop else ""
    end = f"{seen.ip}:{seen.port}" if seen.ip else place
    if seen.dns_engine:
        found = seen.dns_failure or ", ".join(seen.dns_answers) or "no address"
        kinds = f" ({', '.join(seen.dns_answer_kinds)})" if seen.dns_answer_kinds else ""
        return f"{hop}look-up of {place}, {seen.dns_query_type or '?'} by {seen.dns_engine}: {found}{kinds}"
    if seen.tcp_tried:
        return f"{hop}connection to {end}: {seen.tcp_failure or 'made'}"
    if seen.tls_tried:
        return f"{hop}TLS handshake with {end} for {seen.tls_server_name}: {seen.tls_failure or 'completed'}{_by(seen)}"
    if seen.quic_tried:
        return f"{hop}QUIC handshake with {end}: {seen.quic_failure or 'completed'}"
    if seen.http_tried:
        known = f"status {seen.http_status}, {seen.http_body_bytes} bytes" if seen.http_status else None
        answer = known or ("answered, its status is not on record" if of_table else "no response")
        title = f", title “{seen.http_title}”" if seen.http_title else ""
        words = f", simhash of its words {seen.http_simhash}" if seen.http_simhash else ""
        return f"{hop}request for {seen.http_url}: {seen.http_failure or answer + title + words}"
    if seen.rate_tried:
        size = f" ({seen.rate_bytes} bytes)" if seen.rate_bytes else ""
        speed = f"{seen.rate_bits_per_s / 1e6:.3g} Mbit/s{size}" if seen.rate_bits_per_s else "no speed"
        return f"{hop}speed of {place}: {seen.rate_failure or speed}"
    step = f", {seen.app_step}" if seen.app_step else ""
    return f"{hop}{seen.target}{step}: {seen.app_failure or 'worked'}"


def _by(seen: Observation) -> str:
    """Who signed the certificate, where our own check has something against it."""
    check = seen.tls_certificate_check
    odd = check not in (None, "valid")
    return f", certificate {check} by “{seen.tls_issuer or 'an unknown issuer'}”" if odd else ""


def _controls(rows: Iterable[Control]) -> Iterator[str]:
    """The record's own control, what others saw, then the comparisons of whole tables."""
    every = [c for c in rows if c.layer != "address"]
    yield from (_control(c) for c in every if c.lineage not in LINEAGES | {SPEEDS, ISSUERS, PAGES})
    yield from (_others(c) for c in every if c.lineage in LINEAGES)
    yield from (f"speeds of {c.target}: {said_of(c)}" for c in every if c.lineage == SPEEDS)
    issuers: dict[str, dict[str, Control]] = {}
    for c in every:
        if c.lineage == ISSUERS:
            issuers.setdefault(c.failure or "", {})[c.step or ""] = c
    yield from (f"certificates: {said_of_issuer(found)}" for found in issuers.values())
    yield from (f"pages: {said_of_page(c)}" for c in every if c.lineage == PAGES)


_LINEAGE = {
    "same_window": "others in other countries, in the same hours",
    "history": "others in other countries, in the 30 days before",
    "same_network": "others on the same network, in the same hours",
    "same_line": "other targets on the same line, within an hour",
    "same_software": "others in other countries with the same probe software",
    "other_software": "others in other countries with other probe software",
}


def _others(seen: Control) -> str:
    end = f"{seen.ip}:{seen.port}" if seen.ip else seen.hostname or seen.step or seen.target or ""
    where = f", on {seen.networks} networks in {seen.countries} countries" if seen.networks is not None else ""
    what = f"{seen.layer} {end}"
    return f"{what}: {_LINEAGE[seen.lineage]}: {seen.succeeded} got through, {seen.failed} did not{where}"


def _control(seen: Control) -> str:
    what = f"{seen.ip}:{seen.port}" if seen.ip else seen.hostname or "the page"
    if seen.failed:
        return f"{seen.layer} {what}: {seen.failure or 'failed'}"
    if seen.layer == "dns":
        return f"dns {what}: {', '.join(seen.dns_answers) or 'no address'}"
    if seen.layer == "http":
        return f"http {what}: status {seen.http_status}, {seen.http_body_bytes} bytes, title “{seen.http_title or ''}”"
    return f"{seen.layer} {what}: worked"
