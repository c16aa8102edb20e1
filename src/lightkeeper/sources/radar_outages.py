"""The outages and anomalies in replies of Cloudflare Radar, as Events. See `radar`.

The cause is what Cloudflare's people claim, often after the press: a claim, not a measurement. An anomaly is what a
rule found; one that nobody verified is flagged.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.event import Event
from lightkeeper.sources import checked
from lightkeeper.sources.radar import ASK_AGAIN, LIMIT, Asked, asked, result_of, when
from lightkeeper.sources.rows import Unreadable, clean

NEAR = timedelta(hours=1)
"""Radar does not say how exact its times are. Its own series are by the hour or finer, so an hour either way."""
NAMES_MAX = 200
"""Networks that one outage may name."""
LINEAGES = {"BGP": "control_plane"} | dict.fromkeys(
    ("ALL", "NET", "NETFLOWS", "HTTP", "DNS", "AGGREGATED_HTTP_REQUESTS"), "traffic"
)
"""Which lineage each of Radar's data sources is of. `ALL` stands for its traffic. Others count as no witness here."""
NO_CAUSE = frozenset({"", "UNKNOWN"})


class _Code(msgspec.Struct):
    code: str = ""


class _Network(msgspec.Struct):
    asn: str | int
    locations: _Code | None = None
    location: _Code | None = None


class _Claim(msgspec.Struct):
    outageCause: str | None = None
    outageType: str | None = None


class _Outage(msgspec.Struct):
    id: str | int
    startDate: str
    eventType: str = "OUTAGE"
    dataSource: str | None = None
    endDate: str | None = None
    locations: list[str] = []
    asns: list[int] = []
    asnsDetails: list[_Network] | None = None
    outage: _Claim | None = None
    description: str | None = None
    scope: str | None = None
    linkedUrl: str | None = None


class _Anomaly(msgspec.Struct):
    uuid: str
    type: str
    status: str
    startDate: str
    endDate: str | None = None
    asnDetails: _Network | None = None
    locationDetails: _Code | None = None
    visibleInDataSources: list[str] | None = None


class _Outages(msgspec.Struct):
    annotations: list[msgspec.Raw]


class _Anomalies(msgspec.Struct):
    trafficAnomalies: list[msgspec.Raw]


def parse(body: bytes, url: str, country: str, sha256: str | None = None) -> Iterator[Event | Unreadable]:
    """The outages or anomalies of one reply that are about `country`, or about the network that was asked for.

    An outage of networks is one Event for each, of a region one of the region, else one of the country. `country` is
    where a network is, unless Radar says where. What cannot be used is Unreadable; so is the end of a reply that is
    full, since more may have been left out. Raises InputError for another reply.
    """
    wanted, here = asked(url), country.upper()
    if wanted.kind not in ("outages", "anomalies"):
        raise InputError("not a request for outages or anomalies", remedy=ASK_AGAIN)
    outages = wanted.kind == "outages"
    entries = result_of(body, _Outages).annotations if outages else result_of(body, _Anomalies).trafficAnomalies
    for number, raw in enumerate(entries):
        try:
            if outages:
                yield from _outages(msgspec.json.decode(raw, type=_Outage), wanted, here, sha256)
            else:
                yield _anomaly(msgspec.json.decode(raw, type=_Anomaly), wanted, here, sha256)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: {wanted.kind} {number}", str(error)[:200], ASK_AGAIN)
    if len(entries) >= LIMIT:
        what = f"the reply is full ({LIMIT} entries): more may have been left out"
        yield Unreadable(f"{sha256 or 'reply'}: end", what, "Fetch a shorter time")


def _outages(row: _Outage, wanted: Asked, country: str, sha256: str | None) -> list[Event]:
    """Raises ValueError for a record that is not an outage, or is not about what was asked for."""
    if row.eventType.upper() != "OUTAGE":
        raise ValueError(f"`{clean(row.eventType[:40])}` is not an outage")
    places = _places(row, wanted, country)
    if not places:
        raise ValueError(f"the outage `{_id(row.id)}` is not about what was asked for")
    began, ended, flags = _times(row.startDate, row.endDate)
    claim = row.outage or _Claim()
    if places[0][0] == "country" and (claim.outageType or "").upper() == "REGIONAL":
        flags.append("only_a_part_of_the_country")
    cause, extent = clean((claim.outageCause or "")[:60]), clean((claim.outageType or "")[:60])
    said = [clean((row.description or "")[:1000]), f"Scope: {clean(row.scope[:200])}." if row.scope else ""]
    said += [f"Extent: {extent.lower().replace('_', ' ')}." if extent else ""]
    lineage = LINEAGES.get((row.dataSource or "").upper())
    return [
        Event(
            event_id=f"radar:{_id(row.id)}:{kind}:{name}",
            kind="outage",
            source="radar_outages",
            country=where,
            entity_type=kind,
            entity=name,
            onset_earliest=began - NEAR,
            onset_latest=began + NEAR,
            end_earliest=ended - NEAR if ended else None,
            end_latest=ended + NEAR if ended else None,
            lineages=[lineage] if lineage else [],
            cause_claimed=None if cause.upper() in NO_CAUSE else cause.lower().replace("_", " "),
            flags=flags,
            note=" ".join(text for text in said if text),
            url=_url(row.linkedUrl),
            file_sha256=sha256,
        )
        for kind, name, where in places
    ]


def _places(row: _Outage, wanted: Asked, country: str) -> list[tuple[str, str, str]]:
    """Kind, name and country of what an outage is about, of that which was asked for."""
    if len(row.asns) > NAMES_MAX:
        raise ValueError(f"it names {len(row.asns)} networks")
    of = {checked.asn(network.asn): _where(network) for network in row.asnsDetails or []}
    networks = [(asn, of.get(asn) or country) for asn in dict.fromkeys(checked.asn(asn) for asn in row.asns)]
    if wanted.entity_type == "asn":
        return [("asn", str(asn), where) for asn, where in networks if str(asn) == wanted.entity]
    if networks:
        return [("asn", str(asn), where) for asn, where in networks if where == country]
    if country not in (code.upper() for code in row.locations):
        return []
    regional = row.outage is not None and (row.outage.outageType or "").upper() == "REGIONAL"
    region = clean((row.scope or "")[:200]) if regional else ""
    return [("region", region, country)] if region else [("country", country, country)]


def _anomaly(row: _Anomaly, wanted: Asked, country: str, sha256: str | None) -> Event:
    """Raises ValueError for an anomaly of something else than was asked for."""
    if row.asnDetails:
        found = ("asn", str(checked.asn(row.asnDetails.asn)))
        country = _where(row.asnDetails) or country
    else:
        found = ("country", row.locationDetails.code.upper() if row.locationDetails else "")
    in_country = found[0] == "asn" and wanted.entity_type == "country" and country == wanted.entity
    if found != (wanted.entity_type, wanted.entity) and not in_country:
        raise ValueError(f"an anomaly of {found[0]} `{clean(found[1][:20])}` was not asked for")
    began, ended, flags = _times(row.startDate, row.endDate)
    if row.status.upper() != "VERIFIED":
        flags.append("unverified_at_source")
    seen = sorted({source.upper() for source in row.visibleInDataSources or []})
    return Event(
        event_id=f"radar_anomaly:{_id(row.uuid)}",
        kind="traffic_anomaly",
        source="radar_anomalies",
        country=country,
        entity_type=found[0],
        entity=found[1],
        onset_earliest=began - NEAR,
        onset_latest=began + NEAR,
        end_earliest=ended - NEAR if ended else None,
        end_latest=ended + NEAR if ended else None,
        lineages=sorted({LINEAGES[source] for source in seen if source in LINEAGES}),
        flags=flags,
        note=f"Visible in {', '.join(clean(source[:40]) for source in seen[:10])}." if seen else "",
        file_sha256=sha256,
    )


def _times(start: str, end: str | None) -> tuple[datetime, datetime | None, list[str]]:
    began, ended = when(start), when(end) if end else None
    if ended is None:
        return began, None, ["no_end"]
    return (began, None, ["ends_before_it_begins"]) if ended < began else (began, ended, [])


def _where(network: _Network) -> str | None:
    """The country that Radar gives for a network."""
    code = network.location or network.locations
    return code.code.upper() if code and checked.COUNTRY.fullmatch(code.code.upper()) else None


def _id(text: str | int) -> str:
    name = clean(str(text)[:80])
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"`{name}` is not the id of a record")
    return name


def _url(text: str | None) -> str | None:
    url = clean((text or "")[:500])
    return url if url.startswith(("https://", "http://")) and not set(url) & set(" <>\"'\\") else None
