"""What must be forged to turn an answer, found by trying. All rows are synthetic.

`python tests/ledger/forging.py`, with `src` and `tests` on the path, writes the table of `docs/security.md` anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from ledger.ledger_rows import Rows, case, document, measured, together
from lightkeeper.ledger.answer import answer

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- forging: begin -->", "<!-- forging: end -->"
HONEST = (44244, 197207, 58224, 57218)
OTHERS = (31549, 12880, 48159, 16322)
"""More networks of Iran, from which nobody honest measures."""
FOREIGN = (64512, 4_294_967_294, 3356, 4_100_000_000)
"""A private number, the last private one, a network of other countries, one that nobody has."""
WINDOW, PAST = range(-4, 6), range(-14, -4)
MADE_UP = range(-12, -9)
"""Three days before the window, for a forger's own past."""
MOST = 4
"""Networks, and days, that are tried."""
SERVICES = ("signal", "instagram")


class Background(NamedTuple):
    """What honest people measured, and what a document says."""

    name: str
    rows: Rows
    assured: bool = False


class Attack(NamedTuple):
    """What a forger adds."""

    state: str
    networks: int
    days: int
    past: bool
    """He measured on three days before, too."""
    from_honest: bool
    """He takes the numbers of the honest ones first."""
    each: int = 3
    names: int = 1
    foreign: bool = False

    @property
    def records(self) -> int:
        """Forged records in all."""
        services = 1 if self.state == "blocked" else len(SERVICES)
        return self.networks * self.each * (self.days * services + 3 * self.past)


def seen(state: str, networks: int, days: range, past: bool = False) -> Rows:
    """Both services in one state, measured by three sessions a day on each network; with ten days before, if asked."""
    asns = HONEST[:networks]
    rows = [measured(s, state, asns=asns, days=days, sessions=3) for s in SERVICES]
    return together(*rows, *([measured("tor", "ok", asns=asns, days=PAST)] if past else []))


BACKGROUNDS = (
    Background("nothing; a document assures that all is open", ([], []), assured=True),
    Background(
        "four networks before the window, nothing in it; an assurance",
        measured("tor", "ok", asns=HONEST, days=PAST),
        assured=True,
    ),
    Background("blocked on two networks for two days: below the floor", seen("blocked", 2, range(2))),
    Background("blocked on four networks for ten days, nothing before", seen("blocked", 4, WINDOW)),
    Background("blocked on four networks for ten days, and measured before", seen("blocked", 4, WINDOW, past=True)),
    Background("blocked on four networks on the day of the vote", seen("blocked", 4, range(1))),
    Background("blocked on three networks on the day of the vote: the floor", seen("blocked", 3, range(1))),
    Background("blocked on one network for three days: the floor", seen("blocked", 1, range(3))),
    Background("open on four networks for ten days, nothing before; an assurance", seen("ok", 4, WINDOW), assured=True),
    Background(
        "open on four networks for ten days, and measured before; an assurance", seen("ok", 4, WINDOW, past=True), True
    ),
)


def forged(attack: Attack) -> Rows:
    """The forger's records. Whoever says blocked needs one service; whoever says open needs all."""
    pool = (*HONEST, *OTHERS) if attack.from_honest else (*OTHERS, *HONEST)
    asns = (FOREIGN if attack.foreign else pool)[: attack.networks]
    services = SERVICES[:1] if attack.state == "blocked" else SERVICES
    more = {"asns": asns, "each": attack.each, "sessions": max(2, attack.each - 1), "kinds": attack.names}
    rows = [measured(s, attack.state, days=range(attack.days), **more) for s in services]  # type: ignore[arg-type]
    rows += [measured("tor", "ok", days=MADE_UP, **more)] if attack.past else []  # type: ignore[arg-type]
    return _renamed(together(*rows))


def _renamed(rows: Rows) -> Rows:
    """With ids and sessions of their own."""
    measurements, verdicts = rows
    return (
        [
            msgspec.structs.replace(m, measurement_id=f"f-{m.measurement_id}", report_id=f"f-{m.report_id}")
            for m in measurements
        ],
        [msgspec.structs.replace(v, measurement_id=f"f-{v.measurement_id}") for v in verdicts],
    )


def answers(background: Background, attack: Attack | None = None) -> dict[str | None, str]:
    """What becomes of the ask for platforms, by operator; none is the country."""
    whole = case()
    asked = case(
        asks=[a.model_dump() for a in whole.asks if a.id == "A1"],
        watched=[w.model_dump() for w in whole.watched],
    )
    rows = together(background.rows, forged(attack)) if attack else background.rows
    said = [document("d", "assurance")] if background.assured else []
    return {a.operator: a.answer for a in answer(asked, [], said, *rows)}


def attacks() -> Iterator[Attack]:
    """All that are tried, the cheapest first."""
    found = [
        Attack(state, networks, days, past, from_honest)
        for state in ("blocked", "ok")
        for networks in range(1, MOST + 1)
        for days in (*range(1, MOST + 1), 6)
        for past in (False, True)
        for from_honest in (False, True)
    ]
    return iter(sorted(found, key=lambda a: (a.networks, a.days, a.past, a.records)))


@cache
def turned() -> list[tuple[str, str, str, list[Attack]]]:
    """Background, its answer, what it becomes, and the attacks of which none is cheaper in networks, days and past."""
    found = []
    for background in BACKGROUNDS:
        before = answers(background)[None]
        least: dict[str, list[Attack]] = {}
        for attack in attacks():
            after = answers(background, attack)[None]
            mine = least.setdefault(after, [])
            if after != before and not any(
                a.networks <= attack.networks and a.days <= attack.days and a.past <= attack.past for a in mine
            ):
                mine.append(attack)
        goals = [g for g in ("breached", "partly", "insufficient", "met") if g != before]
        found += [(background.name, before, goal, least.get(goal, [])) for goal in goals]
    return found


def table() -> str:
    """The table, as the page has it."""
    lines = [
        "| what honest people measured | answer | turned into | what must be forged, at least |",
        "|---|---|---|---|",
    ]
    for name, before, goal, ways in turned():
        lines.append(f"| {name} | {before} | {goal} | {'; or '.join(map(_said, ways)) or 'not found'} |")
    return "\n".join(lines)


def _said(attack: Attack) -> str:
    networks = f"{attack.networks} network{'s' if attack.networks > 1 else ''}"
    days = f"{attack.days} day{'s' if attack.days > 1 else ''}"
    past = " and 3 days before" if attack.past else ""
    whose = "on which they measure" if attack.from_honest else "of the country"
    return f"`{attack.state}` from {networks} {whose}, on {days}{past} ({attack.records} records)"


def written() -> str:
    """The table that stands in the page."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()


if __name__ == "__main__":
    old = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        old.replace(written(), table()) if written() else old.replace(BEGIN, f"{BEGIN}\n{table()}"), "utf-8"
    )
