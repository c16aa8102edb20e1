"""Leading: changes of a kind that is known to have come before cuts, shortly before one. No claim to predict.

What kinds these are is data, with a source each and how sure it is: `early_signs.toml`.
"""

from __future__ import annotations

import statistics
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from lightkeeper.detect.scope import ONE_WITNESS
from lightkeeper.signals.naming import Named

if TYPE_CHECKING:
    from lightkeeper.detect.events import WorldEvent

HOUR_S = 3600
CUTS = frozenset({"national", "regional", "mobile", ONE_WITNESS, "unknown"})
"""Scopes of an outage that can have signs before it."""
_NO_SIGN = frozenset({"rise", "circumvention_rise", "silence", "decline"})
"""Kinds of events that are no sign: more use, fewer volunteers, a slow fall."""


class EarlySign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of change that is known to have come before a cut, as `early_signs.toml` has it."""

    id: str
    words: frozenset[str] = frozenset()
    around: bool = False
    networks: int = 0
    over_h: int = 0
    within_h: int
    known: str
    source: str
    sure: str

    def is_of(self, name: Named) -> bool:
        """Whether a change of this series would be such a sign, as far as the series tells."""
        return bool(name.words & self.words) or (self.around and name.is_vpn)

    def shows_in(self, event: WorldEvent, names: Mapping[str, Named]) -> bool:
        """Whether an event is such a sign: all of its series are of the kind."""
        if event.kind in _NO_SIGN or event.within:
            return False
        of = [names[s] for s in event.series]
        if all(map(self.is_of, of)):
            return True
        few = all(n.entity_type == "asn" and not n.target for n in of) and len({n.entity for n in of}) <= self.networks
        ends = event.end_latest
        return few and ends is not None and ends - event.onset_earliest <= self.over_h * HOUR_S


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One change before a cut. Times are seconds since 1970; an end that is not known is none."""

    sign: str
    """Which kind, an id of `early_signs.toml`."""
    series: str
    onset_latest: int
    end_latest: int | None
    before_s: int
    """How long before the cut it had come."""


@cache
def early_signs() -> tuple[EarlySign, ...]:
    """All kinds, in the order of the file."""
    text = files("lightkeeper.detect").joinpath("early_signs.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["sign"], tuple[EarlySign, ...])


def signs_of(event: WorldEvent, names: Mapping[str, Named]) -> list[EarlySign]:
    """The kinds that an event is a sign of; mostly none."""
    return [sign for sign in early_signs() if sign.shows_in(event, names)]


def is_cut(event: WorldEvent, names: Mapping[str, Named]) -> bool:
    """Whether an event is an outage that is wide, and not a sign by itself."""
    wide = event.kind == "outage" and event.scope in CUTS and not event.within
    return wide and not signs_of(event, names)


def with_leads(events: Sequence[WorldEvent], names: Mapping[str, Named]) -> list[WorldEvent]:
    """The events, each cut with what came shortly before it: smaller events, and members that were first by far."""
    signs = [(sign, event) for event in events for sign in signs_of(event, names)]
    told = []
    for event in events:
        if is_cut(event, names):
            leads = [*_before(event, signs), *_first_members(event, names)]
            ordered = sorted(leads, key=lambda lead: (lead.onset_latest, lead.series, lead.sign))
            event = msgspec.structs.replace(event, leading=tuple(ordered))
        told.append(event)
    return told


def comes_before(sign: EarlySign, event: WorldEvent, cut: WorldEvent) -> bool:
    """Whether a sign lies before a cut of the same country, is smaller, and short where it has to be over."""
    apart = cut.onset_latest - event.onset_latest
    over = not sign.over_h or (event.end_latest is not None and event.end_latest <= cut.onset_latest)
    near = 0 < apart <= sign.within_h * HOUR_S
    return event.country == cut.country and near and over and len(event.series) < len(cut.series)


def _before(cut: WorldEvent, signs: Iterable[tuple[EarlySign, WorldEvent]]) -> Iterable[Lead]:
    for sign, event in signs:
        if comes_before(sign, event, cut):
            for series in event.series:
                yield _lead(sign, series, event, cut.onset_latest)


def _first_members(cut: WorldEvent, names: Mapping[str, Named]) -> Iterable[Lead]:
    """Members of a kind that is cut first, which changed before half of the members had."""
    begun = max(int(statistics.median_low(cut.joined.values())), cut.onset_latest)
    for series, at in cut.joined.items():
        for sign in early_signs():
            if sign.is_of(names[series]) and at < begun:
                yield _lead(sign, series, cut, begun)


def _lead(sign: EarlySign, series: str, event: WorldEvent, begun: int) -> Lead:
    at = event.joined[series]
    return Lead(sign=sign.id, series=series, onset_latest=at, end_latest=event.ended[series], before_s=begun - at)
