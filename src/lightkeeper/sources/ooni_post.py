"""Postcan: what a probe posted to OONI's collector, from which the measurement is taken out.

OONI's `.tar.gz` files hold one `….post` for each measurement: `{"format": "json", "content": {…}}`, or an old YAML
report as text. The member's name is the measurement's own id, which the JSON lines of the same hour carry as
`measurement_uid`. It is put into the record, so that both give the same id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from lightkeeper.sources import ooni_limits as limits
from lightkeeper.sources import ooni_yaml
from lightkeeper.sources.ooni_record import Broken, Record, Unreadable
from lightkeeper.sources.ooni_stream import Stream

_UID = re.compile(r"(?:.*/)?(\d{14}\.\d+_[A-Z]{2}_[a-z0-9]+_[0-9a-f]{16})\.post")
_REMEDY = "Fetch the JSON lines of the same hour instead"


class _Post(msgspec.Struct):
    format: str
    content: msgspec.Raw
    is_verified: str | bool | None = None


class _Named(msgspec.Struct):
    measurement_uid: str | None = None


def is_post(name: str) -> bool:
    """Whether a member of this name is what a probe posted."""
    return name.endswith(".post")


def records(stream: Stream, file: str) -> Iterator[Record | Unreadable]:
    """The measurement in a post, or those of the YAML report in it. Never raises."""
    try:
        data = stream.exactly(limits.MAX_RECORD_BYTES + 1)
        if len(data) > limits.MAX_RECORD_BYTES:
            raise Broken(f"the record is longer than {limits.MAX_RECORD_BYTES:,} bytes", _REMEDY)
        post = msgspec.json.decode(data, type=_Post)
        if post.format == "yaml":
            text = msgspec.json.decode(post.content, type=str).encode()
            yield from ooni_yaml.records(_once(text), file)
        else:
            yield Record(file, 1, _content(bytes(post.content), file, post.is_verified))
    except Broken as problem:
        yield problem.at(file, 1)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
        yield Unreadable(file, 1, f"what the probe posted cannot be read: {str(problem)[:200]}", _REMEDY)


def _content(data: bytes, file: str, is_verified: str | bool | None) -> bytes:
    named = msgspec.json.decode(data, type=_Named)
    if is_verified is not None or b'"is_verified"' in data:  # the collector's word stands outside, the sender's inside
        head = data.rstrip().removesuffix(b"}").rstrip()
        comma = b"" if head.endswith(b"{") else b","
        data = head + comma + b'"is_verified":' + msgspec.json.encode(is_verified) + b"}"
    uid = _UID.fullmatch(file.rpartition(":")[2])
    if named.measurement_uid or not uid:
        return data
    rest = data[1:].lstrip()
    comma = b"" if rest.startswith(b"}") else b","
    return b'{"measurement_uid":"' + uid[1].encode() + b'"' + comma + rest


def _once(text: bytes) -> Stream:
    parts = [text]
    return Stream(lambda _: parts.pop() if parts else b"")
