"""The log of deliveries: a chained log of `delivery` for each country."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.model import Delivery
from lightkeeper.store.chained_log import ChainedLog, logs_in


class DeliveryLog(ChainedLog[Delivery]):
    """What was sent to whom of what was told of one country."""

    row = Delivery
    called = "the log of deliveries"
    if_changed = (
        "Keep the file as it is: it is evidence. To go on sending, move it to another folder; each channel then begins "
        "anew, after what was told so far"
    )
    if_torn = "it was to say what follows, and is written again"


def countries_delivered(tables: Path) -> list[str]:
    """Countries that have a log, sorted."""
    return logs_in(tables, Delivery)


def read_deliveries(tables: Path) -> list[Delivery]:
    """The sound rows of all logs, without a word about the rest: `DeliveryLog.check` is for that."""
    return [row for country in countries_delivered(tables) for row in DeliveryLog(tables, country).check().entries]
