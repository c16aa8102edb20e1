"""Remote: one file in OONI's public bucket, and the way to it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import obstore.exceptions
from obstore.store import S3Store

from lightkeeper.settings import Settings

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Config

SOURCE = "ooni"
LICENCE = "CC BY-NC-SA 4.0"

RETRY: RetryConfig = {
    "max_retries": 5,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=15), "base": 2},
}
"""Server errors, lost connections and timeouts are tried again, later each time."""

WHOLE_FILE_TIMEOUT = timedelta(hours=2)
"""On a bad line a file may take long. What must not stay silent for long is each read: `http_timeout_s`."""

NETWORK_ERRORS = (obstore.exceptions.BaseError, OSError)
"""What a request may raise. A missing key is a FileNotFoundError, which is an OSError."""

_RETRIES = re.compile(r" in \S+, after \d+ retries.*?retry_timeout: \S+ *")
_MD5 = re.compile(r'(?:W/)?"?([0-9a-f]{32})"?')


class Remote(msgspec.Struct, frozen=True, order=True):
    """A file that can be fetched, as the bucket's list has it."""

    key: str
    bytes: int
    etag: str | None
    last_modified: datetime

    @property
    def md5(self) -> str | None:
        """MD5 of the file, if the ETag is one. That of an upload in parts has a dash, and is none."""
        found = _MD5.fullmatch(self.etag or "")
        return found[1] if found else None

    def url(self, settings: Settings) -> str:
        """Name under which the archive records the file."""
        return f"s3://{settings.ooni_bucket}/{self.key}"


def open_store(settings: Settings) -> S3Store:
    """The bucket, unsigned. Plain HTTP only where the settings name such an endpoint. Opens no connection yet."""
    endpoint = settings.ooni_endpoint
    wait = timedelta(seconds=settings.http_timeout_s)
    config: S3Config = {"region": settings.ooni_region, "skip_signature": True}
    if endpoint:
        config["endpoint"] = endpoint
    return S3Store(
        settings.ooni_bucket,
        config=config,
        client_options={
            "connect_timeout": wait,
            "read_timeout": wait,
            "timeout": WHOLE_FILE_TIMEOUT,
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
        },
        retry_config=RETRY,
    )


def reason(problem: Exception) -> str:
    """What is wrong, from an error of the network: its first line, without the count of retries."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    return _RETRIES.sub(" ", lines[0].removeprefix("Generic S3 error: "))[:300].rstrip(". ")
