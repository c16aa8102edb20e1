"""Clusters: which changes of one country are one thing in the world.

Strong changes chain up by their onsets. A weak one, which by itself would be noise, is of a cluster if it began in the
same hour; and so many weak ones that began in one hour are a cluster by themselves, since noise of different series
does not agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lightkeeper.detect.changes import Change
from lightkeeper.detect.onset import FOREVER, onset_of
from lightkeeper.signals.naming import Named

NEAR_S, NEAR_BLOCKS_S = 48 * 3600, 7 * 86_400
"""An onset this near to the last that joined is of the same event; blocks roll out over networks for longer."""
AGREE_STEPS = 1
"""A weak change agrees with others whose onset lies so many steps away or fewer."""
LEAST_AGREE, LEAST_STRENGTH = 3, 1.5
"""Series whose weak changes agree, or the sum of the strengths of two, without which they are noise. With twenty series
of ten weak changes a year each, any two agree by chance some four times a year, three once in fourteen years; two of
three quarters of what a strong one needs, once in twenty years."""
SAME_HOUR_S = 2 * 3600
"""Times of day this near to each other are the same: a step's error on either side."""
LONGEST_S = 20 * 3600
"""A cut that lasts longer is not one of an evening."""
DAY_S = 86_400


def clusters(changes: Iterable[Change], names: Mapping[str, Named]) -> list[list[Change]]:
    """The changes that belong together, each list by onset. Weak changes that nothing else speaks for are left out."""
    ordered = sorted(changes, key=_order)
    strong = [c for c in ordered if not c.is_weak]
    weak = [c for c in ordered if c.is_weak and c.within == 0]
    agreed, alone = _agreeing(weak)
    found = _chains(sorted([*strong, *agreed], key=_order), names)
    for change in alone:
        near = [c for c in found if any(_agree(change, m) and _akin(change, m, names) for m in c)]
        if near:
            near[-1].append(change)
    return [part for cluster in found for part in _parted(sorted(cluster, key=_order))]


def _order(change: Change) -> tuple[int, str, str]:
    return change.onset_latest, change.series, change.kind


def _agree(one: Change, other: Change) -> bool:
    step_s = max(one.step_s, other.step_s)
    together = one.onset_earliest < (other.until or FOREVER) and other.onset_earliest < (one.until or FOREVER)
    return together and abs(one.onset_latest - other.onset_latest) <= AGREE_STEPS * step_s


def _agreeing(weak: list[Change]) -> tuple[list[Change], list[Change]]:
    """Weak changes that enough others of their kind agree with, and the rest."""
    agreed = []
    for change in weak:
        near: dict[str, float] = {}
        for other in weak:
            if other.step_s == change.step_s and _agree(change, other):
                near[other.series] = max(near.get(other.series, 0.0), other.strength)
        if len(near) >= LEAST_AGREE or (len(near) > 1 and sum(near.values()) >= LEAST_STRENGTH):
            agreed.append(change)
    ids = {id(c) for c in agreed}
    return agreed, [c for c in weak if id(c) not in ids]


def _akin(one: Change, other: Change, names: Mapping[str, Named]) -> bool:
    """Whether two changes can be one thing: a block goes with other blocks, and with a fall of the same service.

    That less was measured is no part of a block: volunteers come and go.
    """
    if {one.kind, other.kind} == {"blocked", "silence"}:
        return False
    if (one.kind == "blocked") == (other.kind == "blocked"):
        return True
    a, b = names[one.series], names[other.series]
    return (bool(a.target) and a.target == b.target) or (a.is_vpn and b.is_vpn)


def _chains(changes: list[Change], names: Mapping[str, Named]) -> list[list[Change]]:
    """Chains of onsets. Each change joins the last cluster that it has time in common with and is near to.

    The cut of another evening does not, although some series may not be over the first one.
    """
    found: list[list[Change]] = []
    for change in changes:
        inside = [c for c in found if _is_of(change, c, names) and _covers(c, change)]
        homes = [c for c in found if _joins(change, c, names) and not any(_is_next_evening(change, m) for m in c)]
        if homes or inside:
            (homes or inside)[-1].append(change)
        else:
            found.append([change])
    return found


def _joins(change: Change, cluster: list[Change], names: Mapping[str, Named]) -> bool:
    akin = [m for m in cluster if _akin(change, m, names)]
    if not akin:
        return False
    blocks = change.kind == "blocked" and akin[-1].kind == "blocked"
    near = NEAR_BLOCKS_S if blocks else max(NEAR_S, 2 * change.step_s)
    return change.onset_latest - akin[-1].onset_latest <= near and any(
        m.until is None or m.until > change.onset_earliest for m in akin
    )


def same_hour(one_s: int, other_s: int) -> bool:
    """Whether two times lie at the same time of day."""
    apart = abs(one_s - other_s) % DAY_S
    return min(apart, DAY_S - apart) <= SAME_HOUR_S


def _is_next_evening(change: Change, member: Change) -> bool:
    """Whether a series that had a short cut and was over it falls again at the same time of another day."""
    if member.series != change.series or change.kind != "drop" or member.kind != "drop" or member.end_latest is None:
        return False
    short = member.end_latest - member.onset_earliest <= LONGEST_S
    later = change.onset_latest - member.onset_latest
    return short and later > DAY_S // 2 and same_hour(change.onset_latest, member.onset_latest)


def _is_of(change: Change, cluster: list[Change], names: Mapping[str, Named]) -> bool:
    """Whether the series of a change is of a cluster already, with a change of its kind that was over by then.

    What begins while that goes on was found against another level, and is no relapse.
    """
    own = [m for m in cluster if m.series == change.series and _akin(change, m, names)]
    return bool(own) and all(m.until is not None and m.until <= change.onset_latest for m in own)


def _covers(cluster: list[Change], change: Change) -> bool:
    """Whether most of a cluster goes on through the whole of the change."""
    through = [m for m in cluster if m.until is None or m.until >= (change.until or FOREVER)]
    return 2 * len(through) > len({m.series for m in cluster})


def _parted(cluster: list[Change]) -> list[list[Change]]:
    """A cluster without what was over before it began, which is told by itself if it is strong."""
    begun = onset_of(cluster)
    early = [c for c in cluster if c.until is not None and c.until <= begun.latest and c is not begun.by]
    if not early:
        return [cluster]
    ids = {id(c) for c in early}
    rest = [c for c in cluster if id(c) not in ids]
    before = _parted(early) if any(not c.is_weak for c in early) else []
    return [*before, rest]
