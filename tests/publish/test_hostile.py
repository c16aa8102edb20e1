"""Anyone can upload a measurement or write a title. Nothing of it may run, or turn the words around it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from lxml import etree, html

from lightkeeper.publish.site import write_index, write_site
from publish.synthetic_kit import case, synthetic_book, tor_rows

SCRIPT = "<script>alert(1)</script>"
BAD = f"{SCRIPT}\"'><img src=x onerror=alert(2)>\u202egpj\x00{{{{7*7}}}}"
JS = "javascript:alert(3)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of which every text from outside is hostile."""
    out = tmp_path_factory.mktemp("hostile")
    source = {"title": BAD, "read_on": "2031-01-01", "note": BAD}
    operator = {"id": "alpha", "name": BAD, "kinds": ["mobile"], "asns": [4100000001], "source": source, "note": BAD}
    evil = case(operators=[operator], title=BAD, summary=BAD, country_name=BAD)
    book = synthetic_book(case=evil, headline=BAD, ruleset=BAD)
    changed = {
        "documents": [
            msgspec.structs.replace(d, title=BAD, publisher=BAD, claim=BAD, url=JS, kind=BAD, flags=[BAD])
            for d in book.documents
        ],
        "events": [msgspec.structs.replace(e, note=BAD, url=JS, entity=BAD, source=BAD, kind=BAD) for e in book.events],
        "incidents": [
            msgspec.structs.replace(
                i, title=BAD, rung_reason=BAD, causes_claimed=[BAD], scopes=[BAD], kind=BAD if n == 3 else i.kind,
                services=[BAD], contrary=[BAD], incident_id=f"{BAD}-{n}",
            )
            for n, i in enumerate(book.incidents)
        ],
        "asks": [
            msgspec.structs.replace(a, reasons=[BAD], missing=[BAD], coverage=BAD, evidence=[BAD]) for a in book.asks
        ],
        "measurements": [
            msgspec.structs.replace(m, input=BAD, target=BAD, measurement_id=BAD, test_name=BAD)
            for m in book.measurements
        ],
        "verdicts": [
            msgspec.structs.replace(v, measurement_id=BAD, reasons=[BAD], mechanism=BAD, validity=BAD)
            for v in book.verdicts
        ],
        "observations": [
            msgspec.structs.replace(o, measurement_id=BAD, http_title=BAD) for o in book.observations
        ],
        "signals": {BAD: [msgspec.structs.replace(r, series=BAD, unit=BAD, metric=BAD) for r in tor_rows()]},
        "files": [msgspec.structs.replace(f, url=JS, licence=BAD, source=BAD) for f in book.files],
        "set_aside": [{"file": f"/home/someone/{SCRIPT}", "line": 1, "error": BAD, "remedy": BAD}],
    }  # fmt: skip
    write_site(replace(book, **changed), out)
    write_index(out)
    return out


def test_no_page_has_a_script_a_handler_or_a_javascript_link(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for path in pages:
        page = html.fromstring(path.read_text(encoding="utf-8"))
        assert not list(page.iter("script")), path
        assert not [i for i in page.iter("img") if not i.get("src", "").startswith(("charts/", "../charts/"))], path
        for element in page.iter():
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), (path, name)
                if name in {"href", "src"}:
                    assert not re.match(r"(?i)\s*(javascript|data|vbscript):", value), (path, value)


def test_the_text_still_stands_there_as_text(site: Path) -> None:
    home = site / "synthetic-2031"
    for name in (
        "index.html",
        "sources.html",
        "letter.html",
        "letter-after.html",
        "operators/alpha.html",
        "incidents.html",
    ):
        raw = (home / name).read_text(encoding="utf-8")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in raw, name
        assert SCRIPT in html.fromstring(raw).text_content(), name
    sources = html.fromstring((home / "sources.html").read_text(encoding="utf-8"))
    (measured,) = sources.xpath("//tr[starts-with(@id, 'measurement-')]")
    assert f"Page shown: “{SCRIPT}" in measured.text_content()


def test_words_that_look_like_a_template_are_not_run(site: Path) -> None:
    for path in site.rglob("*.html"):
        if "{{7*7}}" in path.read_text(encoding="utf-8"):
            return
    raise AssertionError("the text is gone")


def test_bidi_overrides_and_control_characters_reach_no_file(site: Path) -> None:
    for path in site.rglob("*"):
        if path.suffix in {".html", ".svg", ".json", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert "\u202e" not in text, path
            assert "\x00" not in text, path
            assert "\\u202e" not in text, path


def test_no_chart_has_a_script_a_handler_or_a_link(site: Path) -> None:
    charts = list(site.rglob("*.svg"))
    assert charts
    for path in charts:
        for element in etree.fromstring(path.read_bytes()).iter():
            assert etree.QName(element).localname not in {"script", "a", "foreignObject", "image", "use"}, path
            assert not [n for n in element.attrib if n.lower().startswith("on") or n.endswith("href")], path
    assert any(SCRIPT in "".join(etree.fromstring(p.read_bytes()).itertext()) for p in charts)


def test_the_json_holds_the_text_and_not_the_folder_of_a_machine(site: Path) -> None:
    raw = (site / "synthetic-2031" / "sources.json").read_text(encoding="utf-8")
    assert json.loads(raw)["documents"][0]["title"].startswith(SCRIPT)
    assert "/home/someone" not in raw
    assert "/home/someone" not in (site / "synthetic-2031" / "sources.html").read_text(encoding="utf-8")


def test_no_page_is_written_outside_its_folder(tmp_path: Path) -> None:
    book = synthetic_book()
    astray = [msgspec.structs.replace(book.incidents[0], incident_id="../../../astray")]
    out = tmp_path / "deep" / "out"
    write_site(replace(book, incidents=astray), out)
    assert not list(tmp_path.rglob("astray.html"))
    assert len(list((out / "synthetic-2031" / "incidents").glob("*astray*"))) == 1


def test_a_ledger_that_lies_about_its_answer_cannot_break_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    event = {"name": BAD, "day": "2031-03-14", "watch_days_before": 30, "watch_days_after": 14}
    about = {"country": "XA", "country_name": BAD, "timezone": "UTC", "event": event}
    ledger = {
        "headline": BAD, "case": {"title": BAD, "asks": [{"id": BAD, "short": BAD}], **about},
        "asks": [{"ask_id": BAD, "operator": None, "answer": BAD}],
    }  # fmt: skip
    (folder / "ledger.json").write_text(json.dumps(ledger))
    index = write_index(tmp_path)
    for path in (index, tmp_path / "countries" / "XA.html", tmp_path / "fa" / "countries" / "XA.html"):
        page = html.parse(io.BytesIO(path.read_bytes()))
        assert not list(page.iter("script"))
        assert not page.xpath("//@onerror")
