"""Ask IODA's API (v2) for signals, alerts and events of a country, its regions and its networks.

`/signals/raw/{entityType}/{entityCode}?from=&until=&datasource=&maxPoints=&sourceParams=`, `/outages/alerts` and
`/outages/events`, as documented at https://api.ioda.inetintel.cc.gatech.edu/v2/ and as its source says
(https://github.com/InetIntel/ioda-api). It asks for no key and names no limit: we send one request a second. A region
has IODA's own number, not the code of ISO 3166-2. IODA's data are "all rights reserved": for your own use. Tested
against a local server that replays the documented answers; not run against the live API.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.settings import Settings
from lightkeeper.sources import checked, series_fetch
from lightkeeper.sources.rows import clean
from lightkeeper.sources.series_fetch import Request, Terms

T = TypeVar("T")

SOURCE = "ioda_api"
LICENCE = "IODA (Georgia Institute of Technology): all rights reserved; for your own use, not to be passed on"
WINDOW_DAYS = 31
FINEST_S = 300
"""IODA makes steps as long as `maxPoints` needs. So the telescope comes by 5 minutes like BGP, not by 1."""
LIMIT = 2000
"""Alerts or events that one reply may hold, IODA's own default. It gives no sign that there are more."""
ASK_AGAIN = "Fetch it again; if it stays so, IODA has changed: please report it"

_CODE = {"region": re.compile(r"[0-9]{1,6}"), "asn": re.compile(r"[0-9]{1,10}")}


class Datasource(NamedTuple):
    """What IODA calls a datasource: our metric, the lineage, the unit, its own step, and where it has a number."""

    metric: str
    lineage: str
    unit: str
    step_s: int
    inside: str | None = None
    """Name of the number within a value that is a list of objects; none where a value is a number."""
    params: str | None = None
    """What `sourceParams` must say."""


DATASOURCES = {
    "bgp": Datasource("bgp_visible_slash24", "control_plane", "/24 networks", 300),
    "ping-slash24": Datasource("probing_up_slash24", "active_probing", "/24 networks", 600),
    "ping-slash24-loss": Datasource("probing_loss", "active_probing", "percent", 600, inside="loss_pct"),
    "ping-slash24-latency": Datasource("probing_latency", "active_probing", "ms", 600, inside="median_latency"),
    "merit-nt": Datasource("telescope_merit_sources", "telescope", "source addresses", 300),
    "ucsd-nt": Datasource("telescope_ucsd_sources", "telescope", "source addresses", 300),
    "gtr": Datasource("google_traffic", "traffic", "Google's own scale", 1800, params="WEB_SEARCH"),
    "gtr-norm": Datasource("google_traffic_normalised", "traffic", "share of the highest in the reply", 1800),
}
"""Of `gtr-norm` only levels within one reply can be compared, so it is read but not asked for. The unit of latency is
by the name of the field's values; the API does not tell it."""
ASKED = ("bgp", "ping-slash24", "ping-slash24-loss", "ping-slash24-latency", "merit-nt", "gtr")
COUNTRIES_ONLY = frozenset({"gtr", "gtr-norm"})


class Entity(NamedTuple):
    """A country (IR), a region by IODA's number (1906) or a network (58224)."""

    type: str
    code: str

    @property
    def path(self) -> str:
        """As the last part of a series' name: IR, region-1906, AS58224."""
        return {"country": self.code, "region": f"region-{self.code}", "asn": f"AS{self.code}"}[self.type]


class Asked(NamedTuple):
    """What the URL of a request asks for. Times are UTC."""

    kind: str
    """signals, alerts or events."""
    entity: Entity
    begins_at: datetime
    ends_at: datetime
    datasource: str | None
    params: str | None


def entity_of(kind: str, code: str) -> Entity:
    """An entity, checked. Raises InputError."""
    if kind == "country":
        return Entity(kind, checked.asked_country(code))
    text = clean(code[:40]).upper()
    text = text.removeprefix("AS") if kind == "asn" else text
    if kind not in _CODE or not _CODE[kind].fullmatch(text):
        raise InputError(
            f"`{clean(code[:40])}` is not a {clean(kind[:10])} of IODA",
            remedy="Give a country as IR, a region by IODA's number (1906), a network as AS58224",
        )
    return Entity(kind, text)


def plan(
    entities: Sequence[Entity], since: date, until: date, settings: Settings, *, datasources: Sequence[str] = ASKED
) -> list[Request]:
    """Requests for signals and alerts, by pieces of 31 days, and for events, of the whole time; `until` not included.

    Events are asked for at once because IODA cuts one off at the end of the time asked for. Raises InputError for a
    datasource that is not known, and where the time ends before it begins.
    """
    strange = [name for name in datasources if name not in DATASOURCES]
    if strange:
        raise InputError(
            f"`{clean(strange[0][:40])}` is not a datasource that we know", remedy=f"One of: {', '.join(DATASOURCES)}"
        )
    found: list[Request] = []
    pieces = list(series_fetch.windows(since, until, WINDOW_DAYS))
    for entity in entities:
        for name in datasources:
            if entity.type == "country" or name not in COUNTRIES_ONLY:
                found += [_signals(entity, name, *piece, settings) for piece in pieces]
        found += [_outages("alerts", entity, *piece, settings) for piece in pieces]
        found.append(_outages("events", entity, pieces[0][0], pieces[-1][1], settings))
    return found


def asked(url: str) -> Asked:
    """What a request's URL asks for. Raises InputError for a URL that is not of this API."""
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    names = parts.path.rstrip("/").split("/")
    try:
        kind = "signals" if names[-4:-2] == ["signals", "raw"] else names[-1]
        entity = names[-2:] if kind == "signals" else [query["entityType"][0], query["entityCode"][0]]
        begin, end = (datetime.fromtimestamp(int(query[name][0]), tz=UTC) for name in ("from", "until"))
        if kind not in ("signals", "alerts", "events"):
            raise ValueError(kind)
    except (KeyError, IndexError, ValueError, OverflowError, OSError) as error:
        raise InputError("not a URL of IODA's API", remedy="Read replies that were fetched from IODA") from error
    one = {name: query[name][0] if name in query else None for name in ("datasource", "sourceParams")}
    return Asked(kind, entity_of(entity[0], entity[1]), begin, end, one["datasource"], one["sourceParams"])


class _Envelope(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: object = None


def data_of(body: bytes, wanted: type[T]) -> T:
    """What a reply holds as `data`. Raises InputError for another reply, and where IODA tells an error."""
    try:
        found = msgspec.json.decode(body, type=_Envelope)
        if found.error:
            raise InputError(f"IODA answered: {clean(str(found.error)[:200])}", remedy=ASK_AGAIN)
        return msgspec.json.decode(found.data, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a reply of IODA's API: {str(error)[:160]}", remedy=ASK_AGAIN) from error


def check(body: bytes) -> str | None:
    """What is wrong with a reply as a whole: IODA can answer an error with status 200."""
    try:
        data_of(body, list[msgspec.Raw])
    except InputError as error:
        return error.what
    return None


TERMS = Terms(source=SOURCE, licence=LICENCE, check=check)


def _signals(entity: Entity, name: str, begin: datetime, end: datetime, settings: Settings) -> Request:
    seconds = int((end - begin).total_seconds())
    params = {"from": str(int(begin.timestamp())), "until": str(int(end.timestamp())), "datasource": name}
    params["maxPoints"] = str(seconds // FINEST_S)
    if DATASOURCES[name].params:
        params["sourceParams"] = str(DATASOURCES[name].params)
    url = f"{settings.ioda_url}/signals/raw/{entity.type}/{entity.code}"
    return Request(url=url, params=params, ends_at=end)


def _outages(kind: str, entity: Entity, begin: datetime, end: datetime, settings: Settings) -> Request:
    params = {
        "entityType": entity.type,
        "entityCode": entity.code,
        "from": str(int(begin.timestamp())),
        "until": str(int(end.timestamp())),
        "limit": str(LIMIT),
    }
    return Request(url=f"{settings.ioda_url}/outages/{kind}", params=params, ends_at=end)
