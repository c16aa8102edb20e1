"""What a build judges and stores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from lightkeeper.model import Cell, Control, Measurement, Verdict
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


def test_a_build_takes_observation_tables_and_tells_how_many_rows_stood_twice(tmp_path: Path) -> None:
    case = tmp_path / CASE
    shutil.copytree(ROOT / "cases" / CASE, case)
    text = (case / "case.toml").read_text().replace('["measurements/*.json"]', '["measurements/*.csv"]')
    (case / "case.toml").write_text(text)
    header = "measurement_uid,test_name,probe_cc,probe_asn,measurement_start_time,ip,port,tcp_success,tcp_failure"
    row = "20210618100100.000001_IR_telegram_00000000000000ff,telegram,IR,197207,2021-06-18 10:00:00,149.154.167.51,"
    (case / "measurements" / "synthetic.csv").write_text(f"{header}\n{row}443,1,\n{row}80,1,\n{row}443,1,\n")
    settings = Settings(data_dir=tmp_path / "data")
    made = build_case(case, tmp_path / "out", settings)
    assert (made.rows_repeated, made.set_aside) == (1, [])
    assert [m.target for m in Lake(settings.data_dir / "tables").read(Measurement, part=CASE)] == ["telegram"]


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
