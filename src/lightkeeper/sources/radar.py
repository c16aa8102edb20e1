"""Ask Cloudflare Radar for outages, traffic anomalies and traffic of a country and its networks.

`/annotations/outages` (outages that Cloudflare's people wrote down, with the cause that they claim),
`/traffic_anomalies` (found by a rule; `VERIFIED` by people or not), `/netflows/timeseries` and `/http/timeseries`
(traffic by the hour), as documented at https://developers.cloudflare.com/api/resources/radar/. A token is needed
(https://developers.cloudflare.com/radar/get-started/first-request/); it goes into a header and nowhere else. Data are
CC BY-NC 4.0. Tested against a local server that replays the documented answers; not run against the live API.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.settings import Settings
from lightkeeper.sources import checked
from lightkeeper.sources.rows import clean
from lightkeeper.sources.series_fetch import Request, Terms

T = TypeVar("T")

SOURCE, LICENCE = "radar", "CC-BY-NC-4.0"
PAUSE_S = 1.1
"""Cloudflare's API allows 1,200 requests in 5 minutes, and Radar less; we stay far below."""
LIMIT = 100
STILL_CORRECTED = timedelta(days=30)
"""People write outages down, and correct or take them back, for weeks. Until then they are asked for again."""
PIECE_DAYS = 31
"""The longest time that Radar documents by the hour."""
ASK_AGAIN = "Fetch it again; if it stays so, Radar has changed: please report it"
HOW_TO_GET_ONE = (
    "Make one at https://dash.cloudflare.com/profile/api-tokens with the permission `Account / Radar / Read`, and set "
    "LIGHTKEEPER_RADAR_TOKEN, or `radar_token` in lightkeeper.toml"
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{10,500}")
LISTS = {"outages": "annotations/outages", "anomalies": "traffic_anomalies"}
SERIES = {"netflows": "netflows/timeseries", "http": "http/timeseries"}
NARROWED = {"netflows": {"product": "ALL"}, "http": {"botClass": "LIKELY_HUMAN"}}


class Asked(NamedTuple):
    """What the URL of a request asks for. Times are UTC."""

    kind: str
    """outages, anomalies, netflows or http."""
    entity_type: str
    entity: str
    """IR, or 58224."""
    begins_at: datetime
    ends_at: datetime


def plan(country: str | None, asns: Sequence[int], since: date, until: date, settings: Settings) -> list[Request]:
    """Requests for a country and for networks, in pieces of at most 31 days from `since` on, `until` not included.

    Radar gives traffic as a share of the highest value in a reply. So a time of 31 days or less is one reply, and no
    longer time can be. Raises InputError for what is not a country or a network, and for an empty time.
    """
    places = [{"location": checked.asked_country(country)}] if country is not None else []
    places += [{"asn": str(checked.asked_asn(asn))} for asn in asns]
    return [
        Request(
            url=f"{settings.radar_url}/{path}",
            params=place | _times(*piece) | ({"limit": str(LIMIT)} if kind in LISTS else _by_hour(kind)),
            ends_at=piece[1] + (STILL_CORRECTED if kind in LISTS else timedelta(0)),
        )
        for place in places
        for kind, path in (LISTS | SERIES).items()
        for piece in _pieces(since, until)
    ]


def headers_of(settings: Settings) -> dict[str, str]:
    """What goes with each request. Raises InputError, before any request, where there is no token."""
    return {"Authorization": f"Bearer {token_of(settings)}"}


def token_of(settings: Settings) -> str:
    """The token for Radar. Raises InputError, with how to get one, where there is none or it cannot be one."""
    token = settings.radar_token.get_secret_value().strip() if settings.radar_token else ""
    if not token:
        raise InputError("Cloudflare Radar wants a token, and none is set", remedy=HOW_TO_GET_ONE)
    if not _TOKEN.fullmatch(token):
        raise InputError("the token for Cloudflare Radar holds signs that no token has", remedy=HOW_TO_GET_ONE)
    return token


def asked(url: str) -> Asked:
    """What a request's URL asks for. Raises InputError for a URL that is not of this API."""
    path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
    try:
        kind = next(name for name, end in (LISTS | SERIES).items() if path.endswith(f"/{end}"))
        begin, end = (when(query[name][0]) for name in ("dateStart", "dateEnd"))
        if "location" in query:
            entity = ("country", checked.country(query["location"][0]))
        else:
            entity = ("asn", str(checked.asn(query["asn"][0])))
    except (KeyError, StopIteration, ValueError) as error:
        raise InputError("not a URL of Radar's API", remedy="Read replies that were fetched from Radar") from error
    return Asked(kind, *entity, begin, end + timedelta(seconds=1))


def when(text: str) -> datetime:
    """A time of Radar's, UTC. Raises ValueError."""
    at = datetime.fromisoformat(clean(text[:40]))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class _Error(msgspec.Struct):
    message: str = ""


class _Envelope(msgspec.Struct):
    success: bool = False
    result: msgspec.Raw = msgspec.Raw(b"null")
    errors: list[_Error] | None = None


def result_of(body: bytes, wanted: type[T]) -> T:
    """What a reply holds as `result`. Raises InputError for another reply, and where Radar tells an error."""
    try:
        found = msgspec.json.decode(body, type=_Envelope)
        if not found.success:
            said = "; ".join(clean(error.message[:160]) for error in (found.errors or [])[:3])
            raise InputError(f"Radar answered an error: {said or 'it says no more'}", remedy=ASK_AGAIN)
        return msgspec.json.decode(found.result, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a reply of Radar's API: {str(error)[:160]}", remedy=ASK_AGAIN) from error


def check(body: bytes) -> str | None:
    """What is wrong with a reply as a whole: Radar can answer an error with status 200."""
    try:
        result_of(body, dict[str, msgspec.Raw])
    except InputError as error:
        return error.what
    return None


TERMS = Terms(source=SOURCE, licence=LICENCE, pause_s=PAUSE_S, check=check)


def _pieces(since: date, until: date) -> Iterator[tuple[datetime, datetime]]:
    if until <= since:
        raise InputError(f"{since} to {until} is no time at all", remedy="`until` is the day after the last one")
    at, end = (datetime.combine(day, time(), tzinfo=UTC) for day in (since, until))
    while at < end:
        yield at, min(at + timedelta(days=PIECE_DAYS), end)
        at += timedelta(days=PIECE_DAYS)


def _times(begin: datetime, end: datetime) -> dict[str, str]:
    """Both ends are included by Radar, so the last second of ours is the end."""
    last = end - timedelta(seconds=1)
    return {"dateStart": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "dateEnd": f"{last:%Y-%m-%dT%H:%M:%SZ}", "format": "json"}


def _by_hour(kind: str) -> dict[str, str]:
    return {"aggInterval": "1h", "normalization": "MIN0_MAX", "name": "main"} | NARROWED[kind]
