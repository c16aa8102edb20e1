"""One line of the ledger: what became of one ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

from lightkeeper.model.column import Table, col

Answer = Literal["met", "partly", "breached", "disputed", "insufficient", "untested"]
ANSWERS: tuple[str, ...] = get_args(Answer)


class Ask(Table, frozen=True, kw_only=True):
    """The answer to one ask of the letter, for the country or for one operator. Asks are never averaged."""

    table_name: ClassVar[str] = "ask"

    case_id: Annotated[str, col("Case", key=True)]
    ask_id: Annotated[str, col("Ask within the letter: A1 to A4", key=True)]
    topic: Annotated[str, col("platforms, vpn, quality or notice")]
    operator: Annotated[str | None, col("Operator id; none for the country as a whole", key=True)] = None
    window_from: Annotated[datetime, col("Begin of the watch window", unit="UTC")]
    window_to: Annotated[datetime, col("End of the watch window", unit="UTC")]
    answer: Annotated[str, col("met, partly, breached, disputed, insufficient or untested")]
    rule: Annotated[str, col("The rule of the ledger that decided")]
    parts: Annotated[
        list[str], col("Its parts with their answers, where it has any: `reach: met`; never averaged")
    ] = []
    reasons: Annotated[list[str], col("One sentence each")] = []
    missing: Annotated[list[str], col("What would answer it better, one sentence each")] = []
    evidence: Annotated[list[str], col("Ids of incidents, documents, measurements")] = []
    measurements: Annotated[int, col("Measurements that bear on it, in the window", unit="count")] = 0
    networks: Annotated[int, col("Networks of the country (AS numbers) they came from", unit="count")] = 0
    verified: Annotated[int, col("Those whose sender OONI verified by an anonymous credential", unit="count")] = 0
    days_measured: Annotated[int, col("Days of the window with at least one", unit="days")] = 0
    days_in_window: Annotated[int, col("Days in the window", unit="days")] = 0
    coverage: Annotated[str, col("The same in a sentence")] = ""
    as_numbers: Annotated[
        str | None, col("Table of AS numbers that said which networks are the country's; none where none was asked")
    ] = None
