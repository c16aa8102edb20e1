"""Summary: the scores of one detector over many panels, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from lightkeeper.evaluate.score import Found, Tally
from lightkeeper.signals.witnesses import interval


class Share(msgspec.Struct, frozen=True):
    """So many of so many, with Wilson's interval at 95 % (JASA 22, 1927)."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.hits / self.of if self.of else math.nan


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one detector over many panels. A number that is not known is none."""

    truths: int
    """Truths that it could have seen."""
    recall: Share
    touched: Share
    series_recall: Share
    by_kind: dict[str, Share]
    by_depth: dict[str, Share]
    false_alarms: int
    series_years: float
    false_a_series_year: float | None
    onset_median_steps: float | None
    onset_p90_steps: float | None
    """Of the size of the error, whether early or late."""
    detections_a_truth: float | None
    """Of truths that were found."""
    covered: float | None
    """Mean over all truths, missed ones too."""


def summary(tallies: Iterable[Tally]) -> Summary:
    """Add up tallies."""
    found: list[Found] = []
    false, years = 0, 0.0
    for one in tallies:
        found += one.found
        false += one.false_alarms
        years += one.series_years
    errors = [abs(f.error_steps) for f in found if f.error_steps is not None]
    some = [f.detections for f in found if f.touched]
    return Summary(
        truths=len(found),
        recall=_share(found),
        touched=wilson(sum(f.touched for f in found), len(found)),
        series_recall=wilson(sum(f.series_matched for f in found), sum(f.series for f in found)),
        by_kind={kind: _share([f for f in found if f.kind == kind]) for kind in sorted({f.kind for f in found})},
        by_depth={f"{d:g}": _share([f for f in found if f.depth == d]) for d in sorted({f.depth for f in found})},
        false_alarms=false,
        series_years=round(years, 3),
        false_a_series_year=round(false / years, 3) if years else None,
        onset_median_steps=float(np.median(errors)) if errors else None,
        onset_p90_steps=float(np.quantile(errors, 0.9)) if errors else None,
        detections_a_truth=round(sum(some) / len(some), 2) if some else None,
        covered=round(sum(f.covered for f in found) / len(found), 4) if found else None,
    )


def _share(found: Sequence[Found]) -> Share:
    return wilson(sum(f.matched for f in found), len(found))


def wilson(hits: int, of: int) -> Share:
    """A share with its interval."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    _, low, high = interval(np.array([float(hits)]), np.array([float(of)]))
    return Share(hits, of, float(low[0]), float(high[0]))
