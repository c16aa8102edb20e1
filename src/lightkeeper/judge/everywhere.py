"""Everywhere: what fails in most other countries too, and so is nobody's block, whatever control a record carries.

A test helper sits in a data centre and gets through where people do not: a firewall that knows no phones, a page for
robots. Other countries at that hour are the better control of it. They only excuse: a forger gains silence.
"""

from __future__ import annotations

from lightkeeper.judge.failure import CUT
from lightkeeper.judge.interval import share_at_most
from lightkeeper.model import Control

EVERYWHERE = "everywhere"
"""Lineage of the control rows. `failed` are countries in which it mostly fails alike, `succeeded` those in which it
does not, `networks` those on which it fails alike."""
LEAST_COUNTRIES = 3
HALF = 0.5


def alike(failure: str) -> str:
    """The kind under which failures are compared: a broken server cuts in more than one way."""
    return "cut" if failure in CUT else failure


def fails_in_most(row: Control) -> bool:
    """It surely fails alike in more than half of the other countries, and in three or more."""
    return row.failed >= LEAST_COUNTRIES and share_at_most(row.succeeded, row.failed, HALF)


def said_of_everywhere(row: Control) -> str:
    """A row as a sentence."""
    every = row.failed + row.succeeded
    return f"It failed alike in {row.failed} of {every} other countries, on {row.networks or 0} networks."
