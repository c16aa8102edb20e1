"""SYNTHETIC variants of emulated Web Connectivity records: what a network does to them is written in by hand."""

from __future__ import annotations

import copy
import json
from typing import Any

from lightkeeper.judge.verdicts import judge
from lightkeeper.model import Verdict
from lightkeeper.observe.nettests import observe
from places import DATA

Record = dict[str, Any]
SITE = "93.184.216.34"
PROXY = "130.192.182.17"
"""An address in the network of the emulated probe, AS137."""


def load(name: str) -> Record:
    """One emulated record, as it is."""
    found: Record = json.loads((DATA / "ooni" / "wc05_qa" / f"{name}.json").read_bytes())
    return found


def verdicts_of(record: Record) -> list[Verdict]:
    """All verdicts of a record, the whole one last."""
    return judge(observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1))


def verdict_of(record: Record) -> Verdict:
    """The verdict of the whole record."""
    return verdicts_of(record)[-1]


def lookups_fail(record: Record, failure: str, host: str, engines: tuple[str, ...] = ("getaddrinfo", "udp")) -> Record:
    """The look-ups of one name fail by these resolvers, and what came after them is gone."""
    keys = record["test_keys"]
    for query in keys["queries"]:
        if query["hostname"] == host and query["engine"] in engines:
            query |= {"answers": None, "failure": failure}
    return record


def answered_with(record: Record, address: str, asn: int) -> Record:
    """All resolvers but the encrypted one answer with this address."""
    for query in record["test_keys"]["queries"]:
        for answer in (query["answers"] or []) if query["engine"] != "doh" else []:
            answer |= {"ipv4": address, "asn": asn}
    record["test_keys"]["control"]["ip_info"][address] = {"asn": asn, "flags": 1}
    return record


def reached_through(record: Record, address: str) -> Record:
    """Connections and handshakes go as well through this address as to the site."""
    keys = record["test_keys"]
    keys["tcp_connect"] += [copy.deepcopy(c) | {"ip": address} for c in keys["tcp_connect"] if c["ip"] == SITE]
    keys["tls_handshakes"] += [copy.deepcopy(h) | {"address": f"{address}:443"} for h in keys["tls_handshakes"]]
    return record


def page(record: Record, code: int = 200, body: str = "", failure: str | None = None, **headers: str) -> Record:
    """The page comes like this."""
    for exchange in record["test_keys"]["requests"]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        exchange |= {"failure": failure, "response": {"code": code, "body": body, "headers": named}}
    return record
