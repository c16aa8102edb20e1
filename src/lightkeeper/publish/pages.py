"""The pages of a case, rendered from the book. Every value is cleaned and escaped on its way into a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from lightkeeper.incidents.ladder import SOURCES
from lightkeeper.ledger.cost import CAVEATS
from lightkeeper.ledger.coverage import Coverage
from lightkeeper.ledger.disclosure import disclosure, disclosures
from lightkeeper.model import Event, Incident
from lightkeeper.model.case import Operator
from lightkeeper.publish import text, words
from lightkeeper.publish.ask_views import (
    ANY_SERVICE,
    answer_counts,
    ask_coverage,
    bearing,
    contrary,
    disagreeing,
    told_counts,
)
from lightkeeper.publish.board import shelves
from lightkeeper.publish.book import Book
from lightkeeper.publish.casesfile import CaseRow
from lightkeeper.publish.cause_views import causes_of, reviews_of
from lightkeeper.publish.charts import size_of
from lightkeeper.publish.comparison import NAMES, comparison
from lightkeeper.publish.editions import languages_of
from lightkeeper.publish.figures import Figure, numbered
from lightkeeper.publish.languages import LANGUAGES, WHOLE
from lightkeeper.publish.law_views import BINDINGS, COVENANT, adopted_later, law_groups, law_lead, since_words, standing
from lightkeeper.publish.letter import binding, letter_data, span_of_days, translation_words
from lightkeeper.publish.letters.as_html import html_blocks, plain
from lightkeeper.publish.letters.blocks import WHENS, Letter
from lightkeeper.publish.letters.forms import FILES
from lightkeeper.publish.links import Link, Links, anchor
from lightkeeper.publish.tongue import Tongue
from lightkeeper.publish.views import (
    absent_series,
    ask_rows,
    case_notes,
    datasets,
    disclosure_view,
    event_view,
    found_views,
    in_order,
    incident_view,
    lead_views,
    measurement_views,
    member_views,
    series_by_topic,
    state_counts,
)
from lightkeeper.sources.as_numbers import carried

Feeds = Sequence[tuple[str, str]]
"""Feeds by the name of their files, each with what it is about."""
Rungs = Sequence[tuple[str, int]] | None
"""Incidents on each rung; none where they could not be read."""
_IN_ALL = {"index.html", *(f"letter-{when}.html" for when in WHENS), "sign-on.html"}
"""Pages of a case that are written in all its languages."""
INDEX_LIMIT = 60_000
MOST_MEASUREMENTS = 1000
MOST_TESTED = 200
SHORTER = ((40, 12, 6, 6), (30, 8, 4, 4), (20, 5, 3, 3), (10, 3, 2, 2), (0, 0, 0, 1))
"""Rows of window incidents, of others, links of evidence and charts on the first page: tried until it is small
enough."""


class _Compiled(BytecodeCache):
    """Templates that this process has compiled, for all languages: to compile them takes as long as to fill them."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(tongue: Tongue) -> Environment:
    """Jinja with escaping for everything, nothing undefined passed over in silence, and the words of one language."""
    env = Environment(
        loader=PackageLoader("lightkeeper.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    env.globals["gettext"] = tongue.markup
    env.filters |= {"f": tongue.outside, "cut": text.one_line, "day": tongue.day, "hour": tongue.hour}
    env.filters |= {"s": text.sentence, "listed": tongue.listed, "id": tongue.latin, "n": tongue.number}
    env.filters |= {"tell": tongue.tell, "plain": tongue.tell_plain, "code": tongue.tell_code, "term": tongue.term}
    env.filters |= {"named": tongue.named, "cell": tongue.cell, "source_name": lambda key: SOURCES.get(key, key)}
    env.filters |= {"size": partial(_size, tongue)}
    env.globals |= {"words": words, "anchor": anchor, "safe_url": text.safe_url, "safe_name": text.safe_name}
    env.globals |= {"counted": tongue.counted, "host_of": text.host_of, "public_place": text.public_place}
    env.globals |= {"tongue": tongue, "binding": binding, "span_of_days": span_of_days, "lineage": words.lineage}
    return env


def _size(tongue: Tongue, svg: str, prefix: str = "") -> Markup:
    """The attributes that hold the place of a chart, as it is drawn in this language, until it is loaded."""
    first_tag = svg[: svg.index(">") + 1]
    width, height = size_of(tongue.drawing(first_tag))
    return Markup('{p}width="{}" {p}height="{}"').format(width, height, p=prefix)


class Pages:
    """Renders each page of one book in one language."""

    def __init__(self, book: Book, tongue: Tongue, is_untranslated: bool = False) -> None:
        self._book = book
        self._tongue = tongue
        self._is_untranslated = is_untranslated
        self._languages = languages_of(book)
        self._env = environment(tongue)
        self._links = Links(book, tongue)
        self._notes = case_notes(book.case, tongue)
        self._numbers = {i.incident_id: n for n, i in numbered(book.incidents)}

    def index(self, timelines: Sequence[Figure], series: dict[int, list[Figure]]) -> str:
        """The first page, with as many rows as fit into `INDEX_LIMIT` bytes. What is left out is counted and linked."""
        page = ""
        for window, others, evidence, charts in SHORTER:
            page = self._render(
                "index.html",
                "",
                "index.html",
                [(text.safe_name(f"ask-{a.id}"), f"{a.id}. {a.short}") for a in self._book.case.asks],
                timelines=timelines,
                series=series_by_topic(self._book, series),
                absent=absent_series(self._book),
                untranslated=self._is_untranslated,
                translation=translation_words(self._book, self._tongue) if self._book.case.letter else None,
                datasets=datasets(self._book),
                states=self._states(),
                inside=self._inside(),
                beyond=self._nearest(others),
                beyond_count=sum(not i.in_window for i in self._book.incidents),
                most={"window": window, "evidence": evidence, "charts": charts},
            )
            if len(page.encode()) <= INDEX_LIMIT * self._tongue.weight:
                break
        return page

    def answers(self) -> str:
        """The page of answers and letters, in a language in which no other page is written."""
        translation = translation_words(self._book, self._tongue) if self._book.case.letter else None
        inside = [{"row": i, "href": v["href"], "number": v["number"], "when": v["when"], "kind": v["kind"]}
                  for _, i in numbered(self._book.incidents) for v in [self._view(i)]]  # fmt: skip
        whens = [(when, words.WHENS[when]) for when in WHENS]
        return self._render(
            "answers.html", "", "index.html", untranslated=self._is_untranslated, translation=translation,
            inside=inside, whens=whens, kinds=FILES,
        )  # fmt: skip

    def series(self, series: dict[int, list[Figure]]) -> str:
        """All charts of series with the numbers behind them, and the events that were found in them."""
        groups = [
            {"number": number, "wanted": wanted, "figures": series.get(number, [])}
            for number, wanted in enumerate(self._book.case.series, start=1)
        ]
        events = found_views(self._book, self._tongue)
        return self._render("series.html", "", "series.html", groups=groups, events=events)

    def incidents(self) -> str:
        """All incidents in one list."""
        rows = [self._view(i) for i in in_order(self._book.incidents)]
        return self._render("incidents.html", "", "incidents.html", rows=rows)

    def incident(self, incident: Incident, figures: Sequence[Figure]) -> str:
        """One incident with all that is known of it."""
        documents = [d for d in self._book.documents if d.document_id in incident.documents]
        found = [e for e in self._book.events if e.event_id in incident.events]
        events = [self._event(e) for e in found]
        it = self._view(incident)
        members, stayed = member_views(self._book, incident, self._tongue)
        return self._render(
            "incident.html", "../", it["href"], it=it, documents=documents, events=events, figures=figures,
            members=members, stayed=stayed, causes=causes_of(self._book, incident, self._tongue),
            leads=lead_views(self._book, found, self._tongue),
            reviews=reviews_of(self._book, incident, self._tongue), has=self._has(incident),
            said=disclosure_view(disclosure(self._book.case, incident, self._book.documents), self._tongue),
        )  # fmt: skip

    def operator(self, operator: Operator) -> str:
        """One operator: its answers to each ask, its networks, its incidents."""
        rows = [
            {"wording": row["wording"], "answer": cell}
            for row in ask_rows(self._book)
            for o, cell in row["cells"]
            if o.id == operator.id
        ]
        mine = [self._view(i) for i in in_order(self._book.incidents) if operator.id in i.operators]
        counts = state_counts(self._book, operator)
        here = f"operators/{operator.id}.html"
        feeds = [(text.safe_name(f"operator-{operator.id}"), operator.name)]
        return self._render(
            "operator.html", "../", here, feeds, operator=operator, rows=rows, incidents=mine, counts=counts
        )

    def ask(self, row: dict[str, Any], counted: Coverage, charts: Sequence[Figure]) -> str:
        """One ask: why its answer is what it is, operator by operator, with what speaks against and the data."""
        wording, anchor_ = row["wording"], row["anchor"]
        covered, found = ask_coverage(self._book, wording, counted), bearing(self._book, wording)
        is_notice = wording.topic == "notice"
        rows = [(o.name, cell, f"operators/{o.id}.html#{anchor_}", f"operator-{o.id}") for o, cell in row["cells"]]
        downloads = [(f"ask-{anchor_}", self._tongue.word("the answers (CSV)"))]
        if covered.tested:
            downloads += [(f"ask-{anchor_}-networks", self._tongue.word("the days by service and network (CSV)"))]
        told = disclosures(self._book.case, self._book.incidents, self._book.documents) if is_notice else []
        if told:
            downloads += [(f"ask-{anchor_}-disruptions", self._tongue.word("what was said of each disruption (CSV)"))]
        if found:
            downloads += [(f"ask-{anchor_}-incidents", self._tongue.word("the incidents (CSV)"))]
        translation = translation_words(self._book, self._tongue) if self._book.case.letter else None
        feeds = [(text.safe_name(f"ask-{wording.id}"), f"{wording.id}. {wording.short}")]
        return self._render(
            "ask.html", "../", f"asks/{anchor_}.html", feeds, row=row, rows=rows, counts=answer_counts(row),
            is_measured=not is_notice, covered=covered, most=MOST_TESTED, any_service=ANY_SERVICE, charts=charts,
            downloads=downloads, translation=translation,
            incidents=[self._view(i) for i in found], against=[self._view(i) for i in contrary(found)],
            disagreeing=disagreeing(covered), told=told_counts(told),
            disclosed_rows=[disclosure_view(d, self._tongue) for d in told],
        )  # fmt: skip

    def sources(self) -> str:
        """Every row behind the pages, each with an anchor."""
        tested = measurement_views(self._book)
        events = sorted(self._book.events, key=lambda e: (e.onset_earliest, e.event_id))
        return self._render(
            "sources.html",
            "",
            "sources.html",
            events=[self._event(e) for e in events],
            documents=sorted(self._book.documents, key=lambda d: d.document_id),
            files=sorted(self._book.files, key=lambda f: (f.source, f.url, f.sha256)),
            tested=tested[:MOST_MEASUREMENTS],
            tested_count=len(tested),
            numbers=self._book.as_numbers or carried(),
            recorded_missing=[r.how_to_import for r in self._book.recorded_missing],
        )

    def law(self) -> str:
        """The instruments of law that bind this state on the day, and those that do not."""
        say = self._tongue
        return self._render(
            "law.html", "", "law.html", groups=law_groups(self._book), lead=law_lead(self._book, say),
            later=adopted_later(self._book), bindings={k: say.word(m) for k, m in BINDINGS.items()},
            since=lambda bound: since_words(bound, say), standing=standing,
        )  # fmt: skip

    def worksheets(self) -> str:
        """For each incident of the window the questions that a limit of a right must stand, to be printed."""
        binds = any(b.instrument.id == COVENANT and b.binding == "binds" for b in self._book.law)
        parts = {k: self._tongue.word(m) for k, m in words.PARTS.items()}
        return self._render(
            "worksheets.html", "", "worksheets.html", sheets=self._book.worksheets, parts=parts, covenant_binds=binds
        )

    def costs(self) -> str:
        """What published methods say of the cost of each confirmed incident, side by side, or that nothing can be."""
        return self._render(
            "costs.html", "", "costs.html", costs=self._book.costs, caveats=CAVEATS, dollars=self._dollars
        )

    def comparison(self) -> str:
        """The same measures in equal windows before, during and after."""
        names = [self._tongue.word(name) for name in NAMES]
        return self._render("comparison.html", "", "comparison.html", c=comparison(self._book), names=names)

    def method(self) -> str:
        """How the pages come to an answer, with the rules that judged."""
        return self._render("method.html", "", "method.html")

    def embed(self, figure: Figure) -> str:
        """One chart alone, for a frame on somebody else's page, with the way back."""
        return self._render("embed.html", "../", f"embed/{figure.name}.html", it=figure)

    def letter(self) -> str | None:
        """The letter that was published, and where the new ones are. None where the case has no letter."""
        data = letter_data(self._book, self._tongue, self._notes)
        whens = [(when, words.WHENS[when]) for when in WHENS]
        return self._render("letter.html", "", "letter.html", d=data, whens=whens, kinds=FILES) if data else None

    def letter_text(self, letter: Letter, kinds: Sequence[str]) -> str:
        """One of the letters that are made of the case, as a page with links to its other forms."""
        body, title = html_blocks(letter, with_pages=True), plain(letter.title.spans)
        return self._render(
            "letter_text.html", "", f"{letter.name}.html", letter=letter, body=body, title=title, kinds=kinds,
            all_letters="letter.html" if self._is_whole else "index.html#letters",
        )  # fmt: skip

    def _render(self, template: str, up: str, here: str, feeds: Feeds = (), **context: Any) -> str:
        """A page. `up` leads to the top of its language, `top` to that of the case; `here` is its place in both.

        `feeds` are those that speak of the page's own matter, beside that of the country.
        """

        def to(row_id: str) -> Link:
            return self._links.to(row_id, up)

        top = up + ("../" if self._tongue.folder else "")
        fixed = {"book": self._book, "case": self._book.case, "asks": ask_rows(self._book), "notes": self._notes}
        places = {"up": up, "top": top, "here": here, "home": top + "../" + self._tongue.folder, "to": to}
        tongues = WHOLE if here not in _IN_ALL else self._languages
        offered = {"feeds": [("country", self._book.case.country_name), *feeds], "whole": WHOLE}
        return self._env.get_template(template).render(**fixed, **places, **offered, tongues=tongues, **context)

    @property
    def _is_whole(self) -> bool:
        return LANGUAGES[self._tongue.code].is_whole

    def _view(self, incident: Incident) -> dict[str, Any]:
        return incident_view(self._book.case, incident, self._tongue, self._numbers.get(incident.incident_id))

    def _has(self, incident: Incident) -> dict[str, bool]:
        """Which other pages speak of an incident."""
        name = incident.incident_id
        return {
            "worksheet": any(w.incident_id == name for w in self._book.worksheets),
            "cost": any(c.incident_id == name for c in self._book.costs),
        }

    def _dollars(self, amount: float) -> str:
        """An amount to two digits: more would say more than an estimate knows."""
        return self._tongue.number(float(f"{amount:.2g}"), ",.0f")

    def _event(self, event: Event) -> dict[str, Any]:
        return event_view(self._book.case, event, self._tongue)

    def _inside(self) -> list[dict[str, Any]]:
        return [self._view(i) for _, i in numbered(self._book.incidents)]

    def _nearest(self, most: int) -> list[dict[str, Any]]:
        """The incidents outside the window that began nearest to the marked day, in order of time."""
        vote = self._book.case.midnight(self._book.case.event.day)
        outside = [i for i in in_order(self._book.incidents) if not i.in_window]
        near = sorted(outside, key=lambda i: abs(i.onset_earliest - vote))[:most]
        return [self._view(i) for i in in_order(near)]

    def _states(self) -> dict[str, int]:
        states = [v.state for v in self._book.whole_verdicts()]
        return {name: states.count(name) for name in words.STATES}


def cases_page(rows: Sequence[CaseRow], tongue: Tongue, now: datetime | None = None) -> str:
    """The list of all cases built in a folder; with `now` as a board that says how far each day is."""
    return _above(tongue, "index.html", "cases.html", shelves=shelves(rows, tongue, now), is_live=now is not None)


def country_page(code: str, rows: Sequence[CaseRow], rungs: Mapping[str, Rungs], tongue: Tongue) -> str:
    """All cases of one country, with what became of each ask and the incidents on record. `rungs` is by folder."""
    (shelf,) = shelves(rows, tongue, None)
    here = f"countries/{code}.html"
    return _above(tongue, here, "country.html", code=code, places=shelf.places, rungs=rungs)


def _above(tongue: Tongue, here: str, template: str, **context: Any) -> str:
    """A page that stands above those of the cases."""
    up = "../" * here.count("/")
    top = up + ("../" if tongue.folder else "")
    places = {"up": up, "top": top, "here": here, "home": up}
    return environment(tongue).get_template(template).render(**places, tongues=WHOLE, **context)


def _finalize(value: Any) -> Any:
    """Text is cleaned before it is escaped. What a template or a filter has already escaped stays as it is."""
    return text.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
