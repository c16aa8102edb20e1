"""Tables of AS numbers in the data folder, and the command that makes them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app
from lightkeeper.errors import InputError
from lightkeeper.run.as_numbers import FOLDER, listing, make, newest
from lightkeeper.sources.as_numbers import carried

NEWER = "2|ripencc|1|1|19830705|20270101|+0000\nripencc|IR|asn|216999|1|20261201|allocated|x\n"
OLDER = "2|ripencc|1|1|19830705|20200101|+0000\nripencc|IR|asn|12880|1|20000101|allocated|x\n"


def made(tmp_path: Path, text: str) -> str:
    (tmp_path / "ripe").write_text(text)
    table, path, _ = make([tmp_path / "ripe"], tmp_path, origin="RIPE NCC", licence="free to use")
    assert path == tmp_path / FOLDER / f"{table.name}.txt.gz"
    return table.name


def test_what_a_person_brings_is_added_to_what_the_program_has(tmp_path: Path) -> None:
    """A file of one registry has one part of the world: it must not silence the rest."""
    assert newest(tmp_path) is carried()
    name = made(tmp_path, OLDER)
    assert newest(tmp_path).name == name
    assert newest(tmp_path).standing(12880, "IR", date(1999, 12, 31)) == "later", "the registry tells the day"
    assert newest(tmp_path).standing(33771, "KE", date(2024, 11, 7)) == "home", "that is the carried table's"
    name = made(tmp_path, NEWER)
    assert newest(tmp_path).name == name
    assert newest(tmp_path).standing(216999, "IR", date(2026, 12, 2)) == "home"
    assert carried().standing(216999, "IR", date(2026, 12, 2)) == "unknown"
    assert "CC BY 4.0" in newest(tmp_path).about.licence


def test_a_table_that_is_older_than_the_carried_one_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "ripe").write_text(OLDER)
    table, path, _ = make([tmp_path / "ripe"], tmp_path / "alone.txt.gz", origin="RIPE NCC", licence="free to use")
    (tmp_path / FOLDER).mkdir(parents=True)
    path.rename(tmp_path / FOLDER / f"{table.name}.txt.gz")
    assert newest(tmp_path) is carried()


def test_the_same_files_make_the_same_table(tmp_path: Path) -> None:
    assert made(tmp_path, NEWER) == made(tmp_path, NEWER)
    assert len(list(listing(tmp_path))) == 1


def test_a_table_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    name = made(tmp_path, NEWER)
    other = made(tmp_path, OLDER)
    (tmp_path / FOLDER / f"{name}.txt.gz").chmod(0o644)
    (tmp_path / FOLDER / f"{name}.txt.gz").write_bytes((tmp_path / FOLDER / f"{other}.txt.gz").read_bytes())
    with pytest.raises(InputError, match="not what its name says"):
        newest(tmp_path)


def test_the_command_makes_a_table_and_the_list_names_it(tmp_path: Path) -> None:
    (tmp_path / "ripe").write_text(NEWER + "ripencc|IR|asn|x|1|20261201|allocated|x\n")
    run = CliRunner()
    said = run.invoke(app, ["reference", "as-numbers", str(tmp_path / "ripe"), "--data", str(tmp_path)])
    assert said.exit_code == 3, said.output
    name = newest(tmp_path).name
    assert name in said.output
    listed = run.invoke(app, ["reference", "list", "--json", "--data", str(tmp_path)])
    assert set(json.loads(listed.output)["as_numbers"]) == {name, carried().name}
