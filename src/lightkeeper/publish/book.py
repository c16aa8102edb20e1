"""The book: all that the pages of one case are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lightkeeper.judge.rule import Rule
from lightkeeper.ledger.cost import Cost
from lightkeeper.ledger.law import Bound
from lightkeeper.ledger.networks import Networks
from lightkeeper.ledger.worksheet import Worksheet
from lightkeeper.model import (
    Ask,
    Document,
    Event,
    File,
    Hypothesis,
    Incident,
    Measurement,
    Member,
    Observation,
    Signal,
    Verdict,
)
from lightkeeper.model.act import Act
from lightkeeper.model.case import Case, CaseRecorded
from lightkeeper.model.case_words import CaseWords
from lightkeeper.model.gathered import Gathered
from lightkeeper.sources.as_numbers import AsNumbers


@dataclass(frozen=True, kw_only=True)
class Book:
    """All that the pages of one case are made from. It holds no build time: the same book makes the same bytes."""

    case: Case
    """The letter as data."""
    headline: str
    """The answer in one sentence."""
    ruleset: str
    """Version and hash of the rules that judged."""
    version: str
    """Version of Lightkeeper."""
    built_from: str
    """SHA-256 over all inputs."""
    rules: list[Rule] = field(default_factory=list)
    """These rules, in the order in which they are tried."""
    words: dict[str, CaseWords] = field(default_factory=dict)
    """What the case says in other languages, by language."""
    asks: list[Ask] = field(default_factory=list)
    """The ledger: one row for each ask, for the country (`operator` none) and for each operator."""
    incidents: list[Incident] = field(default_factory=list)
    """Incidents inside and outside the watch window."""
    hypotheses: list[Hypothesis] = field(default_factory=list)
    """What may have caused each incident, with the evidence for and against each cause."""
    acts: list[Act] = field(default_factory=list)
    """What named people did to incidents, oldest first."""
    law: list[Bound] = field(default_factory=list)
    """The instruments of law for this state on the day of the event."""
    worksheets: list[Worksheet] = field(default_factory=list)
    """For each incident of the window the questions that a limit of a right must stand."""
    costs: list[Cost] = field(default_factory=list)
    """What published methods say of the cost of each confirmed incident of the window."""
    documents: list[Document] = field(default_factory=list)
    """What people published."""
    events: list[Event] = field(default_factory=list)
    """Disruptions, detected here or recorded by outside analysts."""
    gathered: Gathered | None = None
    recorded_missing: list[CaseRecorded] = field(default_factory=list)
    """Outages recorded by others that the case names and of which nothing was fetched."""
    members: list[Member] = field(default_factory=list)
    """The series in each detected event: those that moved, and those that did not."""
    files: list[File] = field(default_factory=list)
    """Raw files that all of it comes from."""
    signals: dict[str, list[Signal]] = field(default_factory=dict)
    """Series name to its steps, with the expected band filled in."""
    series_names: list[list[str]] = field(default_factory=list)
    """For each series that the case names, in order, the names of those that were found for it."""
    measurements: list[Measurement] = field(default_factory=list)
    """Nettests that bear on the case."""
    as_numbers: AsNumbers | None = None
    """The table of which AS numbers are the country's; none is the carried one."""
    verdicts: list[Verdict] = field(default_factory=list)
    """What they mean. The pages show the rows with layer `all`."""
    observations: list[Observation] = field(default_factory=list)
    """What the probes saw. The pages show titles of block pages."""
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    """Records that could not be used: file, line, error, remedy."""
    rows_repeated: int = 0
    """Rows of observation tables that stood twice and count once."""
    left_out: list[str] = field(default_factory=list)
    """Files of the folder that no part of the case names: they are neither archived nor sealed."""

    def networks(self) -> Networks:
        """What each network of the measurements is to the country, and which of them have a history."""
        return Networks(self.case, self.measurements, self.verdicts, self.as_numbers)

    def title_of(self, series: str) -> str | None:
        """The title that the case gives to a series; none where it names none such."""
        numbered = zip(self.case.series, self.series_names, strict=False)
        return next((wanted.title for wanted, names in numbered if series in names), None)

    def whole_verdicts(self) -> list[Verdict]:
        """The verdicts on whole measurements, in their order. Those on parts have layer `all` too."""
        whole = {m.measurement_id: m.target for m in self.measurements}
        return [v for v in self.verdicts if v.layer == "all" and whole.get(v.measurement_id) == v.target]
