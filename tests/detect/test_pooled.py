"""Networks that are counted alike bear out each other's weak falls. All is synthetic."""

from __future__ import annotations

import numpy as np

from detect.made import BEGIN_S, HOUR_S
from lightkeeper.detect.changes import Change, level_changes
from lightkeeper.detect.pooled import borne_out
from lightkeeper.signals.holidays import calendar_of
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

NONE = calendar_of([])
BEGIN, HOURS = 24 * 45 + 15, 24 * 60
ONE, TWO = "x/mobile_traffic/XA/AS64500", "x/mobile_traffic/XA/AS64501"


def traffic(names: list[str], seed: int, falls: dict[str, float]) -> Matrix:
    """Noisy traffic with a day and gaps in none; each that falls does so for two hours."""
    hour = np.arange(HOURS)
    rows = []
    for number, name in enumerate(names):
        noise = np.exp(0.05 * np.random.default_rng([seed, number]).standard_normal(HOURS))
        row = 1000.0 * (number + 1) * (1 + 0.4 * np.sin(2 * np.pi * hour / 24)) * noise
        row[BEGIN : BEGIN + 2] *= 1 - falls.get(name, 0.0)
        rows.append(row)
    return Matrix(names, HOUR_S, BEGIN_S, np.array(rows, np.float32), None)


def at_the_fall(matrix: Matrix) -> tuple[list[Change], list[Change]]:
    """Changes that begin with the fall: as the series tell them one by one, and as they are borne out."""
    names = [named(name) for name in matrix.names]
    alone, _ = level_changes(matrix, names, NONE)
    together = borne_out(matrix, names, alone, NONE)
    assert [c.onset_latest for c in together] == [c.onset_latest for c in alone], "nothing is added or moved"
    begun = BEGIN_S + (BEGIN + 1) * HOUR_S
    near = [n for n, c in enumerate(alone) if abs(c.onset_latest - begun) <= HOUR_S and c.kind == "drop"]
    return [alone[n] for n in near], [together[n] for n in near]


def found(names: list[str], falls: dict[str, float]) -> tuple[int, int]:
    """In how many of forty worlds a strong fall was found, one by one and borne out."""
    made = [at_the_fall(traffic(names, seed, falls)) for seed in range(40)]
    return tuple(sum(any(not c.is_weak for c in way[n]) for way in made) for n in (0, 1))  # type: ignore[return-value]


def test_a_short_fall_of_all_mobile_networks_is_found_more_often_together() -> None:
    alone, together = found([ONE, TWO], {ONE: 0.3, TWO: 0.3})
    assert together > alone + 4


def test_a_fall_of_one_network_alone_is_not_borne_out_by_the_other() -> None:
    alone, together = found([ONE, TWO], {ONE: 0.3})
    assert together <= alone + 2


def test_networks_of_other_countries_kinds_and_services_bear_out_nothing() -> None:
    falls = dict.fromkeys(
        (ONE, "x/mobile_traffic/XB/AS64501", "x/fixed_traffic/XA/AS64502", "x/traffic/whatsapp/XA/AS64503",
         "x/traffic/whatsapp/XA/AS64504"), 0.3,
    )  # fmt: skip
    alone, together = found(list(falls), falls)
    assert together == alone
