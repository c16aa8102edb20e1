"""What a build judges and stores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from lightkeeper.model import Cell, Control, Verdict
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings
from lightkeeper.store.lake import Lake
from observe.synthetic import SYNTHETIC
from places import ROOT

CASE = "iran-2021-election"


def test_a_build_stores_the_cells_of_networks_and_of_the_country_and_tells_them_apart(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    build_case(ROOT / "cases" / CASE, tmp_path / "out", settings)
    rows = [c for c in Lake(settings.data_dir / "tables").read(Cell, part=CASE) if isinstance(c, Cell)]
    assert {(c.scope, c.witnesses) for c in rows} == {("network", "sessions"), ("country", "networks")}
    keys = {scope: {(c.target, c.layer, c.hour) for c in rows if c.scope == scope} for scope in ("network", "country")}
    assert keys["network"] == keys["country"]


def record(name: str, network: tuple[str, int], session: int) -> dict[str, Any]:
    """SYNTHETIC: a record of a nettest in the window of the case."""
    made = SYNTHETIC[name][0]
    place = {"probe_cc": network[0], "probe_asn": f"AS{network[1]}", "report_id": f"synthetic-{network[1]}-{session}"}
    return made | place | {"measurement_start_time": f"2021-06-18 1{session}:00:00"}


def test_a_build_compares_networks_and_keeps_the_rows_that_its_verdicts_rest_on(tmp_path: Path) -> None:
    case = tmp_path / CASE
    shutil.copytree(ROOT / "cases" / CASE, case)
    world = [("DE", 3320), ("DE", 6805), ("FR", 3215), ("US", 7922), ("BR", 28573), ("JP", 4713)]
    records = [record("openvpn_well", network, n) for network in world for n in range(2)]
    for n in range(2):
        records += [record("openvpn_handshake_cut", ("IR", 44244), n), record("stun_well", ("IR", 44244), n)]
    for n, one in enumerate(records):
        (case / "measurements" / f"synthetic{n:02d}.json").write_text(json.dumps(one))
    settings = Settings(data_dir=tmp_path / "data")
    build_case(case, tmp_path / "out", settings)
    lake = Lake(settings.data_dir / "tables")
    accusing = [v for v in lake.read(Verdict, part=CASE) if v.layer == "all" and v.rule.endswith("others_complete")]
    assert {(v.state, v.mechanism) for v in accusing} == {("blocked", "vpn.openvpn.handshake")}
    assert len(accusing) == 2
    kept = {c.lineage for c in lake.read(Control, part=CASE) if c.measurement_id == accusing[0].measurement_id}
    assert kept == {"same_window", "same_network", "same_line"}
