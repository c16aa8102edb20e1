"""Webhook: an entry as JSON for machines, signed by the scheme of Standard Webhooks.

The specification: https://www.standardwebhooks.com (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`).
The signature is HMAC-SHA256 over id, time and body; the id stays the same on each try, so that a receiver can tell.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from standardwebhooks import Webhook

from lightkeeper.errors import InputError
from lightkeeper.model import Told
from lightkeeper.publish.notices.harmless import harmless
from lightkeeper.publish.notices.message import Message, hour_after
from lightkeeper.publish.times import iso, iso_hour

PREFIX = "whsec_"
KEY_LEAST, KEY_MOST = 24, 64
"""Bytes of a key, by the specification."""


class Signed(NamedTuple):
    """A request: its headers and its body."""

    headers: dict[str, str]
    body: bytes


def key_of(secret: str, variable: str) -> bytes:
    """The key in a secret. Raises InputError, which names the variable and never the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not KEY_LEAST <= len(key) <= KEY_MOST:
        raise InputError(
            f"The variable `{variable}` does not hold a key of {KEY_LEAST} to {KEY_MOST} bytes",
            remedy="Make one with `openssl rand -base64 32`, put whsec_ before it, and give the receiver the same",
        )
    return key


def body_of(
    purpose: str, entries: Sequence[Told], country: str, message: Message, language: str, at: datetime
) -> bytes:
    """The JSON of a webhook: `type`, `timestamp` and `data`. `at` is when the newest entry was told."""
    kind = f"told.{entries[0].change}" if purpose in ("notice", "correction") else f"told.{purpose}"
    data = {
        "purpose": purpose,
        "country": country,
        "language": language,
        "subject": message.subject,
        "text": message.text,
        "entries": [view(entry) for entry in entries],
    }
    return msgspec.json.encode({"type": kind, "timestamp": iso(at), "data": data})


def view(entry: Told) -> dict[str, Any]:
    """What strangers get of an entry: times to the hour, outward, and no text that a source may have written."""
    return {
        "seq": entry.seq,
        "event_id": entry.event_id,
        "change": entry.change,
        "kind": entry.kind,
        "scope": entry.scope,
        "direction": entry.direction,
        "targets": [harmless(name) for name in entry.targets],
        "onset_earliest": iso_hour(entry.onset_earliest),
        "onset_latest": iso(hour_after(entry.onset_latest)),
        "end_earliest": iso_hour(entry.end_earliest) if entry.end_earliest else None,
        "end_latest": iso(hour_after(entry.end_latest)) if entry.end_latest else None,
        "severity": None if entry.severity is None else round(entry.severity, 2),
        "lineages": entry.lineages,
        "lineages_silent": entry.lineages_silent,
        "series": len(entry.members),
        "source": entry.members[0] if entry.scope == "source" and entry.members else None,
        "flags": entry.flags,
        "merged_into": entry.merged_into,
        "told_as": entry.told_as,
        "recorded_by": entry.recorded_by,
        "place": harmless(entry.place) if entry.place else None,
        "joins": entry.joins,
        "detector": entry.detector,
    }


def signed(notice: str, body: bytes, key: bytes, now: datetime) -> Signed:
    """The request of one try. The time is that of the try, so that an old one that is played again is refused."""
    at = now.astimezone(UTC)
    signature = Webhook(key).sign(msg_id=notice, timestamp=at, data=body.decode())
    headers = {
        "content-type": "application/json",
        "webhook-id": notice,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return Signed(headers, body)
