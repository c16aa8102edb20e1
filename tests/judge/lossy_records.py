"""SYNTHETIC records of a line that loses packets and of no censor: each exchange is played out with its resending."""

from __future__ import annotations

import json
from random import Random
from typing import Any

HOST, IP = "site.example.org", "185.15.59.224"
RTT_S, HANDSHAKE_TRIPS, DOH_TRIPS, PAGE_TRIPS = 0.03, 2, 3, 2
TIMED_OUT = "generic_timeout_error"


class Line:
    """A line that loses this share of packets each way, and a probe that waits so long for anything."""

    def __init__(self, lost: float, waits_s: float, random: Random) -> None:
        self._lost, self._waits, self._random = lost, waits_s, random
        self.now = 0.0

    def trip(self, resent_s: float | None) -> bool:
        """One round trip. What is lost is sent again after `resent_s`, doubled each time; none is not sent again."""
        began, wait = self.now, resent_s or self._waits
        while self.now - began < self._waits:
            if self._random.random() > self._lost and self._random.random() > self._lost:
                self.now += RTT_S
                return True
            self.now += wait
            wait *= 2
        self.now = began + self._waits
        return False

    def exchange(self, trips: int) -> bool:
        """Some round trips within a connection."""
        return all(self.trip(0.2) for _ in range(trips))

    def connect(self) -> bool:
        """A TCP connection, whose first packet is sent again after a second."""
        return self.trip(1.0)


def record(line: Line, scheme: str) -> bytes:
    """What a probe of Web Connectivity 0.5 would write."""
    keys: dict[str, Any] = {"queries": [], "tcp_connect": [], "tls_handshakes": [], "requests": []}

    def timed(went: Any) -> dict[str, Any]:
        began = line.now
        failure = None if went() else TIMED_OUT
        return {"failure": failure, "t0": began, "t": line.now}

    def look_up(engine: str, resolver: str, went: Any) -> bool:
        found = timed(went)
        answers = [{"answer_type": "A", "ipv4": IP, "asn": 14907}] if found["failure"] is None else None
        asked = {"engine": engine, "hostname": HOST, "query_type": "A", "resolver_address": resolver}
        keys["queries"].append(found | asked | {"answers": answers})
        return answers is not None

    looked_up = [
        look_up("getaddrinfo", "", lambda: line.trip(None)),
        look_up("udp", "9.9.9.10:53", lambda: line.trip(None)),
        look_up("doh", "https://dns.quad9.net/dns-query", lambda: line.connect() and line.exchange(DOH_TRIPS)),
    ]
    port = 443 if scheme == "https" else 80
    good = any(looked_up)
    if good:
        made = timed(line.connect)
        good = made["failure"] is None
        status = {"failure": made["failure"], "success": good}
        keys["tcp_connect"].append({"ip": IP, "port": port, "status": status, "t0": made["t0"], "t": made["t"]})
    if good and scheme == "https":
        made = timed(lambda: line.exchange(HANDSHAKE_TRIPS))
        keys["tls_handshakes"].append(made | {"address": f"{IP}:443", "server_name": HOST})
        good = made["failure"] is None
    if good:
        made = timed(lambda: line.exchange(PAGE_TRIPS))
        headers = {"Server": "x", "X-A": "1", "X-B": "2"} if made["failure"] is None else {}
        response = {"code": 200 if headers else 0, "headers": headers, "body": "<title>Site</title>" if headers else ""}
        url = f"{scheme}://{HOST}/"
        keys["requests"].append(made | {"address": f"{IP}:{port}", "request": {"url": url}, "response": response})
    if line.connect() and line.exchange(PAGE_TRIPS):
        page = {
            "status_code": 200,
            "body_length": 19,
            "title": "Site",
            "headers": {"Server": "x", "X-A": "1", "X-B": "2"},
        }
        keys["control"] = {
            "dns": {"addrs": [IP]},
            "tcp_connect": {f"{IP}:{port}": {"status": True}},
            "tls_handshake": {f"{IP}:443": {"status": True}},
            "http_request": page,
            "ip_info": {IP: {"asn": 14907}},
        }
    outer = {"test_name": "web_connectivity", "input": f"{scheme}://{HOST}/", "probe_cc": "IR", "probe_asn": "AS44244"}
    return json.dumps(outer | {"measurement_start_time": "2026-11-30 20:38:10", "test_keys": keys}).encode()
