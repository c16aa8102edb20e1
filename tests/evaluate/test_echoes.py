"""Echoes: alarms on days that are not low."""

from __future__ import annotations

import numpy as np

from lightkeeper.evaluate.detection import Detection
from lightkeeper.evaluate.echoes import echoes
from lightkeeper.signals.matrix import Matrix

DAY = 86_400


def test_an_alarm_on_a_day_as_high_as_those_before_is_an_echo() -> None:
    values = np.full((1, 40), 100.0, np.float32)
    values[0, 20] = 30.0
    matrix = Matrix(["tor_users/direct_users/XA"], DAY, 0, values, None)

    def fall(day: int, direction: str = "down") -> Detection:
        return Detection(("tor_users/direct_users/XA",), direction, 0, 0, day * DAY, (day + 1) * DAY)

    assert echoes(matrix, [fall(20)]) == (0, 1)
    assert echoes(matrix, [fall(27)]) == (1, 1)
    assert echoes(matrix, [fall(27, "up")]) == (0, 0), "rises are not asked"
    assert echoes(matrix, [fall(400)]) == (0, 0), "nor is what lies outside"
