"""The JSON API: cases, asks, incidents, documents. It only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query

from lightkeeper.publish.casesfile import case_row
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.web.answers import (
    AskRow,
    CaseDetail,
    CaseSummary,
    DocumentRow,
    IncidentDetail,
    IncidentRow,
    Page,
    Problem,
)
from lightkeeper.publish.web.library import Kind, Library, NotThere

CaseId = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,63}$", description="Id of the case")]
Word = Annotated[str | None, Query(max_length=100)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=500)]
_WHY: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 429: {"model": Problem}}


def api_of(library: Library, clock: Callable[[], datetime]) -> APIRouter:
    """The routes below `/api/v1`, over the cases of a library. `clock` says how far the day of a vote is."""
    routes = APIRouter(prefix="/api/v1", responses=_WHY)

    def read(case: str, kind: Kind) -> dict[str, Any]:
        try:
            return library.read(case, kind)
        except NotThere as error:
            raise HTTPException(404, str(error)) from None

    @routes.get("/cases")
    def cases() -> list[CaseSummary]:
        """All cases that can be read, with the days to each vote."""
        found = []
        for name in library.ids():
            try:
                found.append(_summary(name, library.read(name, "ledger"), clock()))
            except (NotThere, KeyError, TypeError, ValueError):
                continue
        return found

    @routes.get("/cases/{case}")
    def one_case(case: CaseId) -> CaseDetail:
        """One case, its window, and what it was built from."""
        ledger = read(case, "ledger")
        try:
            more = {"window_from": ledger["window"]["from"], "window_to": ledger["window"]["to"]}
            more |= {name: ledger[name] for name in ("version", "ruleset", "built_from")}
            return CaseDetail(**_summary(case, ledger, clock()).model_dump(), **more)
        except (KeyError, TypeError, ValueError):
            raise HTTPException(404, "the ledger of the case cannot be read: build it again") from None

    @routes.get("/cases/{case}/asks", response_model=Page[AskRow])  # type: ignore[valid-type]
    def asks(
        case: CaseId, ask: Word = None, operator: Word = None, answer: Word = None, offset: Offset = 0,
        limit: Limit = 100,
    ) -> Any:  # fmt: skip
        """The ledger. `operator=country` gives the lines of the country alone."""
        rows = read(case, "ledger")["asks"]
        wanted = {"ask_id": ask, "answer": answer}
        kept = [r for r in rows if _fits(r, wanted) and operator in (None, r["operator"] or "country")]
        return _page(kept, offset, limit)

    _add_incidents(routes, read)

    @routes.get("/cases/{case}/documents", response_model=Page[DocumentRow])  # type: ignore[valid-type]
    def documents(
        case: CaseId, kind: Word = None, publisher: Word = None, offset: Offset = 0, limit: Limit = 100
    ) -> Any:
        """What people published, by id."""
        rows = read(case, "incidents")["documents"]
        return _page([r for r in rows if _fits(r, {"kind": kind, "publisher": publisher})], offset, limit)

    return routes


def _add_incidents(routes: APIRouter, read: Callable[[str, Kind], dict[str, Any]]) -> None:
    @routes.get("/cases/{case}/incidents", response_model=Page[IncidentRow])  # type: ignore[valid-type]
    def incidents(
        case: CaseId, rung: Word = None, kind: Word = None, service: Word = None, operator: Word = None,
        in_window: bool | None = None, since: datetime | None = None, until: datetime | None = None,
        offset: Offset = 0, limit: Limit = 100,
    ) -> Any:  # fmt: skip
        """Incidents by onset. `since` and `until` hold the earliest and latest onset; without a zone they are UTC."""
        rows = sorted(read(case, "incidents")["incidents"], key=lambda r: (r["onset_latest"], r["incident_id"]))
        kept = [
            r
            for r in rows
            if _fits(r, {"rung": rung, "kind": kind})
            and (service is None or service in r["services"])
            and (operator is None or operator in r["operators"])
            and in_window in (None, r["in_window"])
            and (since is None or _moment(r["onset_latest"]) >= _aware(since))
            and (until is None or _moment(r["onset_earliest"]) <= _aware(until))
        ]
        return _page(kept, offset, limit)

    @routes.get("/cases/{case}/incidents/{incident}")
    def one_incident(case: CaseId, incident: Annotated[str, Path(max_length=200)]) -> IncidentDetail:
        """One incident, with the documents and events that it joins."""
        record = read(case, "incidents")
        row = next((r for r in record["incidents"] if r["incident_id"] == incident), None)
        if row is None:
            raise HTTPException(404, "there is no such incident in the case")
        return IncidentDetail(
            incident=row,
            documents=[d for d in record["documents"] if d["document_id"] in row["documents"]],
            events=[e for e in record["events"] if e["event_id"] in row["events"]],
        )


def _summary(name: str, ledger: dict[str, Any], now: datetime) -> CaseSummary:
    """Raises ValueError, KeyError or TypeError for a ledger that cannot be used."""
    case, watched = ledger["case"], case_row(name, ledger, Tongue()).watched
    if watched is None:
        raise ValueError("the ledger has no day, or no zone of time, that can be read")
    answers = {a["ask_id"]: a["answer"] for a in ledger["asks"] if a["operator"] is None}
    return CaseSummary(
        id=case["id"],
        title=case["title"],
        country=case["country"],
        event=watched.event,
        event_day=watched.day,
        days_to_event=watched.days_to(now),
        headline=ledger["headline"],
        answers=answers,
    )


def _fits(row: dict[str, Any], wanted: dict[str, str | None]) -> bool:
    return all(value is None or row.get(name) == value for name, value in wanted.items())


def _page(rows: Iterable[Any], offset: int, limit: int) -> Any:
    kept = list(rows)
    return {"total": len(kept), "offset": offset, "items": kept[offset : offset + limit]}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
