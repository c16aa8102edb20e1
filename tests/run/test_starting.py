"""Start a case: what is written can be checked and built as it is, in whatever words a person gives."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightkeeper.errors import InputError
from lightkeeper.run.build import build_case
from lightkeeper.run.gathering import check_room
from lightkeeper.run.law import law_for
from lightkeeper.run.starting import Vote, start_case, zones_of
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case, load_documents, load_outages
from places import ROOT

TODAY = date(2026, 11, 28)
VOTE = Vote("ke", date(2027, 8, 10), "general election", "SYNTHETIC: a notice that nobody published")


def test_a_new_case_is_built_as_it_is_and_every_answer_is_untested(tmp_path: Path) -> None:
    folder = tmp_path / "kenya-2027-election"
    case = start_case(folder, VOTE, TODAY)
    assert (case.id, case.country, case.country_name, case.timezone) == (
        "kenya-2027-election",
        "KE",
        "Kenya",
        "Africa/Nairobi",
    )
    assert [ask.topic for ask in case.asks] == ["platforms", "vpn", "quality", "notice"]
    assert "the people of Kenya" in case.asks[0].wording
    assert (load_documents(folder, case), load_outages(folder, case)) == ([], [])
    check_room(folder, case)
    built = build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))
    assert {ask.answer for ask in built.asks} == {"untested"}
    assert [case.how_to_bring(one) is not None for one in built.missing] == [True] * 4
    for page in (built.folder / "index.html", built.folder / "letter-before.html"):
        assert page.is_file(), sorted(p.name for p in built.folder.iterdir())


def test_the_fact_on_a_treaty_that_the_guide_shows_is_read(tmp_path: Path) -> None:
    case = start_case(tmp_path / "a", VOTE, TODAY)
    unknown = {b.instrument.id: b.binding for b in law_for(case, tmp_path / "a", tmp_path)}
    shown = (ROOT / "docs" / "guide" / "a-new-case.md").read_text(encoding="utf-8").split("    [[ratification]]")[1]
    block = "[[ratification]]" + shown.split("\n\n")[0].replace("\n    ", "\n")
    (tmp_path / "reference" / "ratifications").mkdir(parents=True)
    (tmp_path / "reference" / "ratifications" / "ratifications_ke.toml").write_text(block + "\n", encoding="utf-8")
    known = {b.instrument.id: b.binding for b in law_for(case, tmp_path / "a", tmp_path)}
    assert (unknown["iccpr"], known["iccpr"]) == ("not known", "binds")


def test_series_are_asked_for_with_days_to_learn_from(tmp_path: Path) -> None:
    case = start_case(tmp_path / "a", VOTE, TODAY)
    first, last = case.window_days
    assert {(s.from_day, s.to_day) for s in case.series} == {(first, last)}
    (tor,) = [s.how_to_import or "" for s in case.series if s.reader == "tor"]
    since = date.fromisoformat(tor.split("--since ")[1][:10])
    assert since <= first - timedelta(days=28)
    assert f"--until {last + timedelta(days=1)}" in tor


def test_networks_that_the_reference_knows_become_operators(tmp_path: Path) -> None:
    case = start_case(tmp_path / "a", VOTE._replace(country="IR", day=date(2028, 3, 1)), TODAY)
    mobile = next(o for o in case.operators if 197207 in o.asns)
    assert mobile.kinds == ["mobile"]
    assert mobile.source.title


def test_a_country_of_several_time_zones_wants_one_named(tmp_path: Path) -> None:
    assert len(zones_of("BR")) > 1
    with pytest.raises(InputError, match="time zones") as error:
        start_case(tmp_path / "a", VOTE._replace(country="BR"), TODAY)
    assert "America/Sao_Paulo" in error.value.remedy
    assert not (tmp_path / "a").exists()
    case = start_case(tmp_path / "a", VOTE._replace(country="BR", timezone="America/Sao_Paulo"), TODAY)
    assert case.timezone == "America/Sao_Paulo"


@pytest.mark.parametrize(("name", "country"), [("Kenya 2027", "KE"), ("a", "ZZ"), ("a", "Kenya")])
def test_what_cannot_be_a_case_is_refused_and_nothing_is_written(tmp_path: Path, name: str, country: str) -> None:
    with pytest.raises(InputError):
        start_case(tmp_path / name, VOTE._replace(country=country), TODAY)
    assert not (tmp_path / name).exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something already"):
        start_case(tmp_path / "a", VOTE, TODAY)
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["mine.txt"]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=4, max_size=4))
def test_any_words_come_back_as_they_were_given(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    kind, source, publisher, to = (word.strip() for word in words)
    folder = tmp_path_factory.mktemp("case") / "a"
    start_case(folder, VOTE._replace(kind=kind, source=source, publisher=publisher, addressees=(to,)), TODAY)
    case = load_case(folder)
    assert case.letter is not None
    found = (case.event.kind, case.event.source.title, case.letter.publisher, case.letter.addressees)
    assert found == (kind, source, publisher, [to])
