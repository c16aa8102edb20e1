"""Interval: how sure a share is, from few sessions.

Jeffreys' interval, the quantiles of Beta(k + 1/2, n - k + 1/2); its coverage is near the nominal one for n ≤ 40 and for
shares near 0 and 1 (Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, Statistical Science 2001).
"""

from __future__ import annotations

from functools import lru_cache

CONFIDENCE = 0.95


@lru_cache(maxsize=65536)
def share_at_most(failed: int, succeeded: int, most: float) -> bool:
    """Whether the share of failures is at most `most`, with one-sided confidence of 95 %. Nothing is not sure."""
    if failed + succeeded == 0:
        return False
    from scipy.special import betainc  # takes half a second to load, and most runs never ask

    return bool(betainc(failed + 0.5, succeeded + 0.5, most) >= CONFIDENCE)
