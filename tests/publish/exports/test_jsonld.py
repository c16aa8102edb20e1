"""JSON-LD."""

from __future__ import annotations

import json
from pathlib import Path

from lxml import html

from lightkeeper.publish.exports.jsonld import json_ld
from lightkeeper.publish.languages import ENGLISH, PERSIAN
from publish.exports.export_rows import hostile, persian, record


def test_the_data_set_names_its_time_place_and_incidents() -> None:
    data = json.loads(json_ld(record()))
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Dataset")
    assert data["spatialCoverage"]["identifier"] == "XA"
    assert len(data["about"]) == len(record().incidents)
    assert data["citation"][0]["url"] == "https://example.org/statement"


def test_an_incident_without_an_end_has_none() -> None:
    whole = record()
    (open_one,) = [i for i in whole.incidents if i.end_latest is None]
    events = {e["identifier"]: e for e in json.loads(json_ld(whole))["about"]}
    assert "endDate" not in events[open_one.incident_id]


def test_in_persian_it_says_so_and_names_all_in_persian_under_the_same_ids() -> None:
    english, told = (json.loads(json_ld(persian(), one)) for one in (ENGLISH, PERSIAN))
    assert (english["inLanguage"], told["inLanguage"]) == ("en", "fa")
    assert (told["name"], told["description"]) == ("پروندهٔ ساختگی", "ساختگی است.")
    assert told["spatialCoverage"] == {"@type": "Country", "name": "آرکادیا", "identifier": "XA"}
    for one, other in zip(english["about"], told["about"], strict=True):
        same = ("@id", "identifier", "startDate", "keywords")
        assert [one[k] for k in same] == [other[k] for k in same]
    rungs = {"signal": "نشانه", "confirmed": "تأییدشده", "disputed": "اختلافی"}
    for incident, event in zip(sorted(persian().incidents, key=lambda i: i.incident_id), told["about"], strict=True):
        if incident.rung in rungs:
            assert event["description"].startswith(f"{rungs[incident.rung]}: ")
    for name in ("@id", "temporalCoverage", "dateModified"):
        assert english[name] == told[name]


def test_each_page_leads_to_the_data_set_in_both_languages(built: Path) -> None:
    for page in [*built.glob("*.html"), *built.glob("fa/*.html"), *built.glob("fa/incidents/*.html")]:
        links = html.parse(page).getroot().findall(".//link[@type='application/ld+json']")
        assert {k.get("hreflang") for k in links} == {"en", "fa"}
        for link in links:
            data = json.loads((page.parent / (link.get("href") or "")).resolve().read_bytes())
            assert data["inLanguage"] == link.get("hreflang")


def test_a_hostile_address_is_left_out() -> None:
    assert "javascript:" not in json_ld(hostile())
