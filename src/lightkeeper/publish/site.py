"""Writes the site of a case: pages, charts, data, letter and JSON. Two builds of one book are the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.ledger.coverage import Coverage
from lightkeeper.ledger.disclosure import disclosures
from lightkeeper.publish.ask_views import ask_coverage, bearing, counting
from lightkeeper.publish.book import Book
from lightkeeper.publish.casesfile import case_row, rungs_of
from lightkeeper.publish.csvfiles import asks_csv, disclosures_csv, incidents_csv, networks_csv, series_csv
from lightkeeper.publish.editions import Edition, editions
from lightkeeper.publish.exports.jsonld import json_ld
from lightkeeper.publish.exports.record import record_of
from lightkeeper.publish.feeds import feed_files
from lightkeeper.publish.figures import Figure, case_series, incident_figures, timelines
from lightkeeper.publish.jsonfiles import incidents_json, ledger_json, sources_json
from lightkeeper.publish.languages import LANGUAGES
from lightkeeper.publish.letters.compose import letters_of, sign_on_of
from lightkeeper.publish.letters.forms import FILES, FORMS
from lightkeeper.publish.pages import Pages, cases_page, country_page
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.text import safe_name
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.views import ask_rows, series_by_topic

Progress = Callable[[str], None]
Made = tuple[str, str | bytes]
FONTS = ("Vazirmatn-NL-Regular.woff2", "Vazirmatn-NL-Bold.woff2", "OFL.txt")
"""Vazirmatn without its Latin letters, under the SIL Open Font License; the text of the licence goes with it."""

_OF_BOTH = (
    "series.html", "incidents/*.html", "embed/*.html", "operators/*.html", "asks/*.html", "charts/*.svg",
    "letter*", "sign-on*", "feeds/*",
)  # fmt: skip
_OURS = (
    *(f"{one.folder}{name}" for one in LANGUAGES.values() for name in _OF_BOTH),
    *(f"{one.folder}index.html" for one in LANGUAGES.values() if not one.is_whole),
    "data/*.csv", "fonts/*",
)  # fmt: skip


def write_site(book: Book, out: Path, *, progress: Progress | None = None) -> list[Path]:
    """Write all files of a case into `out/<case id>/` and return their paths, sorted.

    Pages of an earlier build that no longer belong to the case are removed. `progress` hears what is being made.
    """
    home = out / book.case.id
    written = []
    try:
        for name, content in _made(book, progress or (lambda _: None)):
            written.append(_write(home / name, content))
    except OSError as error:
        raise InputError(f"Cannot write the site: {error.strerror}", remedy="Choose a folder that you may write to.",
                         where=str(error.filename or home)) from error  # fmt: skip
    for pattern in _OURS:
        for stale in set(home.glob(pattern)) - set(written):
            stale.unlink()
    return sorted(written)


def write_index(out: Path) -> Path:
    """Write what stands above the cases whose `ledger.json` lies in a folder of `out`: the list of all, and a page for
    each country, in each language.

    A ledger that cannot be read is listed as such; it does not vanish and does not stop the others.
    """
    ledgers = sorted(out.glob("*/ledger.json"))
    rungs = {path.parent.name: rungs_of(path.with_name("incidents.json")) for path in ledgers}
    pages: list[Made] = []
    for tongue in (Tongue(), Persian()):
        rows = [case_row(path.parent.name, _bytes_of(path), tongue) for path in ledgers]
        pages.append((f"{tongue.folder}index.html", cases_page(rows, tongue)))
        for code in sorted({row.watched.country for row in rows if row.watched}):
            own = [row for row in rows if row.watched and row.watched.country == code]
            pages.append((f"{tongue.folder}countries/{code}.html", country_page(code, own, rungs, tongue)))
    try:
        written = {_write(out / name, content) for name, content in [*pages, *_shared()]}
        for stale in {*out.glob("countries/*.html"), *out.glob("fa/countries/*.html")} - written:
            stale.unlink()
    except OSError as error:
        raise InputError(f"Cannot write the index: {error.strerror}", remedy="Choose a folder that you may write to.",
                         where=str(error.filename or out)) from error  # fmt: skip
    return out / "index.html"


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def _made(book: Book, say: Progress) -> Iterator[Made]:
    yield from _shared()
    everywhere = [(edition, Pages(*edition)) for edition in editions(book)]
    pages = [(edition, each) for edition, each in everywhere if LANGUAGES[edition.tongue.code].is_whole]
    made = [edition for edition, _ in pages]
    say("charts")
    lines, series = timelines(book), case_series(book)
    yield from _charts([*lines, *(f for group in series.values() for f in group)], made)
    say("pages")
    counted = counting(book)
    for edition, each in pages:
        yield f"{edition.tongue.folder}index.html", each.index(lines, series)
        yield f"{edition.tongue.folder}incidents.html", each.incidents()
        yield f"{edition.tongue.folder}sources.html", each.sources()
        yield f"{edition.tongue.folder}law.html", each.law()
        yield f"{edition.tongue.folder}worksheets.html", each.worksheets()
        yield f"{edition.tongue.folder}costs.html", each.costs()
        yield f"{edition.tongue.folder}comparison.html", each.comparison()
        yield f"{edition.tongue.folder}method.html", each.method()
        if book.case.series:
            yield f"{edition.tongue.folder}series.html", each.series(series)
        for figure in (f for group in series.values() for f in group):
            yield f"{edition.tongue.folder}embed/{figure.name}.html", each.embed(figure)
        for operator in edition.book.case.operators:
            yield f"{edition.tongue.folder}operators/{operator.id}.html", each.operator(operator)
        by_topic = series_by_topic(edition.book, series)
        for row in ask_rows(edition.book):
            name = f"{edition.tongue.folder}asks/{row['anchor']}.html"
            yield name, each.ask(row, counted[row["wording"].id], by_topic.get(row["wording"].topic, []))
    yield from _asks_data(book, counted)
    for number, incident in enumerate(book.incidents, start=1):
        say(f"incident {number} of {len(book.incidents)}")
        figures = incident_figures(book, incident)
        yield from _charts(figures, made)
        for edition, each in pages:
            name = f"{edition.tongue.folder}incidents/{safe_name(incident.incident_id)}.html"
            yield name, each.incident(incident, figures)
    for edition, each in everywhere[len(pages) :]:
        yield f"{edition.tongue.folder}index.html", each.answers()
    say("letters")
    yield from _letters(book, everywhere)
    say("data")
    yield "data/incidents.csv", incidents_csv(book.incidents)
    yield "ledger.json", ledger_json(book)
    yield "incidents.json", incidents_json(book)
    yield "sources.json", sources_json(book)
    record = record_of(book)
    for edition in made:
        yield from feed_files(edition)
        language = LANGUAGES[edition.tongue.code]
        yield f"{language.folder}dataset.jsonld", json_ld(record, language)


def _asks_data(book: Book, counted: Mapping[str, Coverage]) -> Iterator[Made]:
    """What stands behind the page of each ask."""
    for row in ask_rows(book):
        wording, name = row["wording"], f"data/ask-{row['anchor']}"
        yield f"{name}.csv", asks_csv([row["whole"], *(cell for _, cell in row["cells"])])
        if tested := ask_coverage(book, wording, counted[wording.id]).tested:
            yield f"{name}-networks.csv", networks_csv(tested)
        if wording.topic == "notice" and (told := disclosures(book.case, book.incidents, book.documents)):
            yield f"{name}-disruptions.csv", disclosures_csv(told)
        if found := bearing(book, wording):
            yield f"{name}-incidents.csv", incidents_csv(found)


def _letters(book: Book, pages: Sequence[tuple[Edition, Pages]]) -> Iterator[Made]:
    """The page of the published letter, and each letter that is made of the case, in each form."""
    by_language = {edition.tongue.code: (edition.tongue.folder, each) for edition, each in pages}
    for edition, each in pages:
        folder = edition.tongue.folder
        is_whole = LANGUAGES[edition.tongue.code].is_whole
        if is_whole and (published := each.letter()) is not None:
            yield f"{folder}letter.html", published
        if (made := sign_on_of(edition)) is not None:
            page, table = made
            yield f"{folder}{page.name}.html", each.letter_text(page, ("pdf", "docx", "csv"))
            yield f"{folder}{page.name}.csv", table
            yield from ((f"{folder}{page.name}.{form}", FORMS[form](page)) for form in ("pdf", "docx"))
    for letter in letters_of(book, [edition for edition, _ in pages]):
        folder, each = by_language[letter.language]
        yield f"{folder}{letter.name}.html", each.letter_text(letter, FILES)
        for form in FILES:
            yield f"{folder}{letter.name}.{form}", FORMS[form](letter)


def _charts(figures: Iterable[Figure], made: Sequence[Edition]) -> Iterator[Made]:
    for figure in figures:
        for edition in made:
            yield f"{edition.tongue.folder}charts/{figure.name}.svg", edition.tongue.drawing(figure.svg)
            if figure.narrow:
                yield f"{edition.tongue.folder}charts/{figure.name}.narrow.svg", edition.tongue.drawing(figure.narrow)
        if figure.rows:
            yield f"data/{figure.name}.csv", series_csv(figure.rows)


def _shared() -> Iterator[tuple[str, bytes]]:
    """The sheet and the letters of Persian, which all pages of a folder use."""
    home = files("lightkeeper.publish")
    yield "style.css", home.joinpath("style.css").read_bytes()
    for name in FONTS:
        yield f"fonts/{name}", home.joinpath("fonts", name).read_bytes()
