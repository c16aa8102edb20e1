"""What may have caused an incident: one row a cause, with what speaks for it and against it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from lightkeeper.model.column import Table, col

Cause = Literal[
    "ordered_shutdown", "exam_cut", "cable", "power", "maintenance", "attack", "disaster", "measurement_artefact"
]
CAUSES: tuple[str, ...] = get_args(Cause)


class Hypothesis(Table, frozen=True, kw_only=True):
    """One cause that an incident may have had. All causes stand side by side; none is chosen.

    Clues and weights never raise an incident's rung: that takes a document and people who sign.
    """

    table_name: ClassVar[str] = "hypothesis"

    incident_id: Annotated[str, col("The incident", key=True)]
    cause: Annotated[
        str,
        col(
            "ordered_shutdown, exam_cut, cable, power, maintenance, attack, disaster or measurement_artefact", key=True
        ),
    ]
    standing: Annotated[str, col("for, against, mixed, or insufficient where nothing is known either way")]
    weight: Annotated[
        float | None,
        col(
            "Of outages of known cause with such clues, the share that was ordered; learnt, never proof", unit="0 to 1"
        ),
    ] = None
    weight_note: Annotated[str, col("What the weight rests on, or why there is none")] = ""
    evidence_for: Annotated[list[str], col("What speaks for it, one sentence each")] = []
    evidence_against: Annotated[list[str], col("What speaks against it, one sentence each")] = []
    not_known: Annotated[list[str], col("Clues that would bear on it and are not known")] = []
