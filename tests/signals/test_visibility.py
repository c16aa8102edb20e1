"""How much of a country the peers of a collector see. All MRT here is synthetic, but for the table of 2002."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.model import Signal
from lightkeeper.signals.routes import Routes
from lightkeeper.signals.visibility import PEERS_MIN, Places, union, visibility
from lightkeeper.sources import mrt
from lightkeeper.sources.mrt import Batch
from places import SHARED
from sources.mrt_writer import (
    BEGIN,
    ESTABLISHED,
    IDLE,
    attribute,
    keepalive,
    message,
    peer_head,
    prefix,
    record,
    state,
    table,
    update,
)

PEERS = [(f"192.0.2.{n}", 64500 + n) for n in range(1, 6)]
IR, OTHER = 58224, 64999
PLACES = Places({IR: "IR", 197207: "IR"}, frozenset({IR}))
AT = datetime.fromtimestamp(BEGIN, UTC)
EVERYWHERE = dict.fromkeys(range(5), IR)
ROUTES = {"203.0.112.0/23": EVERYWHERE, "203.0.113.0/24": EVERYWHERE, "2001:db8::/40": EVERYWHERE}
FULL = table(BEGIN - 60, PEERS, ROUTES)


def batches(folder: Path, *files: bytes) -> Iterator[Batch]:
    for number, data in enumerate(files):
        path = folder / f"{number}"
        path.write_bytes(data)
        for part in mrt.read(path):
            assert isinstance(part, Batch)
            yield part


def watched(folder: Path, *files: bytes, steps: int = 3, places: Places = PLACES) -> dict[str, list[Signal]]:
    found: dict[str, list[Signal]] = {}
    end = AT + timedelta(seconds=300 * steps)
    for row in visibility(batches(folder, *files), places, collector="rrc00", begin=AT, end=end):
        found.setdefault(row.series, []).append(row)
    return found


def values(found: dict[str, list[Signal]], what: str, entity: str = "IR") -> list[float | str | None]:
    return [row.missing or row.value for row in found[f"mrt/rrc00/{what}/{entity}"]]


def flags(found: dict[str, list[Signal]], entity: str = "IR", what: str = "visible_slash24") -> list[str | None]:
    return [row.flag for row in found[f"mrt/rrc00/{what}/{entity}"]]


def alive(steps: int = 3) -> bytes:
    return b"".join(keepalive(BEGIN + 300 * step + 1, PEERS[0]) for step in range(steps))


def withdrawn(second: int, peers: int, prefix: str = "203.0.112.0/23") -> bytes:
    return b"".join(update(second, PEERS[n], withdraw=prefix) for n in range(peers))


def test_what_two_prefixes_cover_counts_once_and_the_families_apart(tmp_path: Path) -> None:
    found = watched(tmp_path, FULL, alive())
    assert values(found, "visible_slash24") == [2, 2, 2]
    assert values(found, "visible_prefixes_v4") == [2, 2, 2]
    assert values(found, "visible_slash48") == [256] * 3
    assert values(found, "visible_prefixes_v6") == [1] * 3
    assert values(found, "visible_slash24", str(IR)) == [2, 2, 2]
    assert found["mrt/rrc00/visible_slash24/IR"][0].step_at == AT


def test_a_prefix_stays_visible_while_half_of_the_peers_see_it(tmp_path: Path) -> None:
    two_gone = watched(tmp_path, FULL, alive(1) + withdrawn(BEGIN + 301, 2) + keepalive(BEGIN + 601, PEERS[0]))
    three_gone = watched(tmp_path, FULL, alive(1) + withdrawn(BEGIN + 301, 3) + keepalive(BEGIN + 601, PEERS[0]))
    assert values(two_gone, "visible_slash24") == [2, 2, 2]
    assert values(three_gone, "visible_slash24") == [2, 1, 1]


def test_a_cut_country_goes_to_zero_and_comes_back(tmp_path: Path) -> None:
    cut = withdrawn(BEGIN + 301, 5) + withdrawn(BEGIN + 302, 5, "203.0.113.0/24")
    back = b"".join(update(BEGIN + 601, peer, announce="203.0.113.0/24", origin=197207) for peer in PEERS)
    found = watched(tmp_path, FULL, alive(1) + cut + back)
    assert values(found, "visible_slash24") == [2, 0, 1]
    assert values(found, "visible_slash24", str(IR)) == [2, 0, 1]
    assert flags(found, str(IR)) == [None, None, "origin_changed"]  # for the country it is one of its own
    assert flags(found) == [None, None, None]
    assert found["mrt/rrc00/visible_slash24/IR"][1].value == 0  # a zero that was seen is no gap


def moved(second: int, peers: int = 5, what: str = "203.0.112.0/23", origin: int = OTHER) -> bytes:
    return b"".join(update(second, peer, announce=what, origin=origin) for peer in PEERS[:peers])


def test_a_prefix_that_another_network_announces_is_routed_and_flagged(tmp_path: Path) -> None:
    """As when a network that fends off floods takes a country's prefixes over for an hour."""
    both = moved(BEGIN + 301) + moved(BEGIN + 302, what="203.0.113.0/24")
    back = moved(BEGIN + 601, origin=IR) + moved(BEGIN + 602, what="203.0.113.0/24", origin=IR)
    found = watched(tmp_path, FULL, alive(1) + both + back)
    assert values(found, "visible_slash24") == values(found, "visible_prefixes_v4") == [2, 2, 2]
    assert flags(found) == [None, "origin_changed", None]
    assert flags(found, what="visible_slash48") == [None, None, None]


def test_what_another_network_announces_to_some_peers_only_is_routed_as_far_as_they_have_any_route(
    tmp_path: Path,
) -> None:
    mixed = withdrawn(BEGIN + 301, 2) + moved(BEGIN + 302, 2)
    found = watched(tmp_path, FULL, alive(1) + mixed + withdrawn(BEGIN + 601, 5))
    assert values(found, "visible_prefixes_v4") == [2, 2, 1]
    assert flags(found) == [None, None, None]  # three of five still see the country's own
    part = moved(BEGIN + 301, 3) + b"".join(update(BEGIN + 601, p, withdraw="203.0.112.0/23") for p in PEERS[2:])
    found = watched(tmp_path, FULL, alive(1) + part)
    assert values(found, "visible_prefixes_v4") == [2, 2, 1]
    assert flags(found) == [None, "origin_changed", None]


def test_longer_prefixes_of_another_network_cover_a_prefix_that_its_own_withdrew(tmp_path: Path) -> None:
    own = withdrawn(BEGIN + 301, 5) + withdrawn(BEGIN + 302, 5, "203.0.113.0/24")
    half = watched(tmp_path, FULL, alive(1) + own + moved(BEGIN + 303, what="203.0.113.0/24"), steps=2)
    assert values(half, "visible_slash24") == [2, 1]
    rest = moved(BEGIN + 601, what="203.0.112.0/24")
    whole = watched(tmp_path, FULL, alive(1) + own + moved(BEGIN + 303, what="203.0.113.0/24") + rest)
    assert values(whole, "visible_slash24") == [2, 1, 2]
    assert values(whole, "visible_prefixes_v4") == [2, 1, 2]
    assert flags(whole) == [None, "origin_changed", "origin_changed"]


def test_a_table_taken_meanwhile_does_not_make_anothers_of_what_is_at_home_here(tmp_path: Path) -> None:
    elsewhere = {prefix: dict.fromkeys(range(5), OTHER) for prefix in ROUTES}
    later = table(BEGIN + 310, PEERS, elsewhere), keepalive(BEGIN + 601, PEERS[0])
    found = watched(tmp_path, FULL, alive(1), *later)
    assert values(found, "visible_slash24") == [2, 2, 2]
    assert flags(found) == [None, "origin_changed", "origin_changed"]


def test_what_a_network_leaks_for_an_hour_is_not_at_home_there(tmp_path: Path) -> None:
    leak, end = "198.51.100.0/24", moved(BEGIN + 601, what="198.51.100.0/24")
    found = watched(tmp_path, FULL, alive(1) + moved(BEGIN + 301, what=leak, origin=IR) + end)
    assert values(found, "visible_slash24") == [2, 3, 2]
    assert flags(found) == [None, None, None]


def test_what_others_announce_for_a_week_has_moved_and_what_nobody_announces_has_not(tmp_path: Path) -> None:
    routes = Routes([IR, 197207])
    for part in batches(tmp_path, FULL):
        routes.table(part.rows, part.peers)
    routes.end_of_table()
    peers, day = np.arange(5), 86_400

    def settle(second: int) -> list[int]:
        routes.settle(4, peers, 3, second, at_once=second == BEGIN)
        return routes.home[:2].tolist()

    (tmp_path / "next").mkdir()
    assert settle(BEGIN) == [0, 0]
    for part in batches(tmp_path / "next", moved(BEGIN + 1), withdrawn(BEGIN + 1, 5, "203.0.113.0/24")):
        routes.follow(part.rows, part.peers)
    assert [settle(BEGIN + n * day) for n in (1, 7, 8, 30)] == [[0, 0], [0, 0], [-1, 0], [-1, 0]]


def ending_in(*members: int) -> bytes:
    """An AS_PATH of a sequence and a set."""
    numbers = b"".join(struct.pack(">I", asn) for asn in members)
    return attribute(2, bytes([2, 1]) + struct.pack(">I", 64501) + bytes([1, len(members)]) + numbers)


@pytest.mark.parametrize(("members", "blocks"), [((IR, 197207), 1), ((IR, OTHER), 0), ((OTHER, 64998), 0)])
def test_a_set_of_networks_of_the_country_is_the_countrys(
    tmp_path: Path, members: tuple[int, ...], blocks: int
) -> None:
    body = b"\0\0" + struct.pack(">H", len(ending_in(*members))) + ending_in(*members) + prefix("198.51.100.0/24")
    sets = b"".join(record(BEGIN + 301, 16, 4, peer_head(peer) + message(2, body)) for peer in PEERS)
    found = watched(tmp_path, FULL, alive(1) + sets + keepalive(BEGIN + 601, PEERS[0]))
    assert values(found, "visible_slash24") == [2, 2 + blocks, 2 + blocks]
    assert values(found, "visible_slash24", str(IR)) == [2, 2, 2]  # one of them alone it is not


def test_peers_that_the_collector_loses_are_no_outage_of_the_country(tmp_path: Path) -> None:
    lost = b"".join(state(BEGIN + 301, peer, ESTABLISHED, IDLE) for peer in PEERS[:2])
    found = watched(tmp_path, FULL, alive(1) + lost + keepalive(BEGIN + 601, PEERS[4]))
    assert values(found, "visible_slash24") == [2, 2, 2]


def test_a_peer_that_has_just_come_back_is_no_witness_until_it_has_sent_its_table(tmp_path: Path) -> None:
    lost = b"".join(state(BEGIN + 301, peer, ESTABLISHED, IDLE) for peer in PEERS[:3])
    back = b"".join(state(BEGIN + 310, peer, IDLE, ESTABLISHED) for peer in PEERS[:3])
    again = b"".join(update(BEGIN + 700, peer, announce="203.0.112.0/23", origin=IR) for peer in PEERS[:3])
    life = b"".join(keepalive(BEGIN + 901 + 300 * n, PEERS[4]) for n in range(3))
    found = watched(tmp_path, FULL, alive(1) + lost + back + again + life, steps=6)
    assert values(found, "visible_slash24") == [2, "too_few_peers", "too_few_peers", "too_few_peers", 2, 2]


def test_fewer_full_peers_than_a_majority_needs_give_no_value(tmp_path: Path) -> None:
    few = table(BEGIN - 60, PEERS[: PEERS_MIN - 1], {"203.0.113.0/24": dict.fromkeys(range(PEERS_MIN - 1), IR)})
    assert values(watched(tmp_path, few, alive(1)), "visible_slash24", "IR")[0] == "too_few_peers"


def test_a_peer_with_a_small_table_has_no_say(tmp_path: Path) -> None:
    routes = {f"198.51.{n}.0/24": dict.fromkeys(range(3), OTHER) for n in range(20)} | {
        "203.0.113.0/24": dict.fromkeys(range(3), IR)
    }
    partial = routes | {"192.88.99.0/24": {3: OTHER, 4: OTHER}}
    found = watched(tmp_path, table(BEGIN - 60, PEERS, partial), alive())
    assert values(found, "visible_slash24") == [1, 1, 1]


def test_a_silent_collector_is_a_gap_and_not_calm_and_what_follows_is_stale_until_a_table(tmp_path: Path) -> None:
    later = keepalive(BEGIN + 601, PEERS[0]), table(BEGIN + 900, PEERS, ROUTES), keepalive(BEGIN + 1201, PEERS[0])
    found = watched(tmp_path, FULL, alive(1), *later, steps=6)
    assert values(found, "visible_slash24") == [2, "gap_in_source", "stale_after_gap", 2, 2, "gap_in_source"]


def test_a_table_after_a_long_silence_sets_the_state_right_at_once(tmp_path: Path) -> None:
    found = watched(
        tmp_path, FULL, alive(1), table(BEGIN + 900, PEERS, ROUTES), keepalive(BEGIN + 1201, PEERS[0]), steps=5
    )
    assert values(found, "visible_slash24") == [2, "gap_in_source", "gap_in_source", 2, 2]


def test_without_a_table_the_series_says_that_it_is_only_what_was_seen(tmp_path: Path) -> None:
    found = watched(tmp_path, update(BEGIN + 1, PEERS[0], announce="203.0.113.0/24", origin=IR) + alive())
    assert values(found, "seen_slash24") == [1, 1, 1]
    assert not [name for name in found if "visible" in name]


def test_what_a_fresh_session_sends_is_seen_at_once_and_gone_with_it(tmp_path: Path) -> None:
    up = state(BEGIN + 1, PEERS[0], IDLE, ESTABLISHED)
    told = update(BEGIN + 2, PEERS[0], announce="203.0.113.0/24", origin=IR)
    down = state(BEGIN + 301, PEERS[0], ESTABLISHED, IDLE)
    found = watched(tmp_path, up + told + down, steps=2)
    assert values(found, "seen_slash24") == [1, 0]


def test_default_routes_and_single_addresses_do_not_count(tmp_path: Path) -> None:
    routes = ROUTES | {"0.0.0.0/0": EVERYWHERE, "203.0.120.1/32": EVERYWHERE, "2000::/3": EVERYWHERE}
    found = watched(tmp_path, table(BEGIN - 60, PEERS, routes), alive())
    assert values(found, "visible_slash24") == [2, 2, 2]
    assert values(found, "visible_slash48") == [256] * 3


def test_one_wide_ipv6_prefix_does_not_hide_all_the_others(tmp_path: Path) -> None:
    routes = {"2a00::/20": EVERYWHERE, "2001:db8::/40": EVERYWHERE}
    found = watched(tmp_path, table(BEGIN - 60, PEERS, routes), alive())
    assert values(found, "visible_slash48") == [65_536 + 256] * 3


def test_a_record_with_a_wrong_clock_does_not_move_time(tmp_path: Path) -> None:
    future = update(BEGIN + 50_000_000, PEERS[0], withdraw="203.0.112.0/23")
    found = watched(tmp_path, FULL, alive(1) + future + alive(3)[-len(alive(1)) * 2 :])
    assert values(found, "visible_slash24") == [2, 2, 2]


def test_a_table_with_other_numbers_for_its_peers_is_of_the_same_peers(tmp_path: Path) -> None:
    turned = table(BEGIN - 30, PEERS[::-1], ROUTES)
    gone = withdrawn(BEGIN + 301, 3)
    found = watched(tmp_path, FULL, turned, alive(1) + gone + keepalive(BEGIN + 601, PEERS[0]))
    assert values(found, "visible_slash24") == [2, 1, 1]


@pytest.mark.skipif(not (SHARED / "mrt").is_dir(), reason="the MRT files of the shared data are not here")
def test_in_a_real_table_as_many_full_peers_see_each_prefix_as_a_plain_count_finds() -> None:
    parts = list(mrt.read(SHARED / "mrt" / "bgpdump_bview.20020722.2337.gz"))
    real = [part for part in parts if isinstance(part, Batch)]
    rows = [e for part in real for e in mrt.elements(part)]
    sizes = {peer: sum(e.peer == peer for e in rows) for peer in {e.peer for e in rows}}
    third = sorted(sizes.values())[-3]
    full = {peer for peer, size in sizes.items() if size >= third / 2}
    routes = Routes({e.origin for e in rows if e.origin > 0})
    for part in real:
        routes.table(part.rows, part.peers)
    peers = routes.witnesses(4, BEGIN)
    assert len(peers) == len(full)
    prefix, origin = routes.of(4, peers)
    seen = Counter(
        (e.prefix, e.origin) for e in {(e.prefix, e.origin, e.peer): e for e in rows}.values() if e.peer in full
    )
    plain = [n for (text, number), n in seen.items() if number > 0 and 8 <= int(text.split("/")[1]) <= 24]
    assert sorted(plain) == sorted(Counter(zip(prefix.tolist(), origin.tolist(), strict=True)).values())
    assert len(plain) > 1000


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=40))
def test_the_union_is_the_number_of_blocks_that_any_range_covers(ranges: list[tuple[int, int]]) -> None:
    start = np.array([a for a, _ in ranges], np.int64)
    size = np.array([b for _, b in ranges], np.int64)
    assert union(start, size) == len({block for a, b in ranges for block in range(a, a + b)})
