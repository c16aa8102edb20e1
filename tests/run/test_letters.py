"""Letters as files, and the signatures that make them no drafts any more."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from typer.main import get_command

from lightkeeper.cli import app
from lightkeeper.errors import InputError
from lightkeeper.evidence.redact import NAME
from lightkeeper.run.letters import Wish, letter_text, sign_letter, write_letters
from lightkeeper.run.sealing import Wish as SealWish
from lightkeeper.run.sealing import seal_case
from lightkeeper.settings import Settings
from places import ROOT
from run.sealed_case import settings_in

CASE = "uganda-2021-election"
AFTER = Wish(whens=["after"], forms=["txt"], languages=["en"])


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "cases" / CASE, tmp_path / CASE))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(get_command(app), list(arguments))


def test_all_letters_are_written_in_all_forms_and_languages(case: Path, settings: Settings, tmp_path: Path) -> None:
    made = write_letters(case, tmp_path / "letters", settings, Wish())
    assert len(made) == 3 * 5 * 2 == len(list((tmp_path / "letters").iterdir()))
    assert (tmp_path / "letters" / f"{CASE}-letter-during.fa.docx").read_bytes()[:2] == b"PK"
    assert all(one.draft for one in made)


def test_two_people_sign_a_letter_and_a_change_of_the_record_undoes_it(case: Path, settings: Settings) -> None:
    assert "Draft: not signed" in letter_text(case, settings, AFTER).decode()
    assert sign_letter(case, settings, "after", by="A. Reviewer").people == 1
    with pytest.raises(InputError, match="already"):
        sign_letter(case, settings, "after", by="reviewer a")
    assert sign_letter(case, settings, "after", by="B. Reader").people == 2
    said = letter_text(case, settings, AFTER).decode()
    assert "Draft" not in said
    assert "Released by A. Reviewer," in said
    (case / "case.fa.toml").unlink()  # its words may not speak of a document that is gone
    assert "Draft" not in letter_text(case, settings, AFTER).decode()
    rows = (case / "documents.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (case / "documents.csv").write_text("".join(r for r in rows if not r.startswith("opondo-")), encoding="utf-8")
    assert "Draft: not signed" in letter_text(case, settings, AFTER).decode()


def test_a_signature_can_be_taken_back_by_who_gave_it(case: Path, settings: Settings) -> None:
    with pytest.raises(InputError, match="has not signed"):
        sign_letter(case, settings, "after", by="A. Reviewer", withdraw=True)
    sign_letter(case, settings, "after", by="A. Reviewer")
    assert sign_letter(case, settings, "after", by="A. Reviewer", withdraw=True).people == 0
    verbs = [json.loads(line)["verb"] for line in (case / "reviews.jsonl").read_text().splitlines()]
    assert verbs == ["sign", "unsign"], "nothing is deleted"


def test_a_signature_changes_no_incident_and_no_answer(case: Path, settings: Settings, tmp_path: Path) -> None:
    run("case", "build", str(case), "--out", str(tmp_path / "one"), "--data", str(settings.data_dir))
    sign_letter(case, settings, "before", by="A. Reviewer")
    run("case", "build", str(case), "--out", str(tmp_path / "two"), "--data", str(settings.data_dir))
    for name in ("ledger.json", "incidents.json"):
        one, two = (json.loads((tmp_path / n / CASE / name).read_text()) for n in ("one", "two"))
        for told in (one, two):
            told.pop("built_from", None)
        assert one == two


def test_the_letter_during_stands_as_of_the_day_that_is_named(case: Path, settings: Settings) -> None:
    said = letter_text(case, settings, Wish(whens=["during"], forms=["md"], languages=["en"], as_of=date(2021, 1, 12)))
    assert "to the end of 12 January 2021" in said.decode()
    assert "Internet outage, nationwide" not in said.decode()
    with pytest.raises(InputError, match="before the days that are watched"):
        letter_text(case, settings, Wish(whens=["during"], forms=["md"], languages=["en"], as_of=date(2020, 1, 1)))


def test_a_wish_that_cannot_be_says_what_can(case: Path, settings: Settings) -> None:
    for wish in (Wish(whens=["afterwards"]), Wish(forms=["doc"]), Wish(languages=["de"])):
        with pytest.raises(InputError, match="of a letter"):
            write_letters(case, case / "out", settings, wish)


def test_names_of_those_who_sign_letters_and_acts_are_not_in_the_redacted_twin(case: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    sign_letter(case, settings, "after", by="Zohreh Q. Madeupname")
    sign_letter(case, settings, "after", by="Bahram R. Invented")
    _, twin = seal_case(case, tmp_path / "sealed", settings, SealWish(redact=True, show=["Bahram R. Invented"]))
    held = [p for p in twin.folder.rglob("*") if p.is_file() and b"Madeupname" in p.read_bytes()]
    assert held == []
    page = twin.folder / "data" / "pages" / "letter-after.txt"
    assert NAME in page.read_text()
    assert "Bahram R. Invented" in page.read_text()


def test_the_command_writes_prints_and_signs(case: Path, tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    made = run(
        "letter", str(case), "--when", "before", "--format", "pdf", "--lang", "fa", "--out", str(tmp_path), *data
    )
    assert made.exit_code == 0, made.output
    assert (tmp_path / f"{CASE}-letter-before.fa.pdf").read_bytes().startswith(b"%PDF")
    assert "Drafts, until two people sign: letter-before" in made.output
    printed = run("letter", str(case), "--when", "before", "--format", "txt", "--lang", "en", "--out", "-", *data)
    assert "Uganda is bound by:" in printed.stdout
    signed = run("letter-sign", str(case), "--when", "before", "--by", "A. Reviewer", *data)
    assert signed.exit_code == 0, signed.output
    assert "1 more must sign" in signed.stdout
