"""Scan: MRT records (RFC 6396, RFC 8050) from bytes to rows of numbers, compiled, with every read checked.

A row is one element: a prefix that a peer announced, withdrew or has in its table, or a change of a session. Columns
are named by the constants below. A record that breaks off or contradicts itself gives no rows: it is counted.
Malformed attributes void nothing else (RFC 7606): an update that has them withdraws its prefixes (section 2), and an
entry of a table, which its router kept, stands there without an origin. Both are counted.
Numbers in brackets are sections of RFC 6396, unless another RFC is named. All of it is one file because Numba keeps
machine code by the time stamp of the file that a function stands in: code called from another could be an old one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

TIME_US, KIND, PEER, FAMILY, HIGH, LOW, LENGTH, ORIGIN, PATH_AT, PATH_END, PATH_WIDE, PATH4_AT, PATH4_END = range(13)
COLUMNS = 13
ANNOUNCED, WITHDRAWN, STATE, ALIVE, TABLE = range(5)
RECORDS, DAMAGED, OTHER, PEERS, TABLE_PEERS, FIRST_BAD, LOST, MALFORMED = range(8)
"""Places in `note`: records read, damaged, of kinds not read; peers known; peers of the table; where damage begins; 1
if what follows is no MRT; updates and entries of tables whose attributes are malformed."""
NOTES = 8

NO_ORIGIN, SET_ORIGIN = -1, -2
"""Origin of an empty path, and of one that ends in a set of several AS (RFC 6472)."""
PEERS_MAX = 4096
RECORD_MAX = 4 << 20
"""The longest record to believe. The largest seen in real tables are under 100 kB."""
ROWS = 1 << 17
"""More rows than any one record can hold, since a BGP message and a table entry count have 16-bit lengths."""

BAD, FULL = -1, -2
AS_TRANS = 23456
_IANA = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 32, 33, 48, 49)


def compiled(function: F) -> F:
    """The function as machine code that checks the bounds of arrays; compiled once and kept on disk where it can be."""
    try:
        return numba.njit(function, cache=True, nogil=True, boundscheck=True)  # type: ignore[no-any-return]
    except RuntimeError:  # no folder can be written to: compile in each process
        return numba.njit(function, nogil=True, boundscheck=True)  # type: ignore[no-any-return]


@compiled
def _u16(raw: Any, at: Any) -> Any:
    return (np.int64(raw[at]) << 8) | raw[at + 1]


@compiled
def _u32(raw: Any, at: Any) -> Any:
    return (np.int64(raw[at]) << 24) | (np.int64(raw[at + 1]) << 16) | (np.int64(raw[at + 2]) << 8) | raw[at + 3]


@compiled
def _address(raw: Any, at: Any, octets: Any, high_first: Any) -> Any:
    """Eight octets from `high_first` of an address that has only `octets` octets here, as a signed number."""
    found = np.int64(0)
    for i in range(high_first, high_first + 8):
        found = found << 8
        if i < octets:
            found |= np.int64(raw[at + i])
    return found


@compiled
def _prefix(raw: Any, at: Any, end: Any, row: Any) -> Any:
    """Read one prefix (RFC 4271, 4.3) into `row`; bits behind its length are cleared. The place after it, or BAD."""
    if at >= end:
        return BAD
    length = np.int64(raw[at])
    octets = (length + 7) >> 3
    if length > (32 if row[FAMILY] == 4 else 128) or at + 1 + octets > end:
        return BAD
    high, low = _address(raw, at + 1, octets, 0), _address(raw, at + 1, octets, 8)
    if length < 64:
        high = high & ~((np.int64(1) << (64 - length)) - 1) if length else np.int64(0)
        low = np.int64(0)
    elif length < 128:
        low = low & ~((np.int64(1) << (128 - length)) - 1) if length > 64 else np.int64(0)
    row[HIGH], row[LOW], row[LENGTH] = high, low, length
    return at + 1 + octets


@compiled
def _prefixes(raw: Any, at: Any, end: Any, add_path: Any, row: Any, out: Any, count: Any) -> Any:
    """One row for each prefix up to `end`. How many rows there are now, or BAD, or FULL."""
    while at < end:
        at = _prefix(raw, at + 4 if add_path else at, end, row)
        if at < 0:
            return BAD
        if count >= len(out):
            return FULL
        out[count] = row
        count += 1
    return count


@compiled
def _origin(raw: Any, at: Any, end: Any, wide: Any) -> Any:
    """The last AS of a path, NO_ORIGIN or SET_ORIGIN; -3 for a path that breaks off. Confederations are passed over."""
    size = 4 if wide else 2
    origin = np.int64(NO_ORIGIN)
    while at < end:
        if at + 2 > end:
            return -3
        kind, hops = raw[at], np.int64(raw[at + 1])
        after = at + 2 + hops * size
        if after > end or kind < 1 or kind > 4:
            return -3
        if hops and kind <= 2:
            if kind == 1 and hops > 1:
                origin = np.int64(SET_ORIGIN)
            else:
                origin = _u32(raw, after - 4) if wide else _u16(raw, after - 2)
        at = after
    return origin


@compiled
def _attributes(raw: Any, at: Any, end: Any, wide: Any, row: Any, reach: Any) -> Any:
    """Read path attributes (RFC 4271, 4.3): the path into `row`, where MP_REACH and MP_UNREACH lie into `reach`.

    False for malformed ones: then the row has no path and no origin.
    """
    row[PATH_WIDE] = wide
    _no_path(row)
    reach[:] = 0
    sound = True
    while at < end and sound:
        head = 4 if raw[at] & 0x10 else 3
        if at + head > end:
            sound = False
            break
        kind = raw[at + 1]
        size = _u16(raw, at + 2) if head == 4 else np.int64(raw[at + 2])
        at += head
        if at + size > end:
            sound = False
        elif kind == 2:
            row[PATH_AT], row[PATH_END] = at, at + size
        elif kind == 17:
            row[PATH4_AT], row[PATH4_END] = at, at + size
        elif kind == 14:
            reach[0], reach[1] = at, at + size
        elif kind == 15:
            reach[2], reach[3] = at, at + size
        at += size
    if sound:
        row[ORIGIN] = _origin(raw, row[PATH_AT], row[PATH_END], wide)
        if row[ORIGIN] == AS_TRANS and row[PATH4_END] and not wide:
            row[ORIGIN] = _origin(raw, row[PATH4_AT], row[PATH4_END], True)
        sound = row[ORIGIN] != -3
    if not sound:
        _no_path(row)
    return sound


@compiled
def _no_path(row: Any) -> None:
    row[ORIGIN], row[PATH_AT], row[PATH_END] = NO_ORIGIN, 0, 0
    row[PATH4_AT] = row[PATH4_END] = 0


@compiled
def _family(raw: Any, at: Any, end: Any) -> Any:
    """4 or 6 for unicast of that family (RFC 4760, 3), 0 for another, BAD where it breaks off."""
    if at + 3 > end:
        return BAD
    afi = _u16(raw, at)
    return (4 if afi == 1 else 6) if raw[at + 2] == 1 and 1 <= afi <= 2 else 0


@compiled
def _reachable(raw: Any, reach: Any, gone: Any, kind: Any, add_path: Any, row: Any, out: Any, count: Any) -> Any:
    """The prefixes of MP_UNREACH_NLRI (`gone`), or those of MP_REACH_NLRI (RFC 4760), as rows of this kind.

    How many rows there are now, or BAD.
    """
    at, end = (reach[2], reach[3]) if gone else (reach[0], reach[1])
    if end == 0:
        return count
    family = _family(raw, at, end)
    if family <= 0:
        return count if family == 0 else BAD
    at += 3
    if not gone:
        if at >= end:
            return BAD
        at += 1 + np.int64(raw[at])
        if at >= end:
            return BAD
        for _ in range(np.int64(raw[at])):  # SNPAs of RFC 2858, which RFC 4760 made one octet that is zero
            at += 1
            if at >= end:
                return BAD
            at += (np.int64(raw[at]) + 1) >> 1
        at += 1
    row[KIND], row[FAMILY] = kind, family
    return _prefixes(raw, at, end, add_path, row, out, count)


@compiled
def _update(raw: Any, at: Any, end: Any, wide: Any, add_path: Any, row: Any, out: Any, count: Any, note: Any) -> Any:
    """The rows of one UPDATE (RFC 4271, 4.3), withdrawn before announced. How many rows there are now, BAD or FULL."""
    reach = np.zeros(4, np.int64)
    if at + 2 > end:
        return BAD
    withdrawn, gone = at + 2, at + 2 + _u16(raw, at)
    if gone + 2 > end:
        return BAD
    announced = gone + 2 + _u16(raw, gone)
    if announced > end:
        return BAD
    bare = row.copy()
    bare[KIND], bare[FAMILY] = WITHDRAWN, 4
    count = _prefixes(raw, withdrawn, gone, add_path, bare, out, count)
    if count < 0:
        return count
    kind = np.int64(ANNOUNCED)
    if not _attributes(raw, gone + 2, announced, wide, row, reach):
        kind = np.int64(WITHDRAWN)
        note[MALFORMED] += 1
    count = _reachable(raw, reach, True, WITHDRAWN, add_path, bare, out, count)
    if count < 0:
        return count
    row[KIND], row[FAMILY] = kind, 4
    count = _prefixes(raw, announced, end, add_path, row, out, count)
    if count < 0:
        return count
    return _reachable(raw, reach, False, kind, add_path, row, out, count)


@compiled
def _peer(family: Any, high: Any, low: Any, asn: Any, peers: Any, note: Any) -> Any:
    """The number of a peer, given out in the order of coming; BAD when there are too many to be true."""
    for i in range(note[PEERS]):
        if peers[i, 1] == high and peers[i, 2] == low and peers[i, 3] == asn and peers[i, 0] == family:
            return i
    if note[PEERS] >= len(peers):
        return BAD
    i = note[PEERS]
    peers[i, 0], peers[i, 1], peers[i, 2], peers[i, 3] = family, high, low, asn
    note[PEERS] += 1
    return i


@compiled
def _peer_at(raw: Any, at: Any, octets: Any, asn: Any, peers: Any, note: Any) -> Any:
    family = 4 if octets == 4 else 6
    return _peer(family, _address(raw, at, octets, 0), _address(raw, at, octets, 8), asn, peers, note)


@compiled
def _bgp4mp(raw: Any, at: Any, end: Any, subtype: Any, row: Any, out: Any, count: Any, peers: Any, note: Any) -> Any:
    """BGP4MP (4.4) and its forms with path identifiers (RFC 8050, 3)."""
    if subtype not in (0, 1, 4, 5, 6, 7, 8, 9, 10, 11):
        note[OTHER] += 1
        return count
    size = 4 if subtype in (4, 5, 7, 9, 11) else 2
    if at + 2 * size + 4 > end:
        return BAD
    asn = _u32(raw, at) if size == 4 else _u16(raw, at)
    afi = _u16(raw, at + 2 * size + 2)
    octets = 4 if afi == 1 else 16
    at += 2 * size + 4
    if afi < 1 or afi > 2 or at + 2 * octets > end:
        return BAD
    row[PEER] = _peer_at(raw, at, octets, asn, peers, note)
    at += 2 * octets
    if row[PEER] < 0:
        return BAD
    if subtype in (0, 5):
        return _state(raw, at, end, row, out, count)
    if at + 19 > end or at + _u16(raw, at + 16) > end or _u16(raw, at + 16) < 19:
        return BAD
    if raw[at + 18] != 2:
        return _alive(row, out, count)
    return _update(raw, at + 19, at + _u16(raw, at + 16), size == 4, subtype >= 8, row, out, count, note)


@compiled
def _alive(row: Any, out: Any, count: Any) -> Any:
    if count >= len(out):
        return FULL
    row[KIND] = ALIVE
    out[count] = row
    return count + 1


@compiled
def _state(raw: Any, at: Any, end: Any, row: Any, out: Any, count: Any) -> Any:
    """A change of the session (4.4.1): the new state stands in ORIGIN, the old one in LENGTH."""
    if at + 4 > end:
        return BAD
    if count >= len(out):
        return FULL
    row[KIND], row[LENGTH], row[ORIGIN] = STATE, _u16(raw, at), _u16(raw, at + 2)
    out[count] = row
    return count + 1


@compiled
def _bgp(raw: Any, at: Any, end: Any, subtype: Any, row: Any, out: Any, count: Any, peers: Any, note: Any) -> Any:
    """BGP, as collectors wrote it before BGP4MP (appendix B.2.3): no markers, 16-bit AS, IPv4 only."""
    if subtype not in (1, 3, 7):
        note[OTHER] += 1
        return count
    if at + 6 > end:
        return BAD
    row[PEER] = _peer_at(raw, at + 2, 4, _u16(raw, at), peers, note)
    if row[PEER] < 0:
        return BAD
    if subtype == 3:
        return _state(raw, at + 6, end, row, out, count)
    if subtype == 7:
        return _alive(row, out, count)
    return _update(raw, at + 12, end, False, False, row, out, count, note)


@compiled
def _table_dump(
    raw: Any, at: Any, end: Any, subtype: Any, final_end: Any, row: Any, out: Any, count: Any, peers: Any, note: Any
) -> Any:
    """TABLE_DUMP (4.2). RIS of 1999 and 2000 packed many entries behind one head of four octets, which its length
    leaves out: such a record ends where its entries do. Returns rows, and the end in `row[LENGTH]`."""
    if subtype not in (1, 2):
        note[OTHER] += 1
        row[LENGTH] = end
        return count
    octets = 4 if subtype == 1 else 16
    reach = np.zeros(4, np.int64)
    at += 4
    limit = end
    while True:
        attributes = at + 2 * octets + 10
        if attributes > limit:
            return BAD
        after = attributes + _u16(raw, attributes - 2)
        if after > limit and limit == end and end + 4 <= final_end:
            limit = end + 4
        if after > limit:
            return BAD
        row[KIND], row[FAMILY], row[LENGTH] = TABLE, 4 if octets == 4 else 6, np.int64(raw[at + octets])
        if row[LENGTH] > 8 * octets:
            return BAD
        row[HIGH], row[LOW] = _address(raw, at, octets, 0), _address(raw, at, octets, 8)
        row[PEER] = _peer_at(raw, at + octets + 6, octets, _u16(raw, attributes - 4), peers, note)
        if row[PEER] < 0:
            return BAD
        if not _attributes(raw, attributes, after, False, row, reach):
            note[MALFORMED] += 1
        if count >= len(out):
            return FULL
        out[count] = row
        count += 1
        at = after
        if at == end or at == end + 4:
            row[LENGTH] = at
            return count
        if limit == end and end + 4 <= final_end:
            limit = end + 4


@compiled
def _peer_table(raw: Any, at: Any, end: Any, table: Any, peers: Any, note: Any) -> Any:
    """PEER_INDEX_TABLE (4.3.1): which peer each number in the table's entries means."""
    note[TABLE_PEERS] = 0
    if at + 8 > end:
        return False
    at += 6 + _u16(raw, at + 4)
    if at + 2 > end:
        return False
    number = _u16(raw, at)
    at += 2
    for i in range(number):
        if at + 1 > end or i >= len(table):
            return False
        octets, size = (16 if raw[at] & 1 else 4), (4 if raw[at] & 2 else 2)
        if at + 5 + octets + size > end:
            return False
        asn_at = at + 5 + octets
        asn = _u32(raw, asn_at) if size == 4 else _u16(raw, asn_at)
        table[i] = _peer_at(raw, at + 5, octets, asn, peers, note)
        if table[i] < 0:
            return False
        at = asn_at + size
    note[TABLE_PEERS] = number
    return True


@compiled
def _rib(raw: Any, at: Any, end: Any, subtype: Any, row: Any, out: Any, count: Any, table: Any, note: Any) -> Any:
    """RIB_IPV4_UNICAST, RIB_IPV6_UNICAST (4.3.2) and the two with path identifiers (RFC 8050, 4)."""
    reach = np.zeros(4, np.int64)
    add_path = subtype >= 8
    row[KIND], row[FAMILY] = TABLE, 4 if subtype in (2, 8) else 6
    at = _prefix(raw, at + 4, end, row)
    if at < 0 or at + 2 > end:
        return BAD
    entries = _u16(raw, at)
    at += 2
    for _ in range(entries):
        head = 12 if add_path else 8
        if at + head > end:
            return BAD
        number = _u16(raw, at)
        after = at + head + _u16(raw, at + head - 2)
        if number >= note[TABLE_PEERS] or after > end:
            return BAD
        row[PEER] = table[number]
        if not _attributes(raw, at + head, after, True, row, reach):
            note[MALFORMED] += 1
        if count >= len(out):
            return FULL
        out[count] = row
        count += 1
        at = after
    return count


@compiled
def scan(raw: Any, at: Any, whole: bool, out: Any, peers: Any, table: Any, note: Any) -> tuple[int, int]:
    """Read records from `raw[at:]` until it ends or `out` is full. The place of the next record, and the rows.

    `whole` says that no bytes come after `raw`. Arrays: raw uint8; out int64[rows, COLUMNS]; peers int64[n, 4] of
    family, address (two halves), AS; table int64[n]; note int64[NOTES]. After a record that cannot be one, `note[LOST]`
    is 1 and the place is that record's.
    """
    count = 0
    row = np.zeros(COLUMNS, np.int64)
    while at + 12 <= len(raw):
        kind, subtype, size = _u16(raw, at + 4), _u16(raw, at + 6), _u32(raw, at + 8)
        if kind not in _IANA or size > RECORD_MAX:
            note[LOST] = 1
            break
        body, end = at + 12, at + 12 + size
        spare = 4 if kind == 12 else 0
        if end + (0 if whole else spare) > len(raw):
            break
        row[:] = 0
        row[TIME_US] = _u32(raw, at) * 1_000_000
        malformed = note[MALFORMED]
        found = count
        if kind == 17:
            if size < 4:
                found = BAD
            else:
                row[TIME_US] += min(_u32(raw, body), 999_999)
                body += 4
        if found == BAD:
            pass
        elif kind == 16 or kind == 17:
            found = _bgp4mp(raw, body, end, subtype, row, out, count, peers, note)
        elif kind == 13 and subtype in (2, 4, 8, 10):
            found = _rib(raw, body, end, subtype, row, out, count, table, note)
        elif kind == 13 and subtype == 1:
            found = count if _peer_table(raw, body, end, table, peers, note) else BAD
        elif kind == 12:
            found = _table_dump(raw, body, end, subtype, len(raw), row, out, count, peers, note)
            end = row[LENGTH] if found >= 0 else end
        elif kind == 5:
            found = _bgp(raw, body, end, subtype, row, out, count, peers, note)
        else:
            note[OTHER] += 1
        if found < 0:  # none of its rows stands, or it is read again
            note[MALFORMED] = malformed
        if found == FULL and count:
            break
        note[RECORDS] += 1
        if found < 0:
            if note[DAMAGED] == 0:
                note[FIRST_BAD] = at
            note[DAMAGED] += 1
        else:
            count = found
        at = end
    return at, count
