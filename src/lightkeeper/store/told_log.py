"""The log of what was told: a chained log of `told` for each country."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.model import Told
from lightkeeper.store.chained_log import ChainedLog, logs_in


class ToldLog(ChainedLog[Told]):
    """What was told of one country."""

    row = Told
    called = "the log of what was told"
    if_changed = (
        "Keep the file as it is: it is evidence. To go on watching, move it to another folder; all that still stands "
        "is then told as new"
    )
    if_torn = "what it was to say is told again"


def countries_told(tables: Path) -> list[str]:
    """Countries that have a log, sorted."""
    return logs_in(tables, Told)


def read_told(tables: Path) -> list[Told]:
    """The sound entries of all logs, without a word about the rest: `ToldLog.check` is for that."""
    return [entry for country in countries_told(tables) for entry in ToldLog(tables, country).check().entries]
