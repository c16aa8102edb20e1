"""What a build stores."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.model import Cell
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings
from lightkeeper.store.lake import Lake
from places import ROOT


def test_a_build_stores_the_cells_of_networks_and_of_the_country_and_tells_them_apart(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    build_case(ROOT / "cases" / "iran-2021-election", tmp_path / "out", settings)
    rows = [c for c in Lake(settings.data_dir / "tables").read(Cell, part="iran-2021-election") if isinstance(c, Cell)]
    assert {(c.scope, c.witnesses) for c in rows} == {("network", "sessions"), ("country", "networks")}
    keys = {scope: {(c.target, c.layer, c.hour) for c in rows if c.scope == scope} for scope in ("network", "country")}
    assert keys["network"] == keys["country"]
