"""Speeds: what measurements say of speed, as columns, and one value a session out of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from lightkeeper.judge.shift import Values
from lightkeeper.model import Observation

Codes = npt.NDArray[np.int64]
Metric = Literal["bits_per_s", "handshake"]
T = TypeVar("T")

LEAST_BYTES = 64 * 1024
"""Bytes below which a page's time is that of its round trips. A first flight holds 14,600 bytes (RFC 6928) and each
round trip doubles it: 64 KiB take about three, which at 150 kbit/s are 3.5 s and on no open line are."""
GENERAL = frozenset({"ndt/download", "dash/download"})
"""Targets that stand for the line as a whole: servers of Measurement Lab, near most networks."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Columns of one length. `speed` is in bit/s, or round trips over the time of a TLS handshake (`handshake`).

    `hour` counts hours since 1970, UTC; `probe_asn` is 0 and `probe_cc` empty where unknown; `round_trip_s` is NaN
    where unknown; `session` is the report, or the measurement where there is none.
    """

    metric: Metric
    measurement_id: Sequence[str]
    target: Sequence[str]
    probe_cc: Sequence[str]
    probe_asn: Sequence[int]
    hour: Sequence[int] | Codes
    session: Sequence[str]
    speed: Sequence[float] | Values
    round_trip_s: Sequence[float] | Values
    software: Sequence[str]
    server: Sequence[str]
    """The place of the server, such as its /24: names there share a way. Empty where unknown."""
    size: Sequence[float] | Values = ()
    """Bytes that came, NaN where unknown; empty where nothing is known of them."""


def is_sample(seen: Observation, metric: Metric) -> bool:
    """Whether an observation counts as a sample of this metric. `run.samples` asks the tables the same."""
    if metric == "handshake":
        return seen.tls_tried and seen.tls_failure is None and bool(seen.tls_handshake_s)
    large = seen.target in GENERAL or (seen.rate_bytes or 0) >= LEAST_BYTES
    return large and (seen.rate_bits_per_s or 0) > 0 and seen.target != "ndt/upload"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """One row a session, target, network and window: median logarithms of its speeds. The key columns are codes.

    A code of `target` or `network` is a place in `targets` or `networks`, a network being a country and an AS number.
    """

    target: Codes
    country: Codes
    network: Codes
    window: Codes
    session: Codes
    kind: Codes
    """Probe software: sessions of one are one kind."""
    server: Codes
    """Place of the server in `servers`."""
    hour: Codes
    """Hour since 1970 of its last sample."""
    size: Values
    """Median of the bytes that came, NaN where unknown."""
    speed: Values
    per_trip: Values
    """Logarithm of speed times round trip: how much comes in one round trip, however far the server is."""
    targets: list[str]
    networks: list[tuple[str, int]]
    servers: list[str]
    sample: Codes
    """Places of the samples, those of one row together."""
    first: Codes
    """Where the samples of each row begin in `sample`; one more for the end."""

    def slow_samples(self, rows: Codes, samples: Samples, limit: float) -> list[str]:
        """Measurements behind these rows whose own speed has a logarithm of at most `limit`, sorted."""
        places = [int(p) for r in rows for p in self.sample[self.first[r] : self.first[r + 1]]]
        return sorted({samples.measurement_id[p] for p in places if math.log(samples.speed[p]) <= limit})


def witnesses_of(samples: Samples, window_hours: int) -> Witnesses:
    """One row a session: a probe that measures often is heard once. Rows without a place or a speed are left out."""
    speed = np.asarray(samples.speed, np.float64)
    good = np.isfinite(speed) & (speed > 0)
    good &= np.fromiter((bool(a and c) for a, c in zip(samples.probe_asn, samples.probe_cc, strict=True)), bool)
    target, targets = _coded(samples.target)
    network, networks = _coded(list(zip(samples.probe_cc, samples.probe_asn, strict=True)))
    country, _ = _coded(samples.probe_cc)
    session, _ = _coded(samples.session)
    kind, _ = _coded(samples.software, in_order=True)
    server, servers = _coded(samples.server, in_order=True)
    hour = np.asarray(samples.hour, np.int64)
    window = hour // window_hours
    size = np.asarray(samples.size if len(samples.size) else np.full(len(speed), np.nan), np.float64)
    keys = np.stack([window, target, network, country, session])[:, good]
    logs = np.log(speed[good])
    with np.errstate(invalid="ignore", divide="ignore"):
        trips = np.log(np.asarray(samples.round_trip_s, np.float64)[good])
    if samples.metric == "handshake":
        trips = np.zeros_like(logs)  # a handshake is counted by the round trip already
    order = np.lexsort(keys[::-1])
    fresh = np.ones(len(order), bool)
    fresh[1:] = (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)
    starts = np.flatnonzero(fresh)
    row = np.cumsum(fresh) - 1
    window, target, network, country, session = keys[:, order[starts]]
    return Witnesses(
        target=target,
        country=country,
        network=network,
        window=window,
        session=session,
        kind=_greatest(kind[good][order], starts),
        server=_greatest(server[good][order], starts),
        hour=_greatest(hour[good][order], starts),
        size=medians(row, size[good][order], len(starts)),
        speed=medians(row, logs[order], len(starts)),
        per_trip=medians(row, (logs + trips)[order], len(starts)),
        targets=targets,
        networks=networks,
        servers=servers,
        sample=np.flatnonzero(good)[order],
        first=np.append(starts, len(order)),
    )


def medians(group: Codes, values: Values, groups: int) -> Values:
    """Median of the finite values of each group, NaN for a group without any."""
    finite = np.isfinite(values)
    group, values = group[finite], values[finite]
    order = np.lexsort((values, group))
    ordered = values[order]
    counts = np.bincount(group, minlength=groups)
    ends = np.cumsum(counts)
    low, high = ends - counts + (counts - 1) // 2, ends - counts + counts // 2
    found = np.full(groups, np.nan)
    some = counts > 0
    found[some] = (ordered[low[some]] + ordered[high[some]]) / 2
    return found


def _coded(values: Sequence[T], *, in_order: bool = False) -> tuple[Codes, list[T]]:
    """Codes of the values, and what they stand for: as they came, or sorted as text."""
    codes: dict[T, int] = {}
    found = np.fromiter((codes.setdefault(v, len(codes)) for v in values), np.int64, len(values))
    if not in_order:
        return found, list(codes)
    names = sorted(codes, key=str)
    place = {name: n for n, name in enumerate(names)}
    return np.array([place[name] for name in codes], np.int64)[found], names


def _greatest(codes: Codes, starts: Codes) -> Codes:
    """The greatest of each row. One session has one software and one server, or it is odd."""
    return np.maximum.reduceat(codes, starts) if len(starts) else codes[:0]


def split(keys: Codes, values: Codes) -> Iterator[tuple[int, Codes]]:
    """The values of each key, in order of the keys, otherwise as they came."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    for start, end in zip(starts, [*starts[1:], len(ordered)], strict=False):
        yield int(ordered[start]), values[order[start:end]]


def at(hour: int) -> datetime:
    """The time of an hour since 1970."""
    return datetime.fromtimestamp(hour * 3600, UTC)
