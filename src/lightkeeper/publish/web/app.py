"""The web application: pages, feeds and data of built cases as files, the watch board and the API beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from lightkeeper import __version__
from lightkeeper.errors import InputError
from lightkeeper.publish.web.api import api_of
from lightkeeper.publish.web.board import board_of
from lightkeeper.publish.web.files import Files
from lightkeeper.publish.web.guard import Guard
from lightkeeper.publish.web.library import Library

LOCAL = ("localhost", "127.0.0.1", "[::1]")


def _now() -> datetime:
    return datetime.now(UTC)


def app_of(
    root: Path,
    hosts: Sequence[str] = (),
    *,
    per_second: float = 20,
    burst: int = 100,
    clock: Callable[[], datetime] = _now,
) -> FastAPI:
    """The application over the folder of built cases. It answers for local names and `hosts` alone.

    Its description stands at `/api/openapi.json`. There is no page that loads anything from elsewhere. Raises
    InputError where the folder holds no built case.
    """
    if not (root / "index.html").is_file():
        remedy = "Build a case first: `lightkeeper case build cases/iran-2021-election`"
        raise InputError("this folder holds no built case", remedy=remedy, where=str(root))
    app = FastAPI(
        title="Lightkeeper",
        version=__version__,
        description="What became of each ask of an open letter: cases, asks, incidents and documents. Read only.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    library = Library(root)
    app.include_router(api_of(library, clock))
    app.include_router(board_of(library, clock))
    app.mount("/", Files(root), name="pages")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, *hosts], www_redirect=False)
    app.add_middleware(Guard, per_second=per_second, burst=burst)
    return app
