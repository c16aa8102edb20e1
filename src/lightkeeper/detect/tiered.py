"""Tiered: after a cut some series come back while others stay dark. Open for whom?

A country may be opened by allowlist: routes stay announced, probes from outside find nobody, and search and some apps
return for those who are let through (net4people/bbs 561, 586, 612 and 630, of Iran in 2026). Where a cut is over,
series come back soon after each other; here the one and the other last beside each other for days. What it shows is
that access was not the same for all. It does not show for whom, nor who chose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lightkeeper.detect.changes import Change
from lightkeeper.detect.source_wide import source_of
from lightkeeper.signals.naming import Named

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent

ALLOWLISTED = "allowlisted"
REACH = frozenset({"control_plane", "active_probing", "telescope", "traffic"})
"""Lineages that show the network as a whole. Volunteers and users of tools stay away for other reasons too."""
LEAST_BACK, LEAST_DARK = 2, 2
"""Series of different sources that came back, and lineages of which all stayed dark: one of either may be a fault of
its source, and two lineages share no raw data."""
DARK, WAS_DARK, HALF = 0.75, 0.5, 0.5
"""Mean share lost by a series that is dark; by one, at least, of those that came back, for routes that wavered by a
hundredth bring nobody back; and share of what was usual that is a return, if it lasts for two days."""
LEAST_S = 48 * 3600
"""So long both must have lasted. A return is believed after six hours, a series by the day ends up to a day late, and
operators are not switched on in one hour; of IODA's five series in January 2026 the first and the last lay nine days
apart."""
DAY_S, MOST_DAYS = 86_400, 120
"""Days of a cut in which a return to half is looked for: an allowlist may bring that, and it ends no cut."""
Left = Callable[[str, int, int, int], float]
"""Of a series, since when it is low, and a span: what was left of what was usual before; NaN where not known."""
IPV6 = frozenset({"ipv6", "v6"})
DOMESTIC = frozenset({"domestic", "national_network", "nin", "intranet"})
"""Words of series that are signs and count on neither side: IPv6 may stay off after a cut is over, and domestic
services may run while the world outside is cut (net4people/bbs 489, 497)."""


class Part(NamedTuple):
    """One member of a cut: how much it lost, and when it came back."""

    name: Named
    lost: float
    """Mean share lost."""
    last_low: int | None
    """Begin of the last step beyond; none where it is open."""
    back: int | None

    @property
    def is_back(self) -> bool:
        """Whether it can say that somebody got through: not a tool, nor a sign."""
        return self.back is not None and not self.name.is_vpn and not self.name.words & (IPV6 | DOMESTIC)

    @property
    def is_dark(self) -> bool:
        """Whether it can say that the network as a whole was not reached."""
        wide = self.name.lineage in REACH and not self.name.target and self.lost >= DARK
        return wide and not self.name.words & (IPV6 | DOMESTIC)

    def is_low_at(self, second: int) -> bool:
        """Whether it was still low then."""
        return self.last_low is None or self.last_low > second


def with_tiers(
    events: Sequence[WorldEvent],
    names: Mapping[str, Named],
    changes: Iterable[Change],
    seen: Callable[[str, int, int], bool],
    left: Left,
) -> list[WorldEvent]:
    """The events, and an `allowlisted` one for each cut of which some came back while others stayed dark."""
    by_series: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind in ("drop", "slow"):
            by_series.setdefault(change.series, []).append(change)
    found = list(events)
    for event in events:
        if event.kind == "outage" and event.within == 0 and event.country:
            own = [_part(event, names[s], by_series.get(s, ()), left) for s in event.series]
            tier = _tier(event, [part for part in own if part is not None], seen)
            found += [] if tier is None else [_with_signs(tier, event, names)]
    return found


def _part(event: WorldEvent, name: Named, changes: Iterable[Change], left: Left) -> Part | None:
    joined, ended = event.joined[name.series], event.ended[name.series]
    own = [
        c for c in changes
        if c.onset_latest >= joined and c.within == event.within
        and (ended is None or (c.end_latest is not None and c.end_latest <= ended))
    ]  # fmt: skip
    if not own or name.entity_type not in ("country", "series"):
        return None
    main = max(own, key=lambda c: (c.steps * c.step_s, c.mean))
    last = max(own, key=lambda c: (c.end_latest is None, c.end_latest or 0))
    whole = Part(name, main.mean, None if ended is None else last.end_earliest, ended)
    half = _half_back(name.series, main, left) if main.mean >= WAS_DARK else None
    if half is None or (ended is not None and ended <= half + DAY_S):
        return whole
    return whole._replace(last_low=half, back=half + DAY_S)


def _half_back(series: str, change: Change, left: Left) -> int | None:
    """The begin of the first of two days on which half of what was usual was back, after one of hardly any."""
    since, was_dark = change.onset_latest - change.step_s, False
    shares = []
    for day in range(MOST_DAYS):
        begin = change.onset_latest + day * DAY_S
        if change.end_latest is not None and begin >= change.end_latest:
            break
        shares.append(left(series, since, begin, begin + DAY_S))
        was_dark |= shares[-1] <= 1.0 - DARK
        if was_dark and len(shares) > 1 and min(shares[-2:]) >= HALF:
            return begin - DAY_S
    return None


def _tier(event: WorldEvent, parts: Sequence[Part], seen: Callable[[str, int, int], bool]) -> WorldEvent | None:
    """The time from which enough had come back, until too few were dark; none where it was not long enough."""
    returned = sorted((p for p in parts if p.is_back), key=lambda p: (p.back or 0, p.name.series))
    for nth, last in enumerate(returned):
        back, at = returned[: nth + 1], last.back or 0
        open_ = {p.name.lineage for p in back}
        dark = [p for p in parts if p.is_dark and p.is_low_at(at) and p.name.lineage not in open_]
        dark = [p for p in dark if p.last_low is not None or seen(p.name.series, at + LEAST_S, 1 << 40)]
        if (
            len({source_of(p.name) for p in back}) < LEAST_BACK
            or max(p.lost for p in back) < WAS_DARK
            or len({p.name.lineage for p in dark}) < LEAST_DARK
            or len(open_ | _lineages_up(event)) < LEAST_BACK
        ):
            continue
        until = _until(dark)
        if until is None or (until.last_low or 0) - at >= LEAST_S or until.last_low is None:
            return _event(event, parts, last, until)
    return None


def _lineages_up(event: WorldEvent) -> set[str]:
    """Lineages that were looked at and did not move at all."""
    return set(event.silent) & REACH


def _until(dark: Sequence[Part]) -> Part | None:
    """The part with whose return fewer than two lineages are dark; each lineage stays so until its first series is
    back."""
    firsts: dict[str, Part] = {}
    for part in sorted(dark, key=lambda p: (p.back is None, p.back or 0, p.name.series)):
        firsts.setdefault(part.name.lineage, part)
    ordered = sorted(firsts.values(), key=lambda p: (p.back is None, p.back or 0), reverse=True)
    return ordered[LEAST_DARK - 1] if len(ordered) >= LEAST_DARK else None


def _event(cut: WorldEvent, parts: Sequence[Part], last: Part, until: Part | None) -> WorldEvent:
    """All members of the cut, each with its own end: those that came back before the event ends, and the others."""
    at, over = last.back or 0, None if until is None else until.back
    back = sorted(
        (p for p in parts if p.back is not None and (p.back <= at or over is None or p.back < over)),
        key=lambda p: (p.back or 0, p.name.series),
    )
    open_ = until is None or until.back is None
    flags = {f for f in cut.flags if f != "open_at_end_of_data"} | ({"open_at_end_of_data"} if open_ else set())
    return msgspec.structs.replace(
        cut,
        series=tuple(sorted(p.name.series for p in parts)),
        kind=ALLOWLISTED,
        onset_earliest=min(last.last_low or at, at),
        onset_latest=at,
        end_earliest=None if until is None or open_ else until.last_low,
        end_latest=None if until is None or open_ else until.back,
        severity=round(max(p.lost for p in parts if p not in back), 4),
        joined={p.name.series: at for p in parts} | {p.name.series: p.back or at for p in back},
        ended={p.name.series: p.back for p in parts},
        stayed=(),
        silent=(),
        back=tuple(p.name.series for p in back),
        lineages=tuple(sorted({p.name.lineage for p in parts})),
        targets=tuple(sorted({p.name.target for p in back if p.name.target})),
        stagger_s=0,
        leading=(),
        flags=tuple(sorted(flags)),
        subsumed=0,
    )


def _with_signs(tier: WorldEvent, cut: WorldEvent, names: Mapping[str, Named]) -> WorldEvent:
    """What else speaks for it: routes that stayed, IPv6 and tools that stayed dark, domestic services that are back."""
    low = {s for s in cut.series if (end := cut.ended[s]) is None or end > tier.onset_latest}
    routes = {s for s in (*cut.stayed, *tier.back) if names[s].lineage == "control_plane"}
    found = {
        "routes_up": bool({s for s in routes if not names[s].words & IPV6}),
        "ipv6_dark": any(names[s].words & IPV6 for s in low),
        "domestic_back": any(names[s].words & DOMESTIC for s in (*set(cut.series) - low, *cut.stayed)),
        "tools_dark": any(names[s].is_vpn for s in low),
    }
    return msgspec.structs.replace(tier, signs=tuple(sign for sign, is_so in found.items() if is_so))
