"""Explain a verdict: the facts, the control, the rules that fired, and what follows, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from lightkeeper.model import Control, Observation
from lightkeeper.run.judging import Judged

MOST = 40
"""Facts shown of one measurement; the rest is counted."""


def explain(judged: Judged) -> Iterator[str]:
    """Lines that tell a person how the verdict on one measurement came about."""
    row, whole = judged.seen.measurement, judged.verdicts[-1]
    yield f"{row.test_name} of {row.target}" + (f" ({row.input})" if row.input else "")
    where = f"network AS{row.probe_asn or '?'} in {row.probe_cc or 'an unknown country'}"
    yield f"  measured in {where}, {f'{row.started_at:%Y-%m-%d %H}:00 UTC' if row.started_at else 'time not known'}"
    yield f"  {judged.file}:{judged.line}, id {row.measurement_id}"
    yield ""
    yield "What the probe saw"
    yield from _cut([_fact(o) for o in judged.seen.observations])
    yield ""
    yield "What the control saw"
    yield from _cut([_control(c) for c in judged.seen.controls if c.layer != "address"])
    for note in judged.seen.notes:
        yield f"  note: {note}"
    yield ""
    yield "What each layer and part shows"
    for verdict in judged.verdicts[:-1]:
        yield f"  {verdict.target if verdict.layer == 'all' else verdict.layer}: {verdict.state}" + (
            f" ({verdict.mechanism})" if verdict.mechanism else ""
        )
        yield f"    decided by {verdict.rule}"
        others = [r for r in verdict.rules_fired if r != verdict.rule]
        if others:
            yield f"    also fired: {', '.join(others)}"
        yield from (f"    {reason}" for reason in verdict.reasons[:3])
    yield ""
    yield f"Verdict: {whole.state}" + (f" ({whole.mechanism})" if whole.mechanism else "")
    layer = f" at layer {whole.deciding_layer}" if whole.deciding_layer else ""
    yield f"  decided by {whole.rule}{layer}, rules {whole.ruleset}"
    yield from (f"  {reason}" for reason in whole.reasons)
    if whole.validity != "valid":
        yield f"  The instrument is in doubt: {whole.validity}"


def _cut(lines: list[str]) -> Iterator[str]:
    if not lines:
        yield "  nothing on record"
    yield from (f"  {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"  and {len(lines) - MOST} more"


def _fact(seen: Observation) -> str:
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
        return f"{hop}TLS handshake with {end} for {seen.tls_server_name}: {seen.tls_failure or 'completed'}"
    if seen.quic_tried:
        return f"{hop}QUIC handshake with {end}: {seen.quic_failure or 'completed'}"
    if seen.http_tried:
        answer = f"status {seen.http_status}, {seen.http_body_bytes} bytes" if seen.http_status else "no response"
        title = f", title “{seen.http_title}”" if seen.http_title else ""
        return f"{hop}request for {seen.http_url}: {seen.http_failure or answer + title}"
    return f"{hop}{seen.target}: {seen.app_failure or 'worked'}"


def _control(seen: Control) -> str:
    what = f"{seen.ip}:{seen.port}" if seen.ip else seen.hostname or "the page"
    if seen.failed:
        return f"{seen.layer} {what}: {seen.failure or 'failed'}"
    if seen.layer == "dns":
        return f"dns {what}: {', '.join(seen.dns_answers) or 'no address'}"
    if seen.layer == "http":
        return f"http {what}: status {seen.http_status}, {seen.http_body_bytes} bytes, title “{seen.http_title or ''}”"
    return f"{seen.layer} {what}: worked"
