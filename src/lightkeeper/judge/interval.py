"""Interval: how sure a share is, from few sessions.

Jeffreys' interval, the quantiles of Beta(k + 1/2, n - k + 1/2); its coverage is near the nominal one for n ≤ 40 and for
shares near 0 and 1 (Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, Statistical Science 2001).
"""

from __future__ import annotations

from functools import lru_cache

CONFIDENCE = 0.95
MOST_BEFORE = 100


@lru_cache(maxsize=65536)
def share_at_most(failed: int, succeeded: int, most: float) -> bool:
    """Whether the share of failures is at most `most`, with one-sided confidence of 95 %. Nothing is not sure."""
    if failed + succeeded == 0:
        return False
    from scipy.special import betainc  # takes half a second to load, and most runs never ask

    return bool(betainc(failed + 0.5, succeeded + 0.5, most) >= CONFIDENCE)


@lru_cache(maxsize=65536)
def chance_of_more(failed: int, every: int, failed_before: int, passed_before: int) -> float:
    """Chance that `failed` or more of so many fail by accident, where they were as rare before.

    Beta-binomial: before gives Jeffreys' posterior of the share, of a hundred sessions at most: a network that never
    failed in a thousand may still fail in the next hundred.
    """
    if failed <= 0:
        return 1.0
    from scipy.stats import betabinom

    weight = min(1.0, MOST_BEFORE / max(failed_before + passed_before, 1))
    return float(betabinom.sf(failed - 1, every, weight * failed_before + 0.5, weight * passed_before + 0.5))
