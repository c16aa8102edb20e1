"""What the API answers: models made from the tables, so that its description says what each column means."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from lightkeeper.model import Ask, Document, Event, Incident
from lightkeeper.model.column import Column, Table

Row = TypeVar("Row")


def model_of(table: type[Table]) -> type[BaseModel]:
    """The rows of a table as the API describes them."""
    fields: dict[str, Any] = {column.name: _field(column) for column in table.columns()}
    made: type[BaseModel] = create_model(
        table.__name__, __doc__=table.__doc__, __config__=ConfigDict(extra="ignore"), **fields
    )
    return made


def _field(column: Column) -> tuple[Any, Any]:
    unit = f" ({column.unit})" if column.unit else ""
    about = Field(description=f"{column.meaning}{unit}")
    if column.optional:
        return column.type | None, Field(default=None, description=f"{column.meaning}{unit}")
    return column.type, about


AskRow, IncidentRow, DocumentRow, EventRow = [model_of(t) for t in (Ask, Incident, Document, Event)]


class Page(BaseModel, Generic[Row]):
    """A part of a list."""

    total: int = Field(description="Rows that fit the question, on all pages")
    offset: int = Field(description="Rows left out before the first one here")
    items: list[Row] = Field(description="The rows")


class CaseSummary(BaseModel):
    """A case in a line."""

    id: str = Field(description="Id of the case")
    title: str = Field(description="Its title")
    country: str = Field(description="ISO 3166-1 alpha-2")
    event: str = Field(description="What the letter was written for, such as a vote")
    event_day: date = Field(description="The day of the vote, on the clocks of the country")
    days_to_event: int = Field(
        description="Days from today to the day of the vote, on the clocks of the country; negative after it"
    )
    headline: str = Field(description="The answers, counted")
    answers: dict[str, str] = Field(description="Answer for the country, by ask")


class CaseDetail(CaseSummary):
    """A case, with what it was built from."""

    window_from: datetime = Field(description="First moment watched")
    window_to: datetime = Field(description="End of the watch window, not included")
    version: str = Field(description="Version of Lightkeeper")
    ruleset: str = Field(description="Rules that judged")
    built_from: str = Field(description="SHA-256 over all inputs")


class IncidentDetail(BaseModel):
    """An incident with all that it joins."""

    incident: IncidentRow = Field(description="The incident")  # type: ignore[valid-type]
    documents: list[DocumentRow] = Field(description="Its documents")  # type: ignore[valid-type]
    events: list[EventRow] = Field(description="Its events")  # type: ignore[valid-type]


class Problem(BaseModel):
    """Why a question was not answered."""

    detail: str = Field(description="The reason, in words")
