"""Voices: what each measurement says of each service that a letter is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from lightkeeper.ledger.days import SLOT_H, Voice
from lightkeeper.ledger.networks import handed_in
from lightkeeper.model import Measurement, Verdict
from lightkeeper.model.case import Case, Operator, Watched
from lightkeeper.model.verdict import MUTE

ANY_TARGET = "any target"
_ACCUSING = frozenset({"blocked", "throttled"})
_QUALITY = ("tls.mitm", "tls.throttle", "dns.injection")


def service_of(wanted: Iterable[Watched], target: str) -> str | None:
    """The watched service that a target belongs to, by its patterns. `signal/*` names the parts and `signal` itself."""
    return next((w.id for w in wanted if _names(w, target)), None)


def in_time(
    case: Case, operator: Operator | None, measurements: Iterable[Measurement], begin: datetime, end: datetime
) -> dict[str, Measurement]:
    """Measurements of the country or operator from `begin` to `end`, by id. One that stands twice counts once."""
    found: dict[str, Measurement] = {}
    for row in measurements:
        if row.started_at is None or not begin <= row.started_at < end or row.probe_cc != case.country:
            continue
        if operator is None or row.probe_asn in operator.asns:
            twin = found.get(row.measurement_id)
            found[row.measurement_id] = row if twin is None else min(twin, row, key=_key)
    return found


def _key(row: Measurement) -> tuple[str, ...]:
    return tuple(map(str, (row.started_at, row.report_id, row.probe_asn, row.software, row.file_sha256, row.file_line)))


def voices_of(
    case: Case, topic: str, wanted: list[Watched], chosen: dict[str, Measurement], verdicts: Iterable[Verdict]
) -> Iterator[Voice]:
    """What each measurement says: one voice on each target of a service."""
    for name, rows in _whole(verdicts, chosen).items():
        measurement = chosen[name]
        at = measurement.started_at
        if at is None:
            continue
        for service, verdict in (
            _quality(measurement, rows) if topic == "quality" else bearing(wanted, measurement, rows)
        ):
            local = at.astimezone(case.zone)
            yield Voice(
                service=service,
                asn=measurement.probe_asn,
                target=verdict.target,
                day=local.date(),
                slot=local.hour // SLOT_H,
                hour=int(at.timestamp()) // 3600,
                software=measurement.software or "",
                session=measurement.report_id or name,
                state=verdict.state,
                measurement_id=name,
                handed_in=handed_in(measurement, case) or local.date(),
                verified=measurement.is_verified is True,
            )


def bearing(
    wanted: Iterable[Watched], measurement: Measurement, rows: dict[str, Verdict]
) -> Iterator[tuple[str, Verdict]]:
    """The verdicts of one measurement that bear on a watched service; `rows` are those on wholes, by target.

    Its own verdict speaks for the service that its own target belongs to, and its parts are not asked again. A part
    speaks for another service, whose pattern names the part and not the whole (`tor/obfs4*`).
    """
    own = service_of(wanted, measurement.target)
    if own is not None and measurement.target in rows:
        yield own, rows[measurement.target]
    others = [w for w in wanted if not _names(w, measurement.target)]
    for target, verdict in sorted(rows.items()):
        if target != measurement.target and (service := service_of(others, target)) is not None:
            yield service, verdict


def _names(watched: Watched, target: str) -> bool:
    return _is_named(tuple(watched.targets), target)


@lru_cache(maxsize=100_000)
def _is_named(patterns: tuple[str, ...], target: str) -> bool:
    """Cached, since many measurements test few targets."""
    plain = target.casefold()
    return any(fnmatchcase(plain, p) or p == f"{plain}/*" for p in map(str.casefold, patterns))


def _quality(measurement: Measurement, rows: dict[str, Verdict]) -> Iterator[tuple[str, Verdict]]:
    if measurement.target in rows:
        yield ANY_TARGET, _for_quality(rows[measurement.target])


def _whole(verdicts: Iterable[Verdict], chosen: dict[str, Measurement]) -> dict[str, dict[str, Verdict]]:
    """Verdicts on wholes, by measurement and target. Of two that contradict each other the milder is kept.

    A measurement that is in doubt as a whole says nothing of this network. One whose failure is in doubt neither
    accuses nor acquits; that something was measured stands.
    """
    found: defaultdict[str, dict[str, Verdict]] = defaultdict(dict)
    for verdict in verdicts:
        if verdict.layer == "all" and verdict.validity not in MUTE and verdict.measurement_id in chosen:
            if verdict.validity != "valid":
                verdict = msgspec.structs.replace(verdict, state="insufficient", mechanism=None)
            rows = found[verdict.measurement_id]
            twin = rows.get(verdict.target)
            rows[verdict.target] = verdict if twin is None else max(twin, verdict, key=_mildness)
    return found


def _mildness(verdict: Verdict) -> tuple[bool, str, str, str]:
    return verdict.state not in _ACCUSING, verdict.state, verdict.mechanism or "", verdict.rule


def _for_quality(verdict: Verdict) -> Verdict:
    """The verdict as it bears on quality: a block without interception, injection or throttling says nothing."""
    against = verdict.state == "throttled" or (verdict.mechanism or "").startswith(_QUALITY)
    if verdict.state == "blocked" and not against:
        return msgspec.structs.replace(verdict, state="insufficient")
    return verdict
