"""Unpack the body of an answer: one content encoding at most, and never more at once than a piece.

A body that is packed twice grows a thousand times with each layer, so what says `gzip, gzip` is refused. Nothing but
gzip is asked for (RFC 9110, section 12.5.3).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

ASKED_FOR = "gzip"
PIECE = 1 << 16
"""Bytes that are unpacked at once."""
_GZIP = 16 + zlib.MAX_WBITS


def body_of(response: httpx.Response) -> Iterator[bytes]:
    """The body of an answer as it comes, unpacked. See `unpacked`."""
    return unpacked(response.iter_raw(), response.headers.get("content-encoding"))


def unpacked(parts: Iterable[bytes], encoding: str | None) -> Iterator[bytes]:
    """The body in pieces, unpacked where `encoding`, the header Content-Encoding, says that it is packed.

    Raises httpx.RemoteProtocolError for an encoding that was not asked for, for bytes that are no gzip, and for a
    packed body that ends before its own end: a cut body is not taken for whole.
    """
    named = (encoding or "identity").strip().lower()
    if named in ("identity", ""):
        yield from parts
        return
    if named not in ("gzip", "x-gzip"):
        raise httpx.RemoteProtocolError(f"the body is packed as `{named[:40]}`, which was not asked for")
    stream = zlib.decompressobj(_GZIP)
    begun = False
    for part in parts:
        while part:
            if stream.eof:  # several members, one after another, are one body (RFC 1952, section 2.2)
                stream = zlib.decompressobj(_GZIP)
            begun = True
            try:
                piece = stream.decompress(part, PIECE)
            except zlib.error as error:
                raise httpx.RemoteProtocolError(f"the body is no gzip: {error}") from error
            if piece:
                yield piece
            part = stream.unconsumed_tail or stream.unused_data
            while not part and not stream.eof and len(piece) == PIECE:  # what the window still holds
                piece = stream.decompress(b"", PIECE)
                if piece:
                    yield piece
    if begun and not stream.eof:
        raise httpx.RemoteProtocolError("the packed body was cut off")
