"""Writes the site of a case: pages, charts, data, letter and JSON. Two builds of one book are the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.publish.book import Book
from lightkeeper.publish.csvfiles import series_csv
from lightkeeper.publish.feeds import feed_files
from lightkeeper.publish.figures import Figure, case_series, incident_figures, timelines
from lightkeeper.publish.jsonfiles import incidents_json, ledger_json, sources_json
from lightkeeper.publish.letter import letter_data, letter_pdf
from lightkeeper.publish.pages import Pages, cases_page
from lightkeeper.publish.text import safe_name

Progress = Callable[[str], None]
Made = tuple[str, str | bytes]

_OURS = (
    "series.html",
    "incidents/*.html",
    "operators/*.html",
    "charts/*.svg",
    "data/*.csv",
    "feeds/*",
    "letter.html",
    "letter.pdf",
)


def write_site(book: Book, out: Path, *, progress: Progress | None = None) -> list[Path]:
    """Write all files of a case into `out/<case id>/` and return their paths, sorted.

    Pages of an earlier build that no longer belong to the case are removed. `progress` hears what is being made.
    """
    home = out / book.case.id
    written = []
    try:
        for name, content in _made(book, progress or (lambda _: None)):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
            written.append(path)
    except OSError as error:
        raise InputError(f"Cannot write the site: {error.strerror}", remedy="Choose a folder that you may write to.",
                         where=str(error.filename or home)) from error  # fmt: skip
    for pattern in _OURS:
        for stale in set(home.glob(pattern)) - set(written):
            stale.unlink()
    return sorted(written)


def write_index(out: Path) -> Path:
    """Write `out/index.html`, the list of all cases whose `ledger.json` stands in a folder of `out`.

    A ledger that cannot be read is listed as such; it does not vanish and does not stop the others.
    """
    rows = [_case_row(path) for path in sorted(out.glob("*/ledger.json"))]
    page = out / "index.html"
    try:
        out.mkdir(parents=True, exist_ok=True)
        page.write_text(cases_page(rows), encoding="utf-8", newline="\n")
        (out / "style.css").write_bytes(_style())
    except OSError as error:
        raise InputError(f"Cannot write the index: {error.strerror}", remedy="Choose a folder that you may write to.",
                         where=str(error.filename or page)) from error  # fmt: skip
    return page


def _made(book: Book, say: Progress) -> Iterator[Made]:
    pages = Pages(book)
    yield "style.css", _style()
    say("charts")
    lines, series = timelines(book), case_series(book)
    yield from _charts([*lines, *(f for group in series.values() for f in group)])
    say("pages")
    yield "index.html", pages.index(lines, series)
    if book.case.series:
        yield "series.html", pages.series(series)
    yield "incidents.html", pages.incidents()
    yield "sources.html", pages.sources()
    for operator in book.case.operators:
        yield f"operators/{operator.id}.html", pages.operator(operator)
    for number, incident in enumerate(book.incidents, start=1):
        say(f"incident {number} of {len(book.incidents)}")
        figures = incident_figures(book, incident)
        yield from _charts(figures)
        yield f"incidents/{safe_name(incident.incident_id)}.html", pages.incident(incident, figures)
    letter, data = pages.letter(), letter_data(book)
    if letter is not None and data is not None:
        say("letter")
        yield "letter.html", letter
        yield "letter.pdf", letter_pdf(data)
    say("data")
    yield from feed_files(book)
    yield "ledger.json", ledger_json(book)
    yield "incidents.json", incidents_json(book)
    yield "sources.json", sources_json(book)


def _charts(figures: Iterable[Figure]) -> Iterator[Made]:
    for figure in figures:
        yield f"charts/{figure.name}.svg", figure.svg
        if figure.narrow:
            yield f"charts/{figure.name}.narrow.svg", figure.narrow
        if figure.rows:
            yield f"data/{figure.name}.csv", series_csv(figure.rows)


def _style() -> bytes:
    return files("lightkeeper.publish").joinpath("style.css").read_bytes()


def _case_row(path: Path) -> dict[str, Any]:
    """A case as the list shows it. Its folder, and not the file, says where its page is."""
    row: dict[str, Any] = {"folder": path.parent.name, "title": path.parent.name, "headline": None, "answers": []}
    try:
        ledger = msgspec.json.decode(path.read_bytes())
        case, asks = ledger["case"], ledger["asks"]
        short = {a["id"]: a["short"] for a in case["asks"]}
        whole = {a["ask_id"]: a["answer"] for a in asks if a["operator"] is None}
        answers = [(k, short[k], str(whole.get(k, "untested"))) for k in short]
        return {**row, "title": str(case["title"]), "headline": str(ledger["headline"]), "answers": answers}
    except (OSError, msgspec.MsgspecError, KeyError, TypeError):
        return row
