"""What became of each notice: what was to be sent to whom, whether it was, and why not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from lightkeeper.model.column import Table, col

STATES = {
    "begun": "the channel is new: it gets what is told after the newest of `entries`",
    "left_out": "the filters of the channel leave these entries out",
    "intent": "it is about to be sent; a row that follows says what became of it",
    "sent": "the other side took it",
    "failed": "the other side surely did not take it: it is tried again",
    "in_doubt": "it may have been taken, or not: it is not sent again unless a person asks for it",
}
"""What a row can say."""
PURPOSES = {
    "notice": "one entry of the log of what was told",
    "correction": "one entry that takes back what was told",
    "digest": "several entries in one message",
    "heartbeat": "nothing was told, and the channel asked to hear that too",
}
"""What a message is for."""


class Delivery(Table, frozen=True, kw_only=True):
    """One step in the life of one notice on one channel.

    Kept as one line of JSON a row, each bound to the one before, as `told` is. `intent` is on the disk before anything
    is sent. So a notice that was under way when the process died is known, and is not sent a second time.
    """

    table_name: ClassVar[str] = "delivery"

    country: Annotated[str, col("ISO 3166-1 alpha-2; each country has a log of its own", key=True)]
    seq: Annotated[int, col("Place in the log, from 1", key=True)]
    at: Annotated[datetime, col("When, by the clock of this machine", unit="UTC")]
    channel: Annotated[str, col("Name of the channel in `notices.toml`")]
    kind: Annotated[str, col("email, telegram, matrix, mastodon or webhook")]
    state: Annotated[str, col("begun, left_out, intent, sent, failed or in_doubt")]
    notice: Annotated[str, col("Name of the message, the same on each try; that of a webhook is its `webhook-id`")] = ""
    purpose: Annotated[str, col("notice, correction, digest or heartbeat; empty where there is no message")] = ""
    entries: Annotated[list[int], col("Numbers in the log of what was told that it is about")] = []
    attempt: Annotated[int, col("Which try it is, from 1", unit="count")] = 0
    next_try_at: Annotated[datetime | None, col("Of a failure: not tried again before", unit="UTC")] = None
    text_sha256: Annotated[str | None, col("SHA-256 of the subject, a line end and the text, as they were sent")] = None
    reason: Annotated[str, col("Why it failed or is in doubt; never holds a secret")] = ""
