"""A small world for tests of the watch: synthetic replies in the documented shapes, by a clock that the test sets."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lightkeeper.settings import Settings
from sources.server import Answer, Asked

NOW = datetime.now(UTC).replace(hour=12, minute=10, second=0, microsecond=0)
"""Noon of the day on which the tests run: the archive goes by the real clock, and takes what is long over as final."""
CUT = NOW.replace(minute=0) - timedelta(hours=6)
STEP = 3600
FULL = {"bgp": 9000.0, "ping-slash24": 7000.0, "merit-nt": 800.0, "gtr": 500.0}
"""What each of IODA's series has on a normal night. Those that are not here have no series."""


def on_record(begin: datetime, hours: float, *, open_: bool = False, datasource: str = "bgp") -> dict[str, Any]:
    """An event of IODA's of the whole country, as its API gives it."""
    return {
        "location": "country/IR", "location_name": "Iran", "start": int(begin.timestamp()),
        "duration": int(hours * 3600), "datasource": datasource, "method": "median", "score": 1000.0,
        "overlaps_window": open_,
    }  # fmt: skip


DELAYS = "ping-slash24-latency"


class World:
    """Synthetic. `cut` is when the network goes, `back` when it returns; `now` is the last time that has values."""

    def __init__(self) -> None:
        self.now = NOW
        self.cut: datetime | None = None
        self.back: datetime | None = None
        self.left = 0.05
        """Share that is left in the cut."""
        self.only: set[str] | None = None
        """The series that the cut takes; none is all."""
        self.slow: datetime | None = None
        """When delays rise to three times, if they do; there is a series of delays from then on only."""
        self.recorded: list[dict[str, Any]] = []
        """What IODA has on record as events."""
        self.stopped_at: datetime | None = None
        """When the source stopped to publish, if it did."""
        self.broken: Callable[[Asked], Answer | None] = lambda _asked: None
        """An answer in place of the usual one."""

    def play(self, asked: Asked) -> Answer:
        """The answer to one request."""
        broken = self.broken(asked)
        if broken is not None:
            return broken
        if "/signals/" in asked.path:
            return _json({"error": None, "data": [self._signals(asked)]})
        if "/outages/" in asked.path:
            return _json({"error": None, "data": self.recorded if asked.path.rstrip("/").endswith("events") else []})
        if asked.path.endswith("userstats-relay-country.csv"):
            return Answer(self._tor(asked).encode())
        if asked.path.endswith(".csv"):
            return Answer(b"# No data available for the given parameters.\n")
        if "aggregation" in asked.path:
            return _json({"result": []})
        return Answer(b"not here", 404)

    def _signals(self, asked: Asked) -> list[dict[str, Any]]:
        kind, code = asked.path.split("/")[-2:]
        source, begin, end = asked.query["datasource"], int(asked.query["from"]), int(asked.query["until"])
        if source not in FULL and not (source == DELAYS and self.slow):
            return []
        values: list[Any] = [self._value(source, t) for t in range(begin, end, STEP)]
        if source == DELAYS:
            values = [None if v is None else [{"agg_values": {"median_latency": v}}] for v in values]
        return [
            {
                "entityType": kind,
                "entityCode": code,
                "datasource": source,
                "from": begin,
                "step": STEP,
                "values": values,
            }
        ]

    def _value(self, source: str, second: int) -> float | None:
        at = datetime.fromtimestamp(second, UTC)
        if at + timedelta(seconds=STEP) > min(self.now, self.stopped_at or self.now):
            return None
        hour = (second - NOW.timestamp()) // 3600
        if source == DELAYS:
            slow = 3.0 if self.slow and self.slow <= at else 1.0
            return round(80.0 * slow * (1 + 0.02 * math.sin(hour * 12.9898) * math.sin(hour * 78.233)), 1)
        swing = 0.0 if source == "bgp" else 0.2 * math.sin(2 * math.pi * hour / 24)
        noise = 0.004 * math.sin(hour * 12.9898) * math.sin(hour * 78.233)
        hit = self.only is None or source in self.only
        down = hit and self.cut is not None and self.cut <= at and (self.back is None or at < self.back)
        return round(FULL[source] * (1 + swing + noise) * (self.left if down else 1.0), 1)

    def _tor(self, asked: Asked) -> str:
        day, last = (datetime.fromisoformat(asked.query[n]).date() for n in ("start", "end"))
        lines = ["date,country,users,lower,upper,frac"]
        while day <= min(last, self.now.date() - timedelta(days=2)):
            lines.append(f"{day},ir,{40_000 + 500 * (day.toordinal() % 7)},,,80")
            day += timedelta(days=1)
        return "\n".join(lines) + "\n"


def settings_for(url: str, host: str, data: Any) -> Settings:
    """Settings that lead every source to one server."""
    names = ("ioda", "radar", "ripestat", "tor_metrics", "mlab", "ooni_api")
    return Settings(
        data_dir=data, allow_hosts=[host], http_timeout_s=5.0, radar_token=None, **{f"{n}_url": url for n in names}
    )


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value).encode())
