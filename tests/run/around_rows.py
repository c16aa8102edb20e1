"""SYNTHETIC tables: measurements on many networks, written by hand. No record stands behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Control, Measurement, Observation, Verdict
from lightkeeper.observe.facts import Seen
from lightkeeper.store.lake import Lake

NOON = datetime(2026, 1, 10, 12, 20, tzinfo=UTC)
CENSOR = ("IR", 44244)
WORLD = [("DE", 3320), ("DE", 6805), ("FR", 3215), ("US", 7922), ("BR", 28573), ("JP", 4713)]
CHAT, STORAGE = (
    ("signal/chat", "chat.signal.org", "76.223.92.165"),
    ("signal/storage", "storage.signal.org", "142.250.0.1"),
)


class Tables:
    """Collects measurements and writes them as `judge --out` does.

    With a `helper` each record carries a control of its own, which got the site there.
    """

    def __init__(self, helper: tuple[str, str, str] | None = None) -> None:
        self.seen: list[Seen] = []
        self.helper = helper

    def add(self, network: tuple[str, int | None], facts: list[dict[str, Any]], **more: Any) -> str:
        """One measurement with these observations; gives its id. `hours` moves it from noon."""
        name = more.get("measurement_id", f"synthetic-{len(self.seen):06d}")
        hours = more.pop("hours", 0)
        row = {
            "measurement_id": name,
            "report_id": f"report-{name}",
            "test_name": "signal",
            "target": "signal",
            "probe_cc": network[0],
            "probe_asn": network[1],
            "resolver_asn": network[1],
            "started_at": NOON + timedelta(hours=hours),
            "software": "ooniprobe-android 3.8.0",
            "platform": "android",
            "file_sha256": "0" * 64,
            "file_line": len(self.seen) + 1,
        } | more
        observations = [Observation(measurement_id=name, number=n, **f) for n, f in enumerate(facts)]
        controls = control_of(name, self.helper) if self.helper else []
        self.seen.append(Seen(Measurement(**row), observations, controls, []))
        return name

    def write(self, out: Path) -> Path:
        """Into `out`, one part, judged one by one."""
        lake = Lake(out)
        lake.write(Measurement, [s.measurement for s in self.seen], part="p-00000")
        lake.write(Observation, [o for s in self.seen for o in s.observations], part="p-00000")
        lake.write(Control, [c for s in self.seen for c in s.controls], part="p-00000")
        lake.write(Verdict, [v for s in self.seen for v in judge(s)], part="p-00000")
        return out


def control_of(name: str, site: tuple[str, str, str]) -> list[Control]:
    """What a helper in a data centre saw of a site: its address, connections, and a page titled Shop."""
    of: dict[str, Any] = {"measurement_id": name, "succeeded": 1, "lineage": "test_helper"}
    return [
        Control(number=0, layer="dns", hostname=site[1], dns_answers=[site[2]], **of),
        Control(number=1, layer="tcp", ip=site[2], port=443, **of),
        Control(number=2, layer="tls", ip=site[2], port=443, **of),
        Control(number=3, layer="http", http_status=200, http_title="Shop", http_body_bytes=9000, **of),
    ]


def tcp(part: tuple[str, str, str], failure: str | None = None, **more: Any) -> dict[str, Any]:
    """A connection to a part."""
    return {"target": part[0], "hostname": part[1], "ip": part[2], "port": 443, "tcp_tried": True} | (
        {"tcp_failure": failure} | more
    )


def tls(part: tuple[str, str, str], failure: str | None = None, **more: Any) -> dict[str, Any]:
    """A handshake with a part."""
    return {"target": part[0], "hostname": part[1], "ip": part[2], "port": 443, "tls_tried": True} | (
        {"tls_failure": failure, "tls_server_name": part[1]} | more
    )


def signal(chat: str | None = None, storage: str | None = None) -> list[dict[str, Any]]:
    """Signal as a probe sees it: both parts connect, and the handshakes end like this."""
    return [tcp(CHAT), tls(CHAT, chat), tcp(STORAGE), tls(STORAGE, storage)]


def world(tables: Tables, facts: list[dict[str, Any]], each: int = 2, **more: Any) -> None:
    """Sessions that saw these facts on every network of the world, around noon."""
    for n in range(each):
        for network in WORLD:
            tables.add(network, facts, hours=n - each // 2, **more)


def verdicts(out: Path, name: str) -> dict[tuple[str, str], Verdict]:
    """Verdicts of one measurement, by target and layer."""
    return {(v.target, v.layer): v for v in Lake(out).read(Verdict) if v.measurement_id == name}
