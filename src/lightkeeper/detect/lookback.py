"""Look back: when a change began that was there already when its series began to be judged.

For its first days a series is learnt from and not judged. A cut that comes then would be dated at the end of these
days, and its low steps would be taken for normal. So when a change opens within a day of the first step that was
judged, the days before it are looked at again: which first step of the change explains all of them best, if each hour
of the day has one level and the change takes the same share of all? (Hinkley, "Inference about the change-point in a
sequence of random variables", Biometrika 57, 1970.) All first steps that explain them about as well make the bracket:
where steps are missing, or noise hides the begin, nobody can say, and the bracket is wide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LEFT = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
MORE = (1.2, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
FINER = 21
"""What a fall may leave of a level, and what a rise may make of it; and how many shares about the best are tried."""
AS_WELL = 9.0
"""First steps explain the days about as well if their squared misses together are more by this many times that of one
step. In SYNTHETIC days of 100 with a spread of 25 that fall to 50, this holds the begin in 99 of 100."""
LEAST_MISS = 0.02
"""A step misses by this share of the usual level at least."""
MOST_STEPS = 1200
"""No more steps are looked at: eight days of ten minutes."""
Floats = npt.NDArray[np.float32]
Table = npt.NDArray[np.float64]


class Begin(NamedTuple):
    """Between which places a change can have begun, and what each step before would have been without it."""

    before: int
    """The last step with a value before the first at which it can have begun, or the begin of the data."""
    latest: int
    """The last step at which it can have begun."""
    normal: Floats
    """The values up to the place where the change was seen, those from `latest` on as the hour was before, or NaN."""


def lookback(values: Floats, first: int, steps_a_day: int, falls: bool) -> Begin | None:
    """Where a change can have begun that was seen at the place `first`; none if the days before it say nothing.

    `values` is one row from the begin of its data on. For series by the day `steps_a_day` is one.
    """
    part = values[: first + max(steps_a_day, 2)].astype(float)
    places = np.flatnonzero(~np.isnan(part))
    known = part[places]
    scale = float(np.abs(known[places < first]).mean()) if np.any(places < first) else 0.0
    if not 3 <= len(part) <= MOST_STEPS or not scale > 0:
        return None
    known = known / scale
    begins = places[(places <= first) & (places > 0)]
    hours = places % steps_a_day
    of_hour = (hours[:, None] == np.unique(hours)[None, :]).astype(float)
    after = places[None, :] >= begins[:, None]
    rough = LEFT if falls else MORE
    misses = np.array([_misses(known, of_hour, np.where(after, by, 1.0)) for by in rough])
    best = rough[int(np.argmin(misses.min(axis=1)))]
    near = best + np.linspace(-0.1, 0.1, FINER) if falls else best * np.linspace(0.7, 1.4, FINER)
    finer = [_misses(known, of_hour, np.where(after, by, 1.0)) for by in near if (by >= 0.0 if falls else by > 1.0)]
    told = np.array([*misses, *finer]).min(axis=0)
    free = max(len(known) - of_hour.shape[1] - 2, 1)
    as_well = begins[told <= told.min() + AS_WELL * max(told.min() / free, LEAST_MISS**2)]
    latest = int(as_well.max())
    before = places[places < as_well.min()]
    return Begin(int(before[-1]) if len(before) else 0, latest, _normal(part, latest, first, steps_a_day))


def _misses(known: Table, of_hour: Table, share: Table) -> Table:
    """The squared misses of each begin (rows of `share`), with the best level of each hour."""
    weights = share**2 @ of_hour
    sums = (known * share) @ of_hour
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(weights > 0, sums**2 / weights, 0.0).sum(axis=1)
    return np.asarray((known**2).sum() - explained)


def _normal(part: Table, latest: int, first: int, steps_a_day: int) -> Floats:
    normal = part[:first].astype(np.float32)
    for place in range(latest, first):
        before = part[place % steps_a_day : latest : steps_a_day]
        before = before[~np.isnan(before)]
        normal[place] = np.median(before) if len(before) and not np.isnan(part[place]) else np.nan
    return normal
