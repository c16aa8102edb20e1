"""Paths: SYNTHETIC transfers over paths whose truth is known, as rows of speeds. No byte of this was measured.

A transfer is TCP Reno counted by the round trip (RFC 5681): a window of ten segments (RFC 6928) that doubles, then
grows by one, is halved by a loss, and begins again after a time-out where everything was lost. A path loses packets by
chance, holds them to a rate in a queue (shaping), or drops what a token bucket has no tokens for (policing).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

SEGMENT = 1448.0
TIMEOUT_S = 10.0
"""A probe gives up after this time and keeps what came."""
RTO_S = 0.3
PACKETS_A_ROUND = 4000

HERE = ("IR", 1)
NETWORKS = [HERE, ("IR", 2), ("DE", 3), ("FR", 4), ("TR", 5), ("US", 6)]
HOUR = 24 * 20_000


@dataclass(frozen=True)
class Site:
    """A name, the /24 and the address in it where its server stands, bytes of its page, bit/s that the server gives."""

    name: str
    place: str
    address: int
    size: int = 1_000_000
    serves: float = 200e6


VIDEO = Site("video.example", "192.0.2", 1, serves=8e6)
STATIC = Site("static.example", "192.0.2", 1)
"""The same server as the video's, and some four times faster wherever nothing holds it."""
BESIDE = Site("beside.example", "192.0.2", 2)
"""Another address of the same /24."""
OTHERS = [Site(f"{name}.example", f"198.51.{n}", 1) for n, name in enumerate(("files", "news", "pics", "shop"))]
SITES = [VIDEO, STATIC, BESIDE, *OTHERS]


@dataclass(frozen=True)
class Path:
    """Round trip in seconds, bit/s of the narrowest link, share of packets lost, and a policer's bit/s and burst."""

    round_trip_s: float
    bits_per_s: float
    loss: float = 0.0
    police: float | None = None
    burst_bytes: float = 32_000.0


Change = Callable[[Path, tuple[str, int], Site, int], Path]
"""What a scenario makes of a path, for a network, a site and an hour of the day."""


def transfer(path: Path, size: float, dice: random.Random) -> tuple[float, float]:
    """Bytes that came, and the seconds that they took."""
    came, spent, window, threshold, tokens, rto = 0.0, 0.0, 10.0, 1e9, path.burst_bytes, RTO_S
    narrow = path.bits_per_s / 8
    while came < size and spent < TIMEOUT_S:
        segments = min(window, max(1.0, (size - came) / SEGMENT), PACKETS_A_ROUND)
        sent = segments * SEGMENT
        took = max(path.round_trip_s * dice.uniform(0.95, 1.2), sent / narrow)
        lost = sum(dice.random() < path.loss for _ in range(round(segments))) * SEGMENT if path.loss else 0.0
        passed = sent - lost
        if path.police is not None:
            tokens = min(path.burst_bytes, tokens + path.police / 8 * took)
            passed = min(passed, tokens // SEGMENT * SEGMENT)
            tokens -= passed
        if passed <= 0:
            threshold, window, took, rto = max(2.0, window / 2), 1.0, took + rto, min(3.0, rto * 2)
            tokens = min(path.burst_bytes, tokens + (path.police or 0) / 8 * took)
        elif passed < sent:
            threshold = window = max(2.0, window / 2)
            rto = RTO_S
        else:
            window, rto = (window * 2 if window < threshold else window + 1), RTO_S
            window = min(window, 4 * narrow * path.round_trip_s / SEGMENT + 10)
        came, spent = came + passed, spent + took
    return came, spent


def world(
    change: Change,
    *,
    sessions: int = 8,
    seed: int = 1,
    sites: list[Site] = SITES,
    hours: Callable[[Site, int], int] = lambda site, session: session,
) -> list[dict[str, object]]:
    """Rows of speeds: each site once a session on each network. Lines are of 20 to 60 Mbit/s, 20 to 120 ms away."""
    dice = random.Random(seed)
    far = {(network, site.place): dice.uniform(0.02, 0.12) for network in NETWORKS for site in sites}
    rows: list[dict[str, object]] = []
    for network in NETWORKS:
        for session in range(sessions):
            line = dice.uniform(20e6, 60e6)
            for site in sites:
                hour = hours(site, session)
                plain = Path(far[network, site.place], min(line, site.serves) * dice.uniform(0.6, 1.0))
                path = change(plain, network, site, hour)
                came, spent = transfer(path, site.size, dice)
                rows.append(
                    {
                        "measurement_id": f"m{len(rows)}",
                        "target": site.name,
                        "probe_cc": network[0],
                        "probe_asn": network[1],
                        "hour": HOUR + hour,
                        "session": f"{network[1]}/{session}",
                        "speed": 8 * came / spent,
                        "round_trip_s": path.round_trip_s * dice.uniform(0.95, 1.2),
                        "software": f"probe {session % 2}",
                        "server": site.place,
                        "size": came,
                    }
                )
    return [row for row in rows if float(str(row["size"])) >= 64 * 1024]


def here(sites: tuple[Site, ...], **changed: float) -> Change:
    """The same change of the paths to these sites on one network, at all hours."""

    def change(path: Path, network: tuple[str, int], site: Site, hour: int) -> Path:
        return replace(path, **changed) if network == HERE and site in sites else path

    return change
