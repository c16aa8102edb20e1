"""Likeness: whether a page without encryption is the one that other networks got, by the simhash of its words.

A test helper keeps no body, so pages can be compared by their words only with those that other probes got: the same
address, in the same window, in other countries. A page like theirs is the site's. A page unlike theirs proves nothing
by itself: sites speak to each country in its own words, and change by the hour. So it never accuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from lightkeeper.judge.interval import share_at_most
from lightkeeper.model import Control

PAGES = "pages"
"""Lineage of the control rows; `step` is `like` or `unlike`, and the address of the page."""
NEAR, FAR = 8, 20
"""Bits of 64 up to which two pages are alike, and from which they are not. Manku et al. (WWW 2007) take 3 for copies;
pages with a date or a counter differ by a few more. Unrelated texts differ in 32 ± 4."""
LEAST_NETWORKS, LEAST_COUNTRIES = 3, 2
MOST_OTHERS = 0.2
"""Share of sessions elsewhere that may have got another page, at the upper bound."""
SESSIONS_A_NETWORK = 5
"""Sessions of one network elsewhere that count."""
MOST_COMPARED = 200
Bits = npt.NDArray[np.uint64]


class Page(msgspec.Struct, frozen=True):
    """A page as one probe got it, without encryption."""

    measurement_id: str
    url: str
    window: int
    probe_cc: str
    probe_asn: int
    session: str
    status: int
    simhash: str
    title: str


class Usual(msgspec.Struct, frozen=True):
    """What other countries got: the page most like all of them, and how many got it."""

    bits: np.uint64
    status: int
    titles: frozenset[str]
    alike: int
    others: int
    networks: int
    countries: int


def controls_of_pages(pages: Iterable[Page], wanted: frozenset[str]) -> Iterator[Control]:
    """Rows, not numbered yet, for the wanted measurements whose page others got too, or got none like it."""
    groups: dict[tuple[str, int], list[Page]] = {}
    for page in pages:
        groups.setdefault((page.url, page.window), []).append(page)
    for _, group in sorted(groups.items()):
        ordered = sorted(group, key=lambda p: (p.probe_cc, p.probe_asn, p.session, p.measurement_id, p.simhash))
        for country in sorted({p.probe_cc for p in ordered if p.measurement_id in wanted}):
            usual = usual_of([p for p in ordered if p.probe_cc != country])
            if usual is not None:
                for page in ordered:
                    if page.probe_cc == country and page.measurement_id in wanted:
                        yield from _row_of(page, usual)


def usual_of(elsewhere: list[Page]) -> Usual | None:
    """The page that surely most sessions elsewhere got, one voice a session; none where they do not agree."""
    voices = list({(p.probe_asn, p.session): p for p in elsewhere}.values())
    counted: dict[int, int] = {}
    kept: list[Page] = []
    for page in voices:
        counted[page.probe_asn] = counted.get(page.probe_asn, 0) + 1
        if counted[page.probe_asn] <= SESSIONS_A_NETWORK and len(kept) < MOST_COMPARED:
            kept.append(page)
    if not kept:
        return None
    bits = np.array([int(p.simhash, 16) for p in kept], np.uint64)
    apart = np.bitwise_count(bits[:, None] ^ bits[None, :])
    middle = int(np.argmin(apart.sum(axis=1)))
    alike = [p for p, d in zip(kept, apart[middle], strict=True) if d <= NEAR and p.status == kept[middle].status]
    usual = Usual(
        bits=bits[middle],
        status=kept[middle].status,
        titles=frozenset(p.title for p in alike),
        alike=len(alike),
        others=len(kept) - len(alike),
        networks=len({p.probe_asn for p in alike}),
        countries=len({p.probe_cc for p in alike}),
    )
    enough = usual.networks >= LEAST_NETWORKS and usual.countries >= LEAST_COUNTRIES
    return usual if enough and share_at_most(usual.others, usual.alike, MOST_OTHERS) else None


def _row_of(page: Page, usual: Usual) -> Iterator[Control]:
    apart = (int(page.simhash, 16) ^ int(usual.bits)).bit_count()
    if page.status != usual.status:
        return
    kind = "like" if apart <= NEAR else "unlike" if apart >= FAR and page.title not in usual.titles else None
    if kind is not None:
        yield Control(
            measurement_id=page.measurement_id,
            number=0,
            layer="http",
            lineage=PAGES,
            step=f"{kind} {page.url}",
            succeeded=usual.alike,
            failed=usual.others,
            networks=usual.networks,
            countries=usual.countries,
            sessions=usual.alike + usual.others,
            http_status=usual.status,
            http_title=min(usual.titles) or None,
        )


def said_of_page(row: Control) -> str:
    """A row as a sentence."""
    got = f"{row.succeeded} of {row.sessions} sessions on {row.networks} networks in {row.countries} other countries"
    title = f", titled “{row.http_title}”" if row.http_title else ""
    if (row.step or "").startswith("like "):
        return f"{got} got this page in the same window."
    return f"{got} got one and the same other page in the same window{title}."
