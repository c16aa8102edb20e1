"""MRT files: against the output of bgpdump where that is right, and against bytes that are wrong."""

from __future__ import annotations

import bz2
import gzip
import struct
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.settings import Settings
from lightkeeper.sources import mrt, mrt_files, mrt_kernel, series_fetch
from lightkeeper.sources.mrt import Batch, Element
from lightkeeper.sources.rows import Unreadable
from places import SHARED
from sources.mrt_writer import (
    BEGIN,
    IDLE,
    attribute,
    keepalive,
    message,
    path,
    peer_head,
    prefix,
    record,
    state,
    table,
    update,
)
from sources.server import Answer, Asked, replaying

MRT = SHARED / "mrt"
needs_files = pytest.mark.skipif(not MRT.is_dir(), reason="the MRT files of the shared data are not here")

PEER = ("192.0.2.1", 64496)
SIX = ("2001:db8::1", 64497)
WHOLE = (
    update(BEGIN, PEER, announce="198.51.100.0/24", origin=64511)
    + update(BEGIN + 1, SIX, announce="2001:db8:1::/48", origin=4_200_000_001)
    + update(BEGIN + 2, PEER, withdraw="198.51.100.0/24")
    + update(BEGIN + 3, SIX, withdraw="2001:db8:1::/48")
    + keepalive(BEGIN + 4, PEER)
    + state(BEGIN + 5, PEER, 6, IDLE)
    + table(BEGIN + 6, [PEER, SIX], {"203.0.113.0/25": {0: 64501, 1: 64502}, "2001:db8::/32": {1: 64503}})
)


def read(path: Path) -> tuple[list[Element], list[Unreadable]]:
    found: list[Element] = []
    aside: list[Unreadable] = []
    for part in mrt.read(path):
        if isinstance(part, Batch):
            found += mrt.elements(part)
        else:
            aside.append(part)
    return found, aside


def written(folder: Path, data: bytes) -> Path:
    (folder / "updates").write_bytes(data)
    return folder / "updates"


def golden(name: str) -> list[tuple[int, str, str, int, str, str]]:
    """Lines of `bgpdump -m`: time, kind, peer, its AS, prefix, path (or states)."""
    found = []
    with gzip.open(MRT / f"bgpdump_EXPECT_{name}.bgp.gz", "rt") as lines:
        for line in lines:
            cell = line.rstrip("\n").split("|")
            prefix, told = (
                (cell[5], cell[6] if cell[2] != "W" else "") if cell[2] != "STATE" else ("", "|".join(cell[5:7]))
            )
            found.append((int(cell[1]), cell[2], cell[3], int(cell[4]), prefix, told))
    return found


def ours(name: str) -> list[tuple[int, str, str, int, str, str]]:
    found, aside = read(MRT / f"bgpdump_{name}")
    assert not aside
    return [(e.time_us // 1_000_000, e.kind, e.peer.ip, e.peer.asn, e.prefix, e.as_path) for e in found]


@needs_files
@pytest.mark.parametrize("name", ["bview.20020722.2337.gz", "updates.20160811.1600.gz"])
def test_every_element_is_the_one_that_bgpdump_prints_in_the_same_order(name: str) -> None:
    assert ours(name) == golden(name)


@needs_files
def test_what_bgpdump_has_more_is_multicast_which_is_not_read() -> None:
    expected, found = Counter(golden("updates.20070211.0141.gz")), Counter(ours("updates.20070211.0141.gz"))
    assert not found - expected
    more = expected - found
    assert Counter(kind for _, kind, *_ in more.elements()) == {"A": 93, "W": 58}


@needs_files
def test_a_table_that_stops_bgpdump_after_one_entry_is_read_to_its_end() -> None:
    parts = list(mrt.read(MRT / "bgpkit_bview.20000111.0032.gz"))
    rows = np.concatenate([part.rows for part in parts if isinstance(part, Batch)])
    assert len(rows) == 452_018
    assert not [part for part in parts if isinstance(part, Unreadable)]
    lengths = rows[:, mrt_kernel.LENGTH]
    assert lengths.max() <= 32
    assert np.bincount(rows[:, mrt_kernel.PEER]).max() < 80_000  # the size of the world's table in January 2000


@needs_files
def test_the_old_bgp_records_that_other_readers_pass_over_in_silence_are_read() -> None:
    found, aside = read(MRT / "bgpkit_updates.19991214.1621.gz")
    assert Counter(e.kind for e in found) == {"A": 54_126, "W": 1_363, "STATE": 27}
    assert found[0].as_path == "5409 3352 6813 3561 4293"
    assert found[0].prefix == "208.138.236.32/27"
    assert not [one for one in aside if "damaged" in one.what]


@needs_files
@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("bgpdump_bview.64k_stream_overflow.gz", 23),
        ("bgpdump_updates.20071015.1505.gz", 10_496),
        ("bgpdump_updates.et-header.2015.gz", 577_744),
        ("bgpkit_updates.20100227.1600.gz", 53_806),
        ("libbgpstream_ris.rrc06.updates.1427846400.gz", 1_561),
        ("libbgpstream_routeviews.route-views.jinx.updates.1427846400.bz2", 8_611),
    ],
)
def test_as_many_elements_are_read_as_bgpdump_reads(name: str, number: int) -> None:
    parts = list(mrt.read(MRT / name))
    kinds = np.concatenate([part.column(mrt_kernel.KIND) for part in parts if isinstance(part, Batch)])
    assert (kinds != mrt_kernel.ALIVE).sum() == number
    assert all(isinstance(part, Batch) for part in parts)


def test_updates_states_and_tables_of_both_families_are_read(tmp_path: Path) -> None:
    found, aside = read(written(tmp_path, WHOLE))
    assert not aside
    assert [(e.kind, e.peer.ip, e.prefix, e.origin) for e in found] == [
        ("A", "192.0.2.1", "198.51.100.0/24", 64511),
        ("A", "2001:db8::1", "2001:db8:1::/48", 4_200_000_001),
        ("W", "192.0.2.1", "198.51.100.0/24", -1),
        ("W", "2001:db8::1", "2001:db8:1::/48", -1),
        ("STATE", "192.0.2.1", "", -1),
        ("B", "192.0.2.1", "203.0.113.0/25", 64501),
        ("B", "2001:db8::1", "203.0.113.0/25", 64502),
        ("B", "2001:db8::1", "2001:db8::/32", 64503),
    ]
    assert found[4].as_path == "6|1"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_are_known_by_their_bytes_and_not_by_their_name(tmp_path: Path, pack: object) -> None:
    assert read(written(tmp_path, pack(WHOLE))) == read(written(tmp_path, WHOLE))  # type: ignore[operator]


def test_a_path_that_ends_in_a_set_has_no_single_origin(tmp_path: Path) -> None:
    ends_in_set = bytes([2, 1]) + struct.pack(">I", 64496) + bytes([1, 2]) + struct.pack(">II", 1, 2)
    attributes = attribute(2, ends_in_set)
    body = b"\0\0" + struct.pack(">H", len(attributes)) + attributes + bytes([24, 198, 51, 100])
    found, _ = read(written(tmp_path, record(BEGIN, 16, 4, peer_head(PEER) + message(2, body))))
    assert (found[0].as_path, found[0].origin) == ("64496 {1,2}", mrt_kernel.SET_ORIGIN)


def test_a_path_of_16_bit_numbers_is_completed_by_as4_path(tmp_path: Path) -> None:
    """The example of RFC 6793: a router that knows 16 bits puts AS_TRANS where a longer number was."""
    narrow = attribute(2, bytes([2, 3]) + struct.pack(">HHH", 100, 200, 23456))
    wide = attribute(17, bytes([2, 1]) + struct.pack(">I", 4_200_000_001))
    body = b"\0\0" + struct.pack(">H", len(narrow + wide)) + narrow + wide + bytes([24, 198, 51, 100])
    head = struct.pack(">HHHH", 64496, 64500, 0, 1) + bytes([192, 0, 2, 1, 192, 0, 2, 2])
    found, _ = read(written(tmp_path, record(BEGIN, 16, 1, head + message(2, body))))
    assert (found[0].as_path, found[0].origin) == ("100 200 4200000001", 4_200_000_001)


def test_a_damaged_record_is_counted_and_the_next_ones_are_read(tmp_path: Path) -> None:
    broken = record(BEGIN, 16, 4, peer_head(PEER) + message(2, b"\0\0\xff\xff"))
    found, aside = read(written(tmp_path, broken + WHOLE))
    assert len(found) == 8
    assert [one.what for one in aside] == ["1 of 10 records are damaged and were passed over"]


MALFORMED = [
    attribute(2, bytes([2, 9]) + struct.pack(">I", 64496)),
    attribute(2, bytes([7, 1]) + struct.pack(">I", 64496)),
    path(64496) + b"\x50\x02\xff\xff\0",
    path(64496) + b"\x40",
]
"""A segment that breaks off, one of no kind, an attribute longer than all, half a head."""


@pytest.mark.parametrize("attributes", MALFORMED)
def test_an_update_with_malformed_attributes_withdraws_its_prefixes_and_is_counted(
    tmp_path: Path, attributes: bytes
) -> None:
    """RFC 7606, section 2: treat as withdraw."""
    body = b"\0\0" + struct.pack(">H", len(attributes)) + attributes + bytes([24, 198, 51, 100])
    found, aside = read(written(tmp_path, record(BEGIN, 16, 4, peer_head(PEER) + message(2, body)) + WHOLE))
    assert (found[0].kind, found[0].prefix) == ("W", "198.51.100.0/24")
    assert len(found) == 9
    (told,) = aside
    assert told.what.startswith("1 of 10 routes have malformed attributes")
    assert isinstance(told, mrt.Flaw)


@pytest.mark.parametrize("attributes", MALFORMED)
def test_one_malformed_attribute_voids_one_route_of_a_table(tmp_path: Path, attributes: bytes) -> None:
    peers = [("192.0.2.1", 64501), ("192.0.2.2", 64502)]
    start = table(BEGIN, peers, {})
    body = struct.pack(">I", 0) + prefix("198.51.100.0/24") + struct.pack(">H", 2)
    for number, inner in enumerate((attributes, path(64502, 64496))):
        body += struct.pack(">HIH", number, BEGIN, len(inner)) + inner
    rest = table(BEGIN, peers, {f"203.0.{n}.0/24": {0: 1, 1: 1} for n in range(10)})
    found, aside = read(written(tmp_path, start + record(BEGIN, 13, 2, body) + rest))
    assert len(found) == 22
    assert [(one.peer.asn, one.origin, one.as_path) for one in found[:2]] == [
        (64501, mrt_kernel.NO_ORIGIN, ""),
        (64502, 64496, "64502 64496"),
    ]
    assert [type(one) for one in aside] == [mrt.Flaw]


def test_many_malformed_routes_are_no_flaw_that_leaves_the_rest_sound(tmp_path: Path) -> None:
    body = b"\0\0" + struct.pack(">H", len(MALFORMED[0])) + MALFORMED[0] + bytes([24, 198, 51, 100])
    _, aside = read(written(tmp_path, record(BEGIN, 16, 4, peer_head(PEER) + message(2, body)) * 3 + WHOLE))
    assert [type(one) for one in aside] == [Unreadable]


def test_a_prefix_longer_than_its_family_allows_is_damage(tmp_path: Path) -> None:
    body = b"\0\0" + struct.pack(">H", len(path(1))) + path(1) + bytes([33, 1, 2, 3, 4, 5])
    _, aside = read(written(tmp_path, record(BEGIN, 16, 4, peer_head(PEER) + message(2, body)) + WHOLE))
    assert "damaged" in aside[0].what


def test_a_file_that_breaks_off_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    found, aside = read(written(tmp_path, WHOLE[:-5]))
    assert len(found) == 7
    assert "breaks off" in aside[0].what


def test_a_packed_file_that_breaks_off_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(WHOLE * 2000)
    found, aside = read(written(tmp_path, packed[: len(packed) - 40]))
    assert found
    assert any("damaged" in one.what or "breaks off" in one.what for one in aside)


def test_what_is_no_longer_mrt_ends_the_reading_and_is_reported(tmp_path: Path) -> None:
    found, aside = read(written(tmp_path, WHOLE + b"\xde\xad\xbe\xef" * 2000))
    assert len(found) == 8
    assert "not MRT" in aside[0].what


@pytest.mark.parametrize("data", [b"", b"<html>maintenance</html>", b"\x1f\x8b broken", b"BZh9 broken"])
def test_a_file_without_one_record_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="no MRT record"):
        list(mrt.read(written(tmp_path, data)))


def test_more_peers_than_can_be_true_are_damage_and_not_memory(tmp_path: Path) -> None:
    many = b"".join(state(BEGIN, (f"10.{i >> 8}.{i & 255}.1", 64496), 6, 1) for i in range(mrt_kernel.PEERS_MAX + 10))
    found, aside = read(written(tmp_path, many))
    assert len(found) == mrt_kernel.PEERS_MAX
    assert aside[0].what.startswith("10 of")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_change_of_bytes_stops_the_reader_or_makes_it_run_on(data: st.DataObject) -> None:
    raw = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    array = np.frombuffer(bytes(raw[: data.draw(st.integers(1, len(raw)))]), np.uint8)
    peers, numbers = np.zeros((mrt_kernel.PEERS_MAX, 4), np.int64), np.zeros(1 << 16, np.int64)
    note, out = np.zeros(mrt_kernel.NOTES, np.int64), np.empty((1 << 12, mrt_kernel.COLUMNS), np.int64)
    at, count = mrt_kernel.scan(array, 0, True, out, peers, numbers, note)
    assert 0 <= at <= len(array) + 4
    assert 0 <= count <= len(out)
    batch = Batch(out[:count], peers[: note[mrt_kernel.PEERS]], array)
    assert len(list(mrt.elements(batch))) <= count


def test_the_files_of_ris_for_an_hour_are_a_table_and_twelve_updates() -> None:
    begin, end = datetime(2026, 1, 8, 16, 30, tzinfo=UTC), datetime(2026, 1, 8, 17, 30, tzinfo=UTC)
    urls = [request.url for request in mrt_files.plan("rrc00", begin, end, Settings())]
    assert urls[0] == "https://data.ris.ripe.net/rrc00/2026.01/bview.20260108.1600.gz"
    assert urls[1] == "https://data.ris.ripe.net/rrc00/2026.01/updates.20260108.1630.gz"
    assert len(urls) == 13


def test_the_files_of_routeviews_lie_in_folders_of_their_own() -> None:
    begin, end = datetime(2026, 1, 8, 16, 30, tzinfo=UTC), datetime(2026, 1, 8, 17, 0, tzinfo=UTC)
    urls = [request.url for request in mrt_files.plan("route-views.linx", begin, end, Settings())]
    top = "https://archive.routeviews.org/route-views.linx/bgpdata/2026.01"
    assert urls == [
        f"{top}/RIBS/rib.20260108.1600.bz2",
        f"{top}/UPDATES/updates.20260108.1630.bz2",
        f"{top}/UPDATES/updates.20260108.1645.bz2",
    ]
    root = mrt_files.plan("route-views2", begin, end, Settings())[0].url
    assert root == "https://archive.routeviews.org/bgpdata/2026.01/RIBS/rib.20260108.1600.bz2"


@pytest.mark.parametrize("name", ["../etc", "rrc00/..", "RRC00", "", "a b"])
def test_a_name_that_is_no_collector_is_refused(name: str) -> None:
    begin = datetime(2026, 1, 8, tzinfo=UTC)
    with pytest.raises(InputError, match="not a collector"):
        mrt_files.plan(name, begin, datetime(2026, 1, 9, tzinfo=UTC), Settings())


def test_one_file_that_is_not_there_is_a_failure_and_the_others_are_fetched_once(tmp_path: Path) -> None:
    def play(asked: Asked) -> Answer:
        return Answer(b"not found", 404) if asked.path.endswith("1635.gz") else Answer(gzip.compress(WHOLE))

    begin, end = datetime(2026, 1, 8, 16, 30, tzinfo=UTC), datetime(2026, 1, 8, 16, 45, tzinfo=UTC)
    with replaying(play) as server:
        chosen = Settings(allow_hosts=[server.host], ris_url=server.url)
        requests = mrt_files.plan("rrc00", begin, end, chosen)
        first = series_fetch.fetch(mrt_files.TERMS, requests, Archive(tmp_path), chosen)
        again = series_fetch.fetch(mrt_files.TERMS, requests, Archive(tmp_path), chosen)
    assert (first.fetched, len(first.failed)) == (3, 1)
    assert (again.fetched, again.skipped) == (0, 3)
