"""Series to changes to events. Pure functions of the rows: run twice, in any order, they give the same."""

from lightkeeper.detect.drop import detect_drops
from lightkeeper.detect.merge import detect_all, national_events

__all__ = ["detect_all", "detect_drops", "national_events"]
