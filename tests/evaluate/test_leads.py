"""Early signs are counted before nothing too, so that nobody takes one for a forecast. All is synthetic."""

from __future__ import annotations

from collections.abc import Sequence

from detect.test_events import change, events
from lightkeeper.detect.events import WorldEvent
from lightkeeper.evaluate.leads import SignCount, count_signs
from lightkeeper.evaluate.scenarios import panels
from lightkeeper.evaluate.worlds import FIXED, HOME, MOBILE, REGIONS
from lightkeeper.signals.matrix import Matrix

VPN = f"synthetic/blocked_share/openvpn/{HOME}"
BLOCK = change(VPN, 100, 130, kind="blocked", direction="up")
SHORT = change(f"synthetic/fixed_traffic/{HOME}/{FIXED[0]}", 150, 152)
CUT = [change(f"synthetic/probing/{region}", 200, 230) for region in REGIONS]
MOBILE_CUT = [change(f"synthetic/mobile_traffic/{HOME}/{asn}", 400, 402) for asn in MOBILE]


def counted(*found: Sequence[WorldEvent]) -> dict[str, SignCount]:
    """The counts where each world is one in which detection finds these events."""
    given = iter(found)

    def engine(_: Sequence[Matrix]) -> Sequence[WorldEvent]:
        return next(given)

    return {one.sign: one for one in count_signs(list(panels("dev", 1))[: len(found)], engine)}


def test_a_sign_counts_before_a_cut_or_before_nothing_and_cuts_without_one_count_too() -> None:
    seen = counted(events([BLOCK, SHORT, *CUT]), events([BLOCK]), events(CUT), [])
    vpn, short = seen["circumvention_blocked"], seen["short_cut_of_few_networks"]
    assert (vpn.found, vpn.before_a_cut.hits, vpn.before_nothing) == (2, 1, 1)
    assert (short.found, short.before_a_cut.hits, short.before_nothing) == (1, 1, 0)
    assert (vpn.cuts_led.hits, vpn.cuts_led.of) == (1, 2)
    assert seen["quic_blocked"].series == seen["quic_blocked"].found == 0


def test_a_sign_that_comes_after_a_cut_or_too_long_before_it_came_before_nothing() -> None:
    late = [change(VPN, 300, 330, kind="blocked", direction="up")]
    assert counted(events([*late, *CUT]))["circumvention_blocked"].before_nothing == 1
    assert counted(events([SHORT, *MOBILE_CUT]))["short_cut_of_few_networks"].before_nothing >= 1
