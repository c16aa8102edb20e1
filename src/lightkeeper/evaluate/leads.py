"""Leads: how many changes of a kind that came before cuts came before one here, and how many before nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.leading import comes_before, early_signs, is_cut
from lightkeeper.evaluate.ours import Engine
from lightkeeper.evaluate.summary import Share, wilson
from lightkeeper.evaluate.truth import Panel
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named


class SignCount(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of early sign on some panels."""

    sign: str
    within_h: int
    series: int
    """Series that could show it, where its kind is told by the series alone."""
    found: int
    """Events of the kind."""
    before_a_cut: Share
    """Those with a cut after them within the hours,"""
    before_nothing: int
    """and those with none."""
    cuts_led: Share
    """Cuts that had such a change before them, among members too, of all cuts that were found."""


class _Seen:
    def __init__(self) -> None:
        self.series = self.found = self.before = self.led = 0


def count_signs(some: Iterable[Panel], engine: Engine) -> list[SignCount]:
    """Count each kind on the panels. Cuts are those that detection finds, as a reader would see them."""
    seen = {sign.id: _Seen() for sign in early_signs()}
    cuts = 0
    for panel in some:
        cuts += _add(seen, panel.matrices, engine(panel.matrices))
    return [
        SignCount(
            sign=sign.id,
            within_h=sign.within_h,
            series=(of := seen[sign.id]).series,
            found=of.found,
            before_a_cut=wilson(of.before, of.found),
            before_nothing=of.found - of.before,
            cuts_led=wilson(of.led, cuts),
        )
        for sign in early_signs()
    ]


def _add(seen: dict[str, _Seen], matrices: Sequence[Matrix], events: Sequence[WorldEvent]) -> int:
    """Add the signs of one panel. Returns how many cuts it had."""
    names = {name: named(name) for matrix in matrices for name in matrix.names}
    cuts = [event for event in events if is_cut(event, names)]
    for sign in early_signs():
        of = seen[sign.id]
        shown = [event for event in events if sign.shows_in(event, names)]
        of.series += sum(map(sign.is_of, names.values()))
        of.found += len(shown)
        of.before += sum(any(comes_before(sign, event, cut) for cut in cuts) for event in shown)
        of.led += sum(any(lead.sign == sign.id for lead in cut.leading) for cut in cuts)
    return len(cuts)
