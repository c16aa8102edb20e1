"""Shares that rise: measurements that fail, out of how many, with evidence that weighs by count.

The log-likelihood ratio of a Bernoulli share that has risen against one that has not is summed up from step to step and
never falls below zero (a CUSUM; Page 1954). How far a block lifts the share is not known beforehand, so three rises are
tried side by side, and the strongest speaks. Three of four is then little, 300 of 400 a lot. Where past steps scatter
more than a share should, each counts for less (Wedderburn's quasi-likelihood, Biometrika 61, 1974).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lightkeeper.detect.scan import (
    BACK,
    BEFORE,
    BEYOND,
    COLUMNS,
    DEEPEST_AT,
    DEPTH,
    DIRECTION,
    EXPECTED,
    FIRST,
    LAST,
    MEAN,
    SCORE,
    Rows,
)
from lightkeeper.signals.compiled import compiled, inlined
from lightkeeper.signals.memory import Floats

ALARM = 10.0
"""Evidence that opens an event: odds of 22,000 to 1 for the rise. Four of four failing is enough only where nothing
failed before."""
BACK_ALARM = 5.0
"""Evidence that ends it."""
LEAST_RISE = 0.2
"""Points by which the share must have risen."""
LEAST_PAST = 12.0
"""Trials without which there is no past to rise from."""
PRIOR_BAD, PRIOR_ALL = 0.25, 5.0
"""What is taken as seen before anything is: one failure in twenty."""
SURE = 1.645
"""The past share is taken to be as high as it may well be: its upper end at 95 %. Of a short past little is known."""
MEMORY_DAYS = 28.0
TRIALS_MAX = 20.0
"""Trials of one step count up to this: one chatty hour is one witness."""
SCATTER_MAX, SCATTER_PRIOR = 25.0, 10.0
STEP_MOST = 0.6 * ALARM
"""Evidence of one step counts up to this: no single hour, which may be one odd probe, opens an event."""
RISES = (0.25, 0.5, 0.85)
"""Parts of the way to one by which the share is supposed to have risen."""


@compiled
def ratio(bad: float, trials: float, low: float, high: float) -> float:
    """Log-likelihood ratio of the share `high` against `low`."""
    return float(bad * np.log(high / low) + (trials - bad) * np.log((1.0 - high) / (1.0 - low)))


@inlined
def fade_of(step_s: float) -> float:
    """What a step leaves of the weight of the past."""
    return float(np.exp(-step_s / (MEMORY_DAYS * 86_400.0)))


@inlined
def past_share(bad: float, trials: float) -> float:
    """The past share, of a past that fades."""
    return (bad + PRIOR_BAD) / (trials + PRIOR_ALL)


@inlined
def upper_end(share: float, trials: float, scatter: float) -> float:
    """How high the past share may well be; `scatter` is how many times as much its steps scatter as a share should."""
    doubt = share * (1.0 - share) * scatter / (trials + PRIOR_ALL)
    return share + SURE * np.sqrt(doubt)  # type: ignore[no-any-return]


@compiled
def scan_shares(values: Floats, trials: Floats, step_s: int, found: Rows) -> int:
    """Find the rises of one series of shares; `trials` is what they are shares of. Rows as those of `scan.scan`.

    The past is a mean of the last weeks with fading weight; from the first step that speaks for a rise until it ends,
    nothing is learnt. Returns how many rises there were; those beyond the length of `found` are not kept.
    """
    fade = fade_of(step_s)
    past_bad, past_all, scatter, scattered = 0.0, 0.0, SCATTER_PRIOR, SCATTER_PRIOR
    sums, first = np.zeros(len(RISES)), np.zeros(len(RISES), np.int64)
    kept, open_, pending, last_seen, back_from, back_before, back = 0, False, 0, 0, 0, 0, 0.0
    seen_bad, seen_all, back_bad, back_all = 0.0, 0.0, 0.0, 0.0
    now = np.zeros(COLUMNS)
    usual = PRIOR_BAD / PRIOR_ALL
    for i in range(len(values)):
        if not trials[i] > 0.0 or np.isnan(values[i]):
            past_bad, past_all = past_bad * fade, past_all * fade
            continue
        if not open_:
            usual = past_share(past_bad, past_all)
            usual = min(max(upper_end(usual, past_all, max(scatter / scattered, 1.0)), 0.02), 0.95)
        weight = min(trials[i], TRIALS_MAX) / max(scatter / scattered, 1.0)
        bad = values[i] * weight
        learnt = not open_ and past_all < LEAST_PAST
        if not open_ and not learnt:
            best = 0
            for r in range(len(RISES)):
                if sums[r] == 0.0:
                    first[r] = i
                adds = ratio(bad, weight, usual, usual + RISES[r] * (1.0 - usual))
                sums[r] = max(0.0, sums[r] + min(adds, STEP_MOST))
                if sums[r] > sums[best]:
                    best = r
            learnt = sums.max() == 0.0
            if sums[best] >= ALARM:
                seen_bad, seen_all = 0.0, 0.0
                for j in range(first[best], i + 1):
                    if trials[j] > 0.0 and values[j] == values[j]:
                        seen_bad += values[j] * trials[j]
                        seen_all += trials[j]
                if seen_bad / seen_all - usual >= LEAST_RISE:
                    open_, back, back_bad, back_all = True, 0.0, 0.0, 0.0
                    now[:] = 0.0
                    begun, known = _begun(values, trials, usual, pending, i)
                    now[FIRST], now[BEFORE], now[BACK], now[DIRECTION] = begun, max(known, 0), -1, 1
                    now[EXPECTED], now[SCORE], now[LAST] = usual, sums[best], i
                    now[BEYOND] = i + 1 - begun
                    pending = begun
                else:
                    sums[:] = 0.0
                    learnt = True
        elif open_:
            high = max(seen_bad / seen_all, usual + LEAST_RISE)
            if back == 0.0:
                back_from, back_before = i, last_seen
            back = max(0.0, back - ratio(bad, weight, usual, min(high, 0.98)))
            back_bad, back_all = back_bad + values[i] * trials[i], back_all + trials[i]
            if back == 0.0:
                seen_bad, seen_all = seen_bad + back_bad, seen_all + back_all
                back_bad, back_all = 0.0, 0.0
                now[LAST], now[BEYOND] = i, now[BEYOND] + 1
            elif back >= BACK_ALARM:
                now[BACK], now[LAST] = back_from, back_before
        if open_:
            now[MEAN] = now[DEPTH] = seen_bad / seen_all - now[EXPECTED]
            now[DEEPEST_AT] = now[FIRST]
            if now[BACK] >= 0:
                kept = _store(found, kept, now)
                open_, pending, learnt = False, back_from, True
                sums[:] = 0.0
        if learnt:
            for j in range(pending, i + 1):
                if trials[j] > 0.0 and values[j] == values[j]:
                    if past_all >= LEAST_PAST:
                        off = values[j] - usual
                        scatter += min(off * off * trials[j] / (usual * (1.0 - usual)), SCATTER_MAX)
                        scattered += 1.0
                    past_bad, past_all = past_bad * fade + values[j] * trials[j], past_all * fade + trials[j]
            pending = i + 1
        last_seen = i
    if open_:
        kept = _store(found, kept, now)
    return kept


@compiled
def _begun(values: Floats, trials: Floats, usual: float, pending: int, i: int) -> tuple[int, int]:
    """The likeliest first step of a rise that is known at step `i`, and the last measured one before it.

    That is the begin of the run of steps up to `i` that speaks most for a rise to its own share (Hinkley, "Inference
    about the change-point in a sequence of random variables", Biometrika 57, 1970). None before `pending` is tried.
    """
    bad, total, most, begun = 0.0, 0.0, -np.inf, i
    for j in range(i, pending - 1, -1):
        if trials[j] > 0.0 and values[j] == values[j]:
            weight = min(trials[j], TRIALS_MAX)
            bad, total = bad + values[j] * weight, total + weight
            told = ratio(bad, total, usual, min(max(bad / total, usual + LEAST_RISE), 0.98))
            if told > most:
                most, begun = told, j
    known = begun - 1
    while known >= 0 and not (trials[known] > 0.0 and values[known] == values[known]):
        known -= 1
    return begun, known


@compiled
def _store(found: Rows, kept: int, now: npt.NDArray[np.float64]) -> int:
    if kept < len(found):
        found[kept] = now
    return kept + 1
