"""A verdict for each part of a service, and the names of mechanisms above the common layers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightkeeper.judge.verdicts import judge, path_of
from lightkeeper.model import Observation, Verdict
from lightkeeper.observe.nettests import observe
from places import DATA


def verdicts_of(path: Path) -> list[Verdict]:
    return judge(observe(path.read_bytes(), file_sha256="0" * 64, line=1))


@pytest.mark.parametrize(
    ("target", "step", "path"),
    [
        ("tor/obfs4", "obfs4 handshake", "tor.obfs4.handshake"),
        ("tor/network", "bootstrap at 14 % (handshake)", "tor.bootstrap"),
        ("tor/snowflake", "bootstrap", "tor.snowflake.bootstrap"),
        ("psiphon/tunnel", "bootstrap", "psiphon.bootstrap"),
        ("openvpn/riseupvpn", "openvpn over udp handshake", "openvpn.handshake"),
        ("echo/a{kind}b", "bootstrap", "echo.bootstrap"),
    ],
)
def test_a_mechanism_names_the_protocol_and_the_step(target: str, step: str, path: str) -> None:
    seen = Observation(measurement_id="m", number=0, target=target, app_tried=True, app_step=step)
    assert path_of(seen) == path


@pytest.mark.parametrize("path", sorted((DATA / "ooni").glob("*/*.json")), ids=lambda p: p.stem)
def test_the_measurements_own_verdict_is_the_last_and_each_key_stands_once(path: Path) -> None:
    found = verdicts_of(path)
    row = observe(path.read_bytes(), file_sha256="0" * 64, line=1).measurement
    assert (found[-1].target, found[-1].layer) == (row.target, "all")
    assert len({(v.target, v.layer) for v in found}) == len(found)


def test_a_page_is_one_whole_and_has_no_parts() -> None:
    found = verdicts_of(DATA / "ooni" / "wc05_qa" / "successWithHTTP.json")
    assert [v.target for v in found if v.layer == "all"] == [found[-1].target]


def test_the_parts_of_signal_are_judged_apart(shared: Path) -> None:
    found = verdicts_of(shared / "ooni" / "measurements" / "signal_2627.json")
    parts = {v.target for v in found if v.layer == "all"}
    assert {"signal", "signal/chat"} <= parts


def test_a_doubt_of_the_instrument_is_one_of_all_its_parts(shared: Path) -> None:
    record = json.loads((shared / "ooni" / "measurements" / "signal_022.json").read_bytes())
    for shake in record["test_keys"].get("tls_handshakes") or []:
        shake["failure"] = "ssl_unknown_authority"
    found = judge(observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1))
    doubted = [v for v in found if v.layer == "all"]
    assert doubted
    assert not [v for v in doubted if v.state == "blocked"]
