"""The law of a case: what binds its state on the day of the event, and whether the case says anything else."""

from __future__ import annotations

from pathlib import Path

from lightkeeper.errors import CaseError
from lightkeeper.ledger.law import Bound, binding_first, contradictions, law_of
from lightkeeper.model.case import Case
from lightkeeper.sources.reference_files import ratifications


def law_for(case: Case, folder: Path, data: Path | None) -> list[Bound]:
    """What law there was for the state of the case on the day of its event, what binds first.

    Raises CaseError where the case says of a treaty what a known fact denies.
    """
    known = ratifications(case.country, data)
    if wrong := contradictions(case, known):
        raise CaseError(
            wrong[0][0].upper() + wrong[0][1:],
            remedy="Correct `binds`, or add a newer sourced fact to `reference/ratifications` in the data folder",
            where=str(folder / "case.toml"),
        )
    return binding_first(law_of(known, case.event.day))
