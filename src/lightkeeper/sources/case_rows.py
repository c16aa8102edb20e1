"""What a row of a case's `documents.csv` and `outages.csv` becomes."""

from __future__ import annotations

import re
from datetime import timedelta

from lightkeeper.model.case import Case
from lightkeeper.model.document import DOCUMENT_KINDS, Document
from lightkeeper.model.event import Event
from lightkeeper.sources.case_cells import HOUR_SLACK, Cells, Wrong, suggest
from lightkeeper.sources.case_times import times_of

DOCUMENT_COLUMNS = (
    "document_id kind publisher title published_on claim place_type place starts_on ends_on starts_at ends_at "
    "hours_local weekdays as_of ongoing extent services networks operators addressed_to cause_claimed ordered_by "
    "acknowledged users_notified election witnesses networks_measured networks_blocked rests_on url dataset read_on "
    "flags"
).split()
LATER_COLUMNS = frozenset(
    "hours_local weekdays as_of addressed_to networks_measured networks_blocked rests_on around".split()
)
"""Columns that a file written before there were such may lack."""
OUTAGE_COLUMNS = (
    "outage_id began_at ended_at entity_type entity bgp active_probing telescope cause_claimed confirmation source url "
    "dataset read_on note around"
).split()
WITNESSES = {"bgp": "control_plane", "active_probing": "active_probing", "telescope": "telescope"}

ALL = "all:"
"""Before a kind of service: `all:social` is every service of that kind that the case watches."""
NAMES_A_KIND = "names_a_kind_of_service"
"""A flag: the document names a kind of service; which services those are is the case's word, not the document's."""

RESOLUTION = timedelta(minutes=10)
"""An analyst reads begin and end off charts whose coarsest bins are 10 minutes (active probing; BGP has 5), so a
moment of an outage is known to 10 minutes either way."""
AROUND = re.compile(
    r"\b(?:around|about|approximately|approx\.?|circa|ca\.|roughly)\s+(?:noon|midnight|\d{1,2}\s?(?::|h|am|pm|o'clock|UTC))"
    r"|\bgiven as around\b|[~≈]\s?\d{1,2}[:h]",
    re.IGNORECASE,
)
"""Words of a note that say that a time of day is not exact: it is known to half an hour either way, then."""


def document_of(cells: Cells, row: str, case: Case) -> Document:
    """A row of documents.csv. `row` says where it stands. Raises Wrong.

    Operators that the row of an order names were told: they are its addressees, in whichever column they stand.
    """
    services, of_a_kind = _services(cells, case)
    flags = [*cells.many("flags"), *([NAMES_A_KIND] if of_a_kind else [])]
    times = times_of(cells, flags, case)
    place_type = cells.choice("place_type", ("country", "region", "city", "asn")) or "country"
    kind = cells.choice("kind", DOCUMENT_KINDS) or cells.needed("kind")
    named, told = _operators(cells, "operators", case), _operators(cells, "addressed_to", case)
    measured, blocked = _networks(cells)
    return Document(
        document_id=cells.id("document_id"),
        kind=kind,
        publisher=cells.needed("publisher"),
        title=cells.needed("title"),
        published_on=cells.day("published_on"),
        claim=cells.needed("claim"),
        country=case.country,
        place_type=place_type,
        place=_place(cells, place_type),
        onset_earliest=times.onset.earliest,
        onset_latest=times.onset.latest,
        end_earliest=times.end.earliest,
        end_latest=times.end.latest,
        hours_local=cells.hours("hours_local"),
        weekdays=cells.weekdays("weekdays"),
        as_of_earliest=times.as_of.earliest,
        as_of_latest=times.as_of.latest,
        ongoing=bool(cells.yes_no("ongoing")),
        extent=cells.choice("extent", ("full_network", "service", "throttle")),
        services=services,
        networks=cells.many("networks", ("mobile", "fixed")),
        operators=[] if kind == "order" else named,
        addressed_to=list(dict.fromkeys([*told, *named])) if kind == "order" else told,
        cause_claimed=cells.text("cause_claimed"),
        ordered_by=cells.text("ordered_by"),
        acknowledged=cells.yes_no("acknowledged"),
        users_notified=cells.yes_no("users_notified"),
        election=cells.yes_no("election"),
        witnesses=cells.count("witnesses"),
        networks_measured=measured,
        networks_blocked=blocked,
        rests_on=cells.many("rests_on"),
        url=cells.url("url"),
        dataset=cells.text("dataset"),
        read_on=cells.day("read_on"),
        flags=times.flags,
        row=row,
    )


def _networks(cells: Cells) -> tuple[int | None, int | None]:
    measured, blocked = cells.count("networks_measured"), cells.count("networks_blocked")
    if blocked is not None and (measured is None or blocked > measured):
        raise Wrong(
            "`networks_blocked` is more than `networks_measured`", "Say on how many of how many networks it was so"
        )
    return measured, blocked


def _place(cells: Cells, place_type: str) -> str | None:
    if place_type == "country":
        return cells.text("place")
    return cells.asn("place") if place_type == "asn" else cells.needed("place")


def _services(cells: Cells, case: Case) -> tuple[list[str], bool]:
    """Services that a row names, and whether it names a kind of them. Raises Wrong."""
    found, of_a_kind = [], False
    for name in (s.lower() for s in cells.many("services")):
        if not name.startswith(ALL):
            found.append(name)
            continue
        of_kind = [w.id for w in case.watched if f"{ALL}{w.kind}" == name]
        if not of_kind:
            raise Wrong(f"`{name}`: the case watches none of that kind", suggest(name, _kinds(case)))
        found, of_a_kind = [*found, *of_kind], True
    return list(dict.fromkeys(found)), of_a_kind


def _kinds(case: Case) -> list[str]:
    return sorted({f"{ALL}{w.kind}" for w in case.watched})


def _operators(cells: Cells, column: str, case: Case) -> list[str]:
    ids = []
    for name in cells.many(column):
        operator = case.operator_of(name)
        if operator is None:
            raise Wrong(f"`{name}` is not an operator of the case", suggest(name, [o.id for o in case.operators]))
        ids.append(operator.id)
    return list(dict.fromkeys(ids))


def outage_of(cells: Cells, row: str, case: Case) -> Event:
    """A row of outages.csv. `row` says where it stands. Raises Wrong."""
    began, ended = cells.moment("began_at"), cells.moment("ended_at")
    if began is None:
        raise Wrong("`began_at` is empty", "An outage needs the time at which it began: 2021-06-20T18:30Z")
    flags = []
    if ended is None or ended < began:
        flags.append("no_end" if ended is None else "ends_before_it_begins")
        ended = None
    saw = {lineage: cells.yes_no(column) for column, lineage in WITNESSES.items()}
    source = "_".join(cells.needed("source").lower().split())
    confirmation = cells.choice("confirmation", ("confirmed", "unconfirmed"))
    cells.day("read_on")
    said = [f"The source calls it {confirmation}." if confirmation else "", cells.text("note") or ""]
    slack = HOUR_SLACK if cells.yes_no("around") or AROUND.search(cells.text("note") or "") else RESOLUTION
    entity_type = cells.choice("entity_type", ("country", "region", "asn")) or cells.needed("entity_type")
    return Event(
        event_id=f"{source}:{cells.id('outage_id')}",
        kind="outage",
        source="ioda_outages" if source == "ioda" else source,
        country=case.country,
        entity_type=entity_type,
        entity=_entity(cells, entity_type, case),
        onset_earliest=began - slack,
        onset_latest=began + slack,
        end_earliest=ended - slack if ended else None,
        end_latest=ended + slack if ended else None,
        lineages=[lineage for lineage, seen in saw.items() if seen],
        lineages_silent=[lineage for lineage, seen in saw.items() if seen is False],
        cause_claimed=cells.text("cause_claimed"),
        flags=flags,
        note=" ".join(s for s in said if s),
        url=cells.url("url"),
        row=row,
    )


def _entity(cells: Cells, entity_type: str, case: Case) -> str:
    if entity_type == "asn":
        return cells.asn("entity")
    entity = cells.needed("entity")
    if entity_type == "country" and entity != case.country:
        raise Wrong(f"the country is `{entity}`, the case's is `{case.country}`", "Leave it out of this case")
    return entity
