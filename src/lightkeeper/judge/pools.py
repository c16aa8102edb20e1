"""Pools: a part of a service that has many addresses, of which a network may let some through and stop the others.

By its specification one address that answers is enough for the app, and so a network that stops most of them goes
unseen: in Kenya in November 2024 the largest operator stopped four of six data centres of Telegram.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightkeeper.observe.addresses import prefix_of

LEAST_PLACES = 2
"""Places (/24 or /48) in which addresses must be blocked: the way to one place may be bad."""
IN_PART = ".in_part"
"""What the mechanism ends with."""


def blocked_in_part(addresses: Iterable[tuple[str, str]]) -> tuple[int, int] | None:
    """How many of how many addresses are blocked, out of address and state of each endpoint; none where too few are.

    An address is blocked where one of its endpoints is and none that was tried gets through. Half of the addresses or
    more must be, in two places at least.
    """
    states: dict[str, set[str]] = {}
    for address, state in addresses:
        states.setdefault(address, set()).add(state)
    blocked = [address for address, found in states.items() if "blocked" in found and "ok" not in found]
    places = {prefix_of(address) or address for address in blocked}
    if len(places) < LEAST_PLACES or 2 * len(blocked) < len(states):
        return None
    return len(blocked), len(states)
