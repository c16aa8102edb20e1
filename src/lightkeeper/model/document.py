"""A statement, order, notice, report or record by somebody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, get_args

from lightkeeper.model.column import Table, col

DocumentKind = Literal["letter", "stop_record", "statement", "assurance", "order", "law", "notice", "report", "news"]
DOCUMENT_KINDS: tuple[str, ...] = get_args(DocumentKind)


class Document(Table, frozen=True, kw_only=True):
    """What somebody published, and what it claims. The claim is theirs; the wording here is ours."""

    table_name: ClassVar[str] = "document"

    document_id: Annotated[str, col("Stable id within the case", key=True)]
    kind: Annotated[str, col("letter, stop_record, statement, assurance, order, law, notice, report or news")]
    publisher: Annotated[str, col("Who published it")]
    title: Annotated[str, col("Title, or what it is, in a few words")]
    published_on: Annotated[date | None, col("Day of publication")] = None
    claim: Annotated[str, col("What it claims, in one or two sentences of ours")]
    country: Annotated[str, col("ISO 3166-1 alpha-2")]
    place_type: Annotated[str, col("country, region, city or asn")] = "country"
    place: Annotated[str | None, col("Name of the region or city; AS number")] = None
    onset_earliest: Annotated[datetime | None, col("What it claims did not begin before", unit="UTC")] = None
    onset_latest: Annotated[datetime | None, col("What it claims had begun by", unit="UTC")] = None
    end_earliest: Annotated[datetime | None, col("What it claims had not ended before", unit="UTC")] = None
    end_latest: Annotated[datetime | None, col("What it claims had ended by", unit="UTC")] = None
    hours_local: Annotated[
        str | None, col("Hours of the day in which it was so, by the case's clock: 07:00-10:00;13:00-16:00")
    ] = None
    weekdays: Annotated[str | None, col("Days of the week on which it was so: Mon-Fri")] = None
    as_of_earliest: Annotated[
        datetime | None,
        col("It says that it was so at some time from here; of one that went on when written, its day", unit="UTC"),
    ] = None
    as_of_latest: Annotated[datetime | None, col("and that time was before this", unit="UTC")] = None
    ongoing: Annotated[bool, col("It says that the thing had not ended when it was written")] = False
    extent: Annotated[str | None, col("full_network, service or throttle")] = None
    services: Annotated[
        list[str],
        col("Services named: telegram, signal, …; a row's `all:social` is all of that kind that the case watches"),
    ] = []
    networks: Annotated[list[str], col("Kinds of access named: mobile, fixed")] = []
    operators: Annotated[list[str], col("Operator ids of the case that it names as those who did it, or were hit")] = []
    addressed_to: Annotated[
        list[str], col("Operator ids of the case that an order was addressed to: who was told is not who did")
    ] = []
    cause_claimed: Annotated[str | None, col("Cause that it claims")] = None
    ordered_by: Annotated[str | None, col("Who ordered it, as it claims")] = None
    acknowledged: Annotated[bool | None, col("It says that the government acknowledged the disruption")] = None
    users_notified: Annotated[bool | None, col("It says whether users were told")] = None
    election: Annotated[bool | None, col("It links the thing to an election")] = None
    witnesses: Annotated[int | None, col("Distinct sources that it rests on, where it says", unit="count")] = None
    networks_measured: Annotated[
        int | None, col("Networks on which it was measured in these days, where it says", unit="count")
    ] = None
    networks_blocked: Annotated[int | None, col("and on how many of them it was so", unit="count")] = None
    rests_on: Annotated[
        list[str], col("What it rests on: ids of documents of the case, or names of publishers and measurers")
    ] = []
    url: Annotated[str | None, col("Where it can be read")] = None
    archived_sha256: Annotated[str | None, col("SHA-256 of an archived copy, where there is one")] = None
    dataset: Annotated[str | None, col("Dataset that the row was re-stated from")] = None
    read_on: Annotated[date | None, col("Day on which it was read")] = None
    flags: Annotated[list[str], col("What is wrong with it: estimated_start, ends_before_it_begins, …")] = []
    row: Annotated[str | None, col("Row in the case: documents.csv:12")] = None
