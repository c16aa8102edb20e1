"""What of a case's folder is archived and sealed: what a part of it names, and nothing that a link leads to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import CaseError, InputError
from lightkeeper.evidence.keys import make_key
from lightkeeper.run.build import build_case
from lightkeeper.settings import Settings
from lightkeeper.sources.case_contents import contents_of
from lightkeeper.sources.case_files import load_case
from sources.test_case_files import TOML

NAMED = """
[[series]]
reader = "csv"
path = "series/users.csv"
entity = "IR"
title = "Users"
topic = "quality"
from_day = 2021-06-01
to_day = 2021-06-30
lineage = "traffic"
unit = "users"
licence = "CC0-1.0"
source = { title = "A source", read_on = 2026-11-24 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "xx-vote"
    (path / "measurements").mkdir(parents=True)
    (path / "series").mkdir()
    head, _, tail = TOML.partition('country_name = "Iran"\n')
    more = 'measurements = ["measurements/*.jsonl"]\nmeasurements_licence = "CC BY-NC-SA 4.0"\n'
    text = f'{head}country_name = "Iran"\n{more}{tail}{NAMED}'
    (path / "case.toml").write_text(text, encoding="utf-8")
    (path / "measurements/a.jsonl").write_text("", encoding="utf-8")
    (path / "series/users.csv").write_text("series,hour,value\nx,2021-06-01T00:00Z,1\n", encoding="utf-8")
    return path


def names(paths: list[Path], folder: Path) -> list[str]:
    return [p.relative_to(folder).as_posix() for p in paths]


def test_what_no_part_of_a_case_names_is_told_and_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "notes.txt").write_text("who told us", encoding="utf-8")
    (folder / "measurements/a.jsonl.bak").write_text("", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("", encoding="utf-8")
    found = contents_of(folder, load_case(folder))
    assert names(found.named, folder) == ["case.toml", "measurements/a.jsonl", "series/users.csv"]
    assert names(found.others, folder) == [".git/config", "measurements/a.jsonl.bak", "notes.txt"]
    built = build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))
    assert built.left_out == names(found.others, folder)
    archived = {file.url for file in Archive(tmp_path / "data/archive").files()}
    assert archived == {f"cases/xx-vote/{name}" for name in names(found.named, folder)}


@pytest.mark.parametrize(
    "link", ["case.toml", "documents.csv", "measurements/b.jsonl", "series/users.csv", "notes.txt", "series"]
)
def test_no_link_in_a_case_is_followed_wherever_it_stands(folder: Path, tmp_path: Path, link: str) -> None:
    secret = tmp_path / "elsewhere"
    where = folder / link
    if where.is_dir():
        where.rename(secret)
    elif where.exists():
        secret.write_bytes(where.read_bytes())
        where.unlink()
    else:
        secret.write_text("a secret", encoding="utf-8")
    where.symlink_to(secret)
    with pytest.raises(CaseError, match="this is a link") as caught:
        build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))
    assert caught.value.where == str(where)
    assert not (tmp_path / "data").exists()


def test_what_is_neither_file_nor_folder_is_no_part_of_a_case(folder: Path) -> None:
    os.mkfifo(folder / "measurements/pipe.jsonl")
    with pytest.raises(CaseError, match="neither a file nor a folder"):
        load_case(folder)


@pytest.mark.parametrize("name", ["measurements/key.jsonl", "documents.csv"])
def test_a_private_key_that_a_case_names_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    make_key(tmp_path / "keys/seal-key.pem")
    (folder / name).write_bytes(b"\n" + (tmp_path / "keys/seal-key.pem").read_bytes())
    with pytest.raises(InputError, match="private key") as caught:
        contents_of(folder, load_case(folder))
    assert caught.value.where == str(folder / name)


def test_no_private_key_comes_into_the_archive_whoever_names_it(tmp_path: Path) -> None:
    make_key(tmp_path / "keys/seal-key.pem")
    archive = Archive(tmp_path / "archive")
    for name in ("seal-key.pem",):
        with pytest.raises(InputError, match="private key"):
            archive.add_path(tmp_path / "keys" / name, source="case")
    archive.add_path(tmp_path / "keys/public-key.pem", source="case")
    assert [file.url for file in archive.files()] == ["public-key.pem"]


def test_a_measurement_whose_name_is_no_text_is_set_aside_and_the_build_goes_on(folder: Path, tmp_path: Path) -> None:
    (folder / "measurements" / os.fsdecode(b"caf\xe9.jsonl")).write_text("", encoding="utf-8")
    built = build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))
    assert [(a.error, a.remedy) for a in built.set_aside if "UTF-8" in a.error]
    assert built.left_out == ["measurements/caf\\udce9.jsonl"]
