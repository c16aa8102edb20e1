"""The watch board over HTTP: the list of all cases, made at each visit, so that it knows the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from lightkeeper.publish.casesfile import case_row
from lightkeeper.publish.pages import cases_page
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.web.library import Library, NotThere


def board_of(library: Library, clock: Callable[[], datetime]) -> APIRouter:
    """The routes of the board in each language. They take the place of the files of the same name."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for tongue in (Tongue(), Persian()):
        for path in (f"/{tongue.folder}", f"/{tongue.folder}index.html"):
            routes.add_api_route(path, _page(library, tongue, clock), methods=["GET", "HEAD"])
    return routes


def _page(library: Library, tongue: Tongue, clock: Callable[[], datetime]) -> Callable[[], HTMLResponse]:
    def page() -> HTMLResponse:
        rows = [case_row(name, _ledger(library, name), tongue) for name in library.ids()]
        return HTMLResponse(cases_page(rows, tongue, clock()))

    return page


def _ledger(library: Library, name: str) -> object:
    try:
        return library.read(name, "ledger")
    except NotThere:
        return None
