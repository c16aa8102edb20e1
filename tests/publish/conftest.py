"""One synthetic book and its site, built once for all tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.publish.book import Book
from lightkeeper.publish.site import write_site
from publish.synthetic_kit import synthetic_book


@pytest.fixture(scope="session")
def book() -> Book:
    return synthetic_book()


@pytest.fixture(scope="session")
def built(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the synthetic case, built once."""
    out = tmp_path_factory.mktemp("site")
    write_site(book, out)
    return out / book.case.id
