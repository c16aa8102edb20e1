"""A case that was built, as the list of all cases shows it: read from its `ledger.json`, in one language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from pydantic import ValidationError

from lightkeeper.model.case_words import CaseWords
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.pieces import Piece, is_latin
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.words import RUNGS

_CODE = re.compile(r"[A-Z]{2}")
_BROKEN = (OSError, msgspec.MsgspecError, ValidationError, KeyError, TypeError, AttributeError, ValueError,
           OverflowError)  # fmt: skip


class Watched(NamedTuple):
    """The country and the local days of a case: the marked one, the first and the last of the watch window."""

    country: str
    """ISO 3166-1 alpha-2."""
    country_name: str
    event: str
    zone: ZoneInfo
    day: date
    first: date
    last: date

    def today(self, now: datetime) -> date:
        """The day on the clocks of the country."""
        return now.astimezone(self.zone).date()

    def days_to(self, now: datetime) -> int:
        """Days from today to the marked day; negative where it is over."""
        return (self.day - self.today(now)).days


class CaseRow(NamedTuple):
    """A case in the list. Without `watched` its ledger could not be read."""

    folder: str
    title: str
    headline: str | None = None
    answers: Sequence[tuple[str, str, str]] = ()
    """Id of each ask, its short wording, and the answer for the country."""
    watched: Watched | None = None

    @property
    def href(self) -> str:
        """Its folder as an address."""
        return quote(self.folder)


def case_row(folder: str, ledger: Any, tongue: Tongue) -> CaseRow:
    """A case as the list shows it. Its folder, and not the file, says where its page is.

    `ledger` is its `ledger.json`, decoded, or as bytes. One that cannot be used gives a row that says no more than
    where it lies.
    """
    try:
        told = msgspec.json.decode(ledger) if isinstance(ledger, bytes) else ledger
        case, asks = told["case"], told["asks"]
        words = CaseWords.model_validate(told.get("words", {}).get(tongue.code, {}))
        short = {
            a["id"]: (words.asks[a["id"]].short if a["id"] in words.asks else None) or a["short"] for a in case["asks"]
        }
        whole = {a["ask_id"]: a["answer"] for a in asks if a["operator"] is None}
        answers = [(k, short[k], str(whole.get(k, "untested"))) for k in short]
        headline = _told(str(told["headline"]), str(case["country_name"]), words, tongue)
        watched = _watched(case, words)
        return CaseRow(folder, words.title or str(case["title"]), headline, answers, watched)
    except _BROKEN:
        return CaseRow(folder, folder)


def rungs_of(path: Path) -> list[tuple[str, int]] | None:
    """How many incidents stand on each rung, by the `incidents.json` of a case. None where it cannot be read."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Incidents)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    counts = Counter(i.rung for i in found.incidents)
    return [(rung, counts[rung]) for rung in RUNGS if counts[rung]]


class _Incident(msgspec.Struct):
    rung: str


class _Incidents(msgspec.Struct):
    incidents: list[_Incident]


def _watched(case: dict[str, Any], words: CaseWords) -> Watched:
    event, country = case["event"], str(case["country"])
    if not _CODE.fullmatch(country):
        raise ValueError(country)
    day = date.fromisoformat(event["day"])
    before, after = (timedelta(days=int(event[f"watch_days_{side}"])) for side in ("before", "after"))
    name, what = words.country_name or str(case["country_name"]), words.event_name or str(event["name"])
    return Watched(country, name, what, ZoneInfo(str(case["timezone"])), day, day - before, day + after)


def _told(headline: str, country: str, words: CaseWords, tongue: Tongue) -> str:
    if not isinstance(tongue, Persian):
        return tongue.tell(headline)
    return _in_persian(headline, country, words.country_name or country)


@lru_cache(maxsize=256)
def _in_persian(headline: str, country: str, name: str) -> str:
    return Persian({country: [Piece(name, "other" if is_latin(name) else "own")]}).tell(headline)
