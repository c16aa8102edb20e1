"""List OONI's public bucket: which files hold a country's measurements of some days.

Layouts, as `ooni/data` (`oonidata/dataclient.py`) lists them:

    raw/20210618/00/IR/signal/2021061800_IR_signal.n0.0.jsonl.gz      since 2020-10-20, an hour a folder
    raw/20210618/00/IR/signal/2021061800_IR_signal.n0.0.tar.gz        the same measurements as the probes posted them
    jsonl/signal/IR/20200102/00/20200102_IR_signal.l.0.jsonl.gz       until 2020-10-20

A day is the day on which OONI received a measurement, which may be later than that on which it was made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import obstore
from obstore.store import S3Store

from lightkeeper.errors import InputError, SourceUnavailable
from lightkeeper.settings import Settings
from lightkeeper.sources import checked
from lightkeeper.sources.ooni_fetch import Failure, FetchSummary, fetch
from lightkeeper.sources.ooni_remote import NETWORK_ERRORS, Remote, open_store, reason

__all__ = ["Failure", "FetchSummary", "Remote", "fetch", "plan", "sparse"]

RAW_SINCE = date(2020, 10, 20)
JSONL_UNTIL = date(2020, 10, 21)
"""The first day that the older layout does not have. Both have 2020-10-20, each a part of it."""

_LINES, _POSTS = ".jsonl.gz", ".tar.gz"


def plan(country: str, since: date, until: date, tests: Sequence[str] | None, settings: Settings) -> list[Remote]:
    """Files of `country` (ISO 3166-1 alpha-2) received from `since` to before `until`, sorted by key, each once.

    `tests` are nettests by OONI's names, with or without underscores; None is all. Where an hour has both JSON lines
    and posts, only the lines are taken: they are the same measurements. No files at all is an empty list. Raises
    InputError for arguments that make no sense, SourceUnavailable if the bucket cannot be listed.
    """
    cc = checked.asked_country(country)
    if since >= until:
        raise InputError(f"No day lies from {since} to before {until}", remedy="Give a later end; it is not included")
    wanted = None if tests is None else {_plain(test) for test in tests}
    store = open_store(settings)
    try:
        with ThreadPoolExecutor(settings.fetch_parallel) as pool:
            prefixes = [*_raw_prefixes(cc, since, until), *_jsonl_prefixes(store, cc, since, until, wanted)]
            listed = pool.map(lambda prefix: _list(store, prefix), prefixes)
            found = {remote.key: remote for remotes in listed for remote in remotes}
    except NETWORK_ERRORS as problem:
        raise SourceUnavailable(
            f"OONI's bucket cannot be listed: {reason(problem)}",
            remedy="Check the connection, and the settings ooni_bucket and ooni_endpoint, then run it again",
            where=f"s3://{settings.ooni_bucket}",
        ) from problem
    kept = (remote for remote in found.values() if wanted is None or _test_of(remote.key) in wanted)
    return sorted(_without_doubles(kept))


def sparse(remotes: Iterable[Remote], hours: int) -> list[Remote]:
    """One file of each country and nettest for each so many hours of a day; which one, a lot decides. Sorted by key.

    The older layout tells no hour: there it is one file a day.
    """
    found: dict[tuple[str, ...], Remote] = {}
    for remote in remotes:
        parts = remote.key.split("/")
        raw = parts[0] == "raw"
        stage = (*parts[1:2], str(int(parts[2]) // hours), *parts[3:5]) if raw else tuple(parts[1:4])
        kept = found.get(stage)
        found[stage] = remote if kept is None else min(kept, remote, key=_lot)
    return sorted(found.values())


def _lot(remote: Remote) -> bytes:
    return hashlib.sha256(remote.key.encode()).digest()


def _plain(test: str) -> str:
    name = test.strip().lower().replace("_", "")
    if not re.fullmatch(r"[a-z0-9]+", name):
        raise InputError(f"{test!r} is not a nettest", remedy="Give OONI's name, such as web_connectivity or signal")
    return name


def _days(since: date, until: date) -> Iterator[str]:
    return (f"{since + timedelta(days=n):%Y%m%d}" for n in range((until - since).days))


def _raw_prefixes(cc: str, since: date, until: date) -> Iterator[str]:
    return (f"raw/{day}/{hour:02}/{cc}" for day in _days(max(since, RAW_SINCE), until) for hour in range(24))


def _jsonl_prefixes(store: S3Store, cc: str, since: date, until: date, tests: set[str] | None) -> Iterator[str]:
    days = list(_days(since, min(until, JSONL_UNTIL)))
    if days and tests is None:
        folders = obstore.list_with_delimiter(store, "jsonl")["common_prefixes"]
        tests = {folder.rpartition("/")[2] for folder in folders}
    return (f"jsonl/{test}/{cc}/{day}" for test in sorted(tests or ()) for day in days)


def _list(store: S3Store, prefix: str) -> list[Remote]:
    return [
        Remote(meta["path"], meta["size"], meta["e_tag"], meta["last_modified"])
        for chunk in obstore.list(store, prefix, chunk_size=1000)
        for meta in chunk
        if meta["path"].endswith((_LINES, _POSTS))
    ]


def _test_of(key: str) -> str:
    parts = key.split("/")
    return parts[1] if parts[0] == "jsonl" else parts[4] if len(parts) > 4 else ""


def _without_doubles(remotes: Iterable[Remote]) -> list[Remote]:
    every = list(remotes)
    has_lines = {_folder(remote) for remote in every if remote.key.endswith(_LINES)}
    return [remote for remote in every if remote.key.endswith(_LINES) or _folder(remote) not in has_lines]


def _folder(remote: Remote) -> str:
    return remote.key.rpartition("/")[0]
