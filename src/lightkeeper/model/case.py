"""A case: a letter as data. What `case.toml` may hold, field by field."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

SLUG = r"^[a-z0-9][a-z0-9-]{0,63}$"
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']{3,2000}$")]
Asn = Annotated[int, Field(ge=1, le=4294967295)]
KINDS_OF = {"vpn": ("vpn",), "platforms": ("social", "messaging", "web", "payment", "telephony")}
ONLY_WHERE_NAMED = frozenset({"payment", "telephony"})
"""Kinds of services that an ask is about only where it names them."""
"""Kinds of watched services that an ask of a topic can be about."""


class Part(BaseModel):
    """Base of all parts: an unknown field is an error, so that a misspelt one does not vanish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """Where a fact comes from."""

    title: Text = Field(description="Title, or dataset and row")
    url: WebAddress | None = Field(default=None, description="Where it can be read")
    read_on: date = Field(description="Day on which it was read")
    note: str | None = Field(default=None, description="Anything that a reader should know about the source")


class Letter(Part):
    """The letter that asks."""

    title: Text = Field(description="Title of the letter")
    written_on: date = Field(description="Its date")
    publisher: Text = Field(default="#KeepItOn coalition", description="Who published it")
    url: WebAddress | None = Field(default=None, description="Where it can be read")
    addressees: list[Text] = Field(min_length=1, description="Whom it is addressed to")
    cc: list[Text] = Field(default=[], description="Who gets a copy")
    signatories: list[Text] = Field(default=[], description="Organisations that signed")
    contact: Text | None = Field(default=None, description="Address for questions")
    opening: Text | None = Field(default=None, description="What it appeals for, in its own words")
    definition: Text | None = Field(default=None, description="How it defines a shutdown")
    source: Source = Field(description="Where its text was read")


class SignOn(Part):
    """Organisations that have agreed to sign the letters that are made of this case. Names only, and no people."""

    before: list[Text] = Field(default=[], description="Who signs the letter before")
    during: list[Text] = Field(default=[], description="Who signs the letter during")
    after: list[Text] = Field(default=[], description="Who signs the letter after")


class Happening(Part):
    """What the letter is written for: a vote, an exam season, a protest. Its days are local."""

    kind: Text = Field(description="presidential election, parliamentary election, protest, …")
    name: Text = Field(description="Its name, as a reader would say it")
    day: date = Field(description="The local day")
    watch_days_before: int = Field(default=30, ge=0, le=400, description="Days watched before it")
    watch_days_after: int = Field(default=14, ge=0, le=400, description="Days watched after it")
    source: Source = Field(description="Where the day is stated")


class AskWording(Part):
    """One ask, in the words of the letter."""

    id: Annotated[str, StringConstraints(pattern=r"^A[0-9]{1,2}$")] = Field(description="A1, A2, …")
    topic: Literal["platforms", "vpn", "quality", "notice"] = Field(description="Which rules of the ledger answer it")
    short: Text = Field(description="The ask in one short sentence")
    wording: Text = Field(description="The ask as the letter has it")
    needs_assurance: bool = Field(default=False, description="It also asks for a public assurance")
    services: list[Slug] = Field(
        default=[], description="Ids of `watched` that it is about; empty for all of its topic but payment services"
    )


class Operator(Part):
    """A network operator and its autonomous systems."""

    id: Slug = Field(description="Short id, used in file names and in documents.csv")
    name: Text = Field(description="Full name")
    kinds: list[Literal["mobile", "fixed", "transit"]] = Field(min_length=1, description="Kinds of network it runs")
    asns: list[Asn] = Field(min_length=1, description="Its AS numbers")
    aliases: list[Text] = Field(default=[], description="Other names under which sources have it")
    note: str | None = Field(default=None, description="Anything that a reader should know")
    source: Source = Field(description="Where name and AS numbers are stated")


class Watched(Part):
    """A platform, messaging app, circumvention tool or other service that the case watches."""

    id: Slug = Field(description="Short id, used in documents.csv")
    name: Text = Field(description="Its name")
    kind: Literal["social", "messaging", "vpn", "web", "payment", "telephony"] = Field(
        description="`vpn` counts for A2, the others for A1; `payment` (mobile money) and `telephony` (SMS, calls) "
        "only where an ask names it"
    )
    targets: list[Text] = Field(
        min_length=1, description="Targets that belong to it; `signal/*` takes all of a service"
    )
    named_in_letter: bool = Field(default=False, description="The letter names it")


class History(Part):
    """One thing of the past that the letter recalls."""

    from_day: date = Field(description="First local day")
    to_day: date | None = Field(default=None, description="Last local day")
    what: Text = Field(description="What happened, in one sentence of ours")
    letter_says: Text = Field(description="What the letter says of it, in its words")
    place: Text | None = Field(default=None, description="Where, if not in the whole country")
    sources: list[Source] = Field(min_length=1, description="Where it is stated")


class Law(Part):
    """An instrument that the letter cites, and whether it binds this state."""

    instrument: Text = Field(description="Name and article")
    says: Text = Field(description="What it says that matters here, in one sentence")
    binds: Literal["ratified", "acceded", "signed", "not a party", "soft law"] = Field(
        description="Whether it binds this state; a state that acceded is a party as one that ratified"
    )
    since: date | None = Field(default=None, description="Day of ratification, accession or signature")
    source: Source = Field(description="Where that is stated")


class SeriesReader(NamedTuple):
    """How a series may come into a case, and which fields go with that."""

    what: str
    carried: bool = False
    """It reads a file of the case (`path`)."""
    brought: bool = False
    """It takes rows that the user imported or fetched before (`how_to_import`)."""
    needs: tuple[str, ...] = ()
    """Further fields that a carried file must have,"""
    takes: tuple[str, ...] = ()
    """and those that it may have."""


SERIES_READERS: dict[str, SeriesReader] = {
    "tor_users": SeriesReader("Direct Tor users by day, as Tor's anomaly detector wrote them out", carried=True),
    "tor": SeriesReader("Tor Metrics: users of relays and bridges by day", carried=True, brought=True),
    "ioda": SeriesReader("IODA: routes, active probing, telescope, search traffic", carried=True, brought=True),
    "radar": SeriesReader("Cloudflare Radar: traffic by the hour", brought=True),
    "ripestat": SeriesReader("RIPEstat: prefixes and networks that RIS sees", brought=True),
    "routing": SeriesReader(
        "Files of a route collector (MRT); `path` may be a pattern", carried=True, brought=True, needs=("collector",),
        takes=("asns",),
    ),
    "google": SeriesReader(
        "Google's traffic report", carried=True, brought=True, needs=("product",), takes=("timezone",)
    ),
    "mlab": SeriesReader("M-Lab: quantiles of speed tests", carried=True, brought=True),
    "mlab_tests": SeriesReader("M-Lab: single speed tests of 2009-2019", carried=True, takes=("step",)),
    "ooni_counts": SeriesReader("OONI's own counts of measurements, by test or network", brought=True),
    "ooni_cells": SeriesReader("Blocked share and volume of the measurements that the case holds"),
    "csv": SeriesReader(
        "A CSV or Parquet file with `series,hour,value` and, for shares, `n`", carried=True, needs=("lineage", "unit")
    ),
}  # fmt: skip
"""Reader to what it reads."""
WITNESS = Literal["control_plane", "active_probing", "telescope", "traffic", "in_country", "circumvention"]


class CaseSeries(Part):
    """Series that the case charts and looks for events in: of a file that it carries, of rows that the user brought,
    or of its own measurements."""

    reader: Literal[
        "tor_users", "tor", "ioda", "radar", "ripestat", "routing", "google", "mlab", "mlab_tests", "ooni_counts",
        "ooni_cells", "csv",
    ] = Field(description="Which source it is of, and so who reads it")  # fmt: skip
    path: Text | None = Field(default=None, description="File within the case, where the licence lets it carry one")
    how_to_import: Text | None = Field(default=None, description="The command that brings it, where not carried")
    entity: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(description="Country of the series")
    only: list[Text] = Field(
        default=[], description="Patterns of names of series to take: `ioda_api/bgp*/IR`; empty takes all"
    )
    title: Text = Field(description="What the chart shows")
    topic: Literal["platforms", "vpn", "quality"] = Field(description="Which ask it bears on")
    from_day: date = Field(description="First day charted")
    to_day: date = Field(description="Last day charted")
    lineage: WITNESS | None = Field(default=None, description="`csv`: which kind of witness it is")
    unit: Text | None = Field(default=None, description="`csv`: unit of the values")
    product: Text | None = Field(default=None, description="`google`: youtube, web_search, gmail, all, …")
    timezone: Text | None = Field(default=None, description="`google`: time zone of a CSV file, if it is not UTC")
    step: Literal["hour", "day"] | None = Field(default=None, description="`mlab_tests`: length of a step; else a day")
    collector: Text | None = Field(default=None, description="`routing`: rrc00, route-views.linx, …")
    asns: Text | None = Field(
        default=None, description="`routing`: file within the case with the country's networks, one a line"
    )
    licence: Text = Field(description="Licence or terms")
    source: Source = Field(description="Where it comes from")


class CaseRecorded(Part):
    """Outages that others found and published, of rows that the user fetched. They stand beside the events that are
    found in series here, and are joined with the record in the same way."""

    reader: Literal["ioda_events", "ioda_alerts", "radar_outages", "radar_anomalies"] = Field(
        description="Whose record it is"
    )
    how_to_import: Text = Field(description="The command that brings it")
    title: Text = Field(description="What it is, as a reader would say it")
    from_day: date | None = Field(default=None, description="First local day; none is the first one watched")
    to_day: date | None = Field(default=None, description="Last local day; none is the last one watched")
    licence: Text = Field(description="Licence or terms")
    source: Source = Field(description="Where it comes from")

    @model_validator(mode="after")
    def _days_are_in_order(self) -> CaseRecorded:
        if self.from_day and self.to_day and self.to_day < self.from_day:
            raise ValueError(f"`to_day` {self.to_day} is before `from_day`; give the last day")
        return self


class CostInputs(Part):
    """What estimates of the cost of a whole cut are computed from. Each number has its source."""

    gdp_usd: float = Field(gt=0, description="Gross domestic product of a year, in US dollars of that year")
    gdp_year: int = Field(ge=1990, le=2100, description="That year")
    gdp_source: Source = Field(description="Where it is stated")
    population: float = Field(gt=0, description="People who live in the country")
    population_source: Source = Field(description="Where that is stated")
    connectivity: list[Literal["low", "medium", "high"]] = Field(
        min_length=1, description="Level of internet use as Deloitte 2016 has it; name two where it is in doubt"
    )
    connectivity_source: Source = Field(description="On what the level rests")


class CostPublished(Part):
    """An estimate that somebody published of what a disruption cost."""

    by: Text = Field(description="Who made it")
    method: Text = Field(description="How, in a few words")
    usd: float = Field(gt=0, description="US dollars")
    document_ids: list[Text] = Field(min_length=1, description="Documents of the incident that it is about")
    source: Source = Field(description="Where it is stated")


class Costs(Part):
    """What is known of the cost of disruptions. It is shown only where two methods or more give a range."""

    inputs: CostInputs | None = Field(default=None, description="For whole cuts: what estimates are computed from")
    published: list[CostPublished] = Field(default=[], description="Estimates that others published")


class Review(Part):
    """A named person's judgement on an incident; `attributed` takes two. `lightkeeper incident` signs too."""

    document_ids: list[Text] = Field(min_length=1, description="Documents of the incident that the judgement is about")
    verdict: Literal["attributed", "disputed", "retracted"] = Field(description="The judgement")
    by: Text = Field(description="Who signs it")
    on: date = Field(description="When")
    because: Text = Field(description="Why, in a sentence")


class Case(Part):
    """A letter as data: who is asked what, for which vote, and what is watched."""

    id: Slug = Field(description="Short id; the name of the folder")
    title: Text = Field(description="Title of the pages")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(description="ISO 3166-1 alpha-2")
    country_name: Text = Field(description="Its name, as a sentence has it")
    timezone: Text = Field(description="Name in the tz database: Asia/Tehran")
    summary: Text = Field(description="What the case is about, in two or three sentences")
    letter: Letter | None = Field(default=None, description="The letter; leave out to watch without one")
    sign_on: SignOn = Field(default=SignOn(), description="Who has agreed to sign the letters made of this case")
    event: Happening = Field(description="What is watched")
    asks: list[AskWording] = Field(min_length=1, description="What is asked")
    operators: list[Operator] = Field(default=[], description="Operators that are held to it")
    watched: list[Watched] = Field(default=[], description="Platforms, apps and tools watched")
    history: list[History] = Field(default=[], description="What the letter recalls")
    law: list[Law] = Field(default=[], description="Instruments it cites")
    series: list[CaseSeries] = Field(default=[], description="Series charted")
    recorded: list[CaseRecorded] = Field(default=[], description="Outages that others recorded")
    costs: Costs = Field(default=Costs(), description="Costs of disruptions, as published methods have them")
    reviews: list[Review] = Field(default=[], description="Judgements signed by named people")
    measurements: list[Text] = Field(default=[], description="Files or globs within the case")
    measurements_licence: Text | None = Field(default=None, description="Licence of the measurements")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`{name}` is not in the tz database; write one such as `Asia/Tehran`") from error
        return name

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Case:
        for kind, ids in (
            ("ask", [a.id for a in self.asks]),
            ("operator", [o.id for o in self.operators]),
            ("watched", [w.id for w in self.watched]),
        ):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{kind} id `{twice[0]}` stands twice; give each its own")
        return self

    @model_validator(mode="after")
    def _asks_name_what_is_watched(self) -> Case:
        kinds = {w.id: w.kind for w in self.watched}
        for ask in self.asks:
            for name in ask.services:
                if kinds.get(name) not in KINDS_OF.get(ask.topic, ()):
                    raise ValueError(
                        f"ask {ask.id} names the service `{name}`, which is not `watched` as something that a "
                        f"{ask.topic} ask can be about"
                    )
        return self

    def watched_for(self, ask: AskWording) -> list[Watched]:
        """What is watched for an ask: what it names, else tools for `vpn` and all platforms for `platforms`."""
        kinds = KINDS_OF.get(ask.topic, ())
        if ask.services:
            return [w for w in self.watched if w.id in ask.services]
        return [w for w in self.watched if w.kind in kinds and w.kind not in ONLY_WHERE_NAMED]

    @property
    def gather_command(self) -> str:
        """The command that brings measurements."""
        return f"lightkeeper case gather cases/{self.id}"

    def how_to_bring(self, wanted: CaseSeries | CaseRecorded) -> str | None:
        """The command that brings what a series or a record is made of; none for a file that the case carries."""
        return self.gather_command if wanted.reader == "ooni_cells" else wanted.how_to_import

    @property
    def zone(self) -> ZoneInfo:
        """The local time zone of the case."""
        return ZoneInfo(self.timezone)

    @property
    def window_days(self) -> tuple[date, date]:
        """First and last local day of the watch window, both included."""
        before = timedelta(days=self.event.watch_days_before)
        after = timedelta(days=self.event.watch_days_after)
        return self.event.day - before, self.event.day + after

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The watch window in UTC: from the first local midnight to the one after the last day (not included)."""
        first, last = self.window_days
        return self.midnight(first), self.midnight(last + timedelta(days=1))

    def midnight(self, day: date) -> datetime:
        """The begin of a local day, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def operator_of(self, name_or_asn: str) -> Operator | None:
        """The operator with this id, name, alias (any case) or AS number (`58224` or `AS58224`)."""
        wanted = name_or_asn.strip().casefold()
        number = re.fullmatch(r"(?:as)?(\d+)", wanted)
        for operator in self.operators:
            if number and int(number[1]) in operator.asns:
                return operator
            names = {operator.id, operator.name.casefold(), *(a.casefold() for a in operator.aliases)}
            if wanted in names:
                return operator
        return None
