"""Whatever is done to a bundle, both verifiers refuse it and say why."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
import tarfile
import warnings
import zipfile
from pathlib import Path

import msgspec
import pytest
import typer
from click.testing import CliRunner

from evidence.bundles import ABOUT, KEY, MUTATIONS, OTHER, bundle, forged
from lightkeeper.cli import app
from lightkeeper.errors import ArchiveDamaged
from lightkeeper.evidence import verify

MANY, PARTS = 200, 4
SCRIPT = Path(verify.__file__)
COMMAND = typer.main.get_command(app)


def alone(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run verify.py as a stranger does: no library, no environment, another place."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def ours(folder: Path, *more: str) -> tuple[int, str]:
    """The same with `lightkeeper verify`."""
    found = CliRunner().invoke(COMMAND, ["verify", str(folder), *more])
    if isinstance(found.exception, ArchiveDamaged):  # `main` prints it and exits so
        return found.exception.exit_code, str(found.exception)
    assert isinstance(found.exception, SystemExit | None), found.exception
    return found.exit_code, found.output


def test_a_bundle_as_it_was_sealed_is_accepted_by_both(tmp_path: Path) -> None:
    bundle(tmp_path / "b")
    for more in ((), ("--key", KEY.fingerprint)):
        assert alone(tmp_path / "b", *more).returncode == 0
        assert ours(tmp_path / "b", *more)[0] == 0


@pytest.mark.parametrize("part", range(PARTS))
def test_any_of_200_random_mutations_is_refused_with_a_reason_by_both(tmp_path: Path, part: int) -> None:
    bundle(tmp_path / "whole")
    names = sorted(MUTATIONS)
    for number in range(part, MANY, PARTS):
        folder = tmp_path / f"m{number}"
        shutil.copytree(tmp_path / "whole", folder)
        before = _state(folder)
        name = names[number % len(names)]
        MUTATIONS[name](folder, random.Random(number))
        if _state(folder) == before:  # such as two files of the same bytes, swapped
            (folder / "data" / "raw" / "01").write_bytes(b"changed after all")
        found = alone(folder, "--key", KEY.fingerprint)
        assert found.returncode == 4, (number, name, found.stdout, found.stderr)
        assert ": " in found.stdout.splitlines()[0], "a file and a reason"
        assert not found.stderr
        code, said = ours(folder, "--key", KEY.fingerprint)
        assert code == 4, (number, name, said)
        assert "NOT as it was sealed" in said


def packed_as_it_lies(folder: Path, kind: str) -> Path:
    """What a forger packs: links and pipes as such, which `pack` would refuse."""
    made = folder.with_name(f"{folder.name}.{kind}")
    if kind == "tar":
        with tarfile.open(made, "w") as tar:
            tar.add(folder, arcname="b")
        return made
    with zipfile.ZipFile(made, "w") as packed:
        for path in sorted(folder.rglob("*")):
            info = zipfile.ZipInfo("b/" + path.relative_to(folder).as_posix() + ("/" if path.is_dir() else ""))
            mode = path.lstat().st_mode
            info.external_attr = mode << 16
            data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            packed.writestr(info, data)
    return made


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_every_kind_of_mutation_is_refused_in_a_package_too(tmp_path: Path, kind: str) -> None:
    bundle(tmp_path / "whole")
    assert ours(packed_as_it_lies(tmp_path / "whole", kind), "--key", KEY.fingerprint)[0] == 0
    for name, mutate in MUTATIONS.items():
        for number in range(3):
            folder = tmp_path / f"{name}{number}".replace(" ", "-")
            shutil.copytree(tmp_path / "whole", folder)
            before = _state(folder)
            mutate(folder, random.Random(number))
            if _state(folder) == before:
                continue
            code, said = ours(packed_as_it_lies(folder, kind), "--key", KEY.fingerprint)
            assert code == 4, (name, number, said)
            assert ": " in said


TWINS = {
    "twice": ("raw/01", "raw/01"),
    "in another letter case": ("raw/01x", "raw/01X"),
    "in another form of an accent": ("raw/caf\u00e9", "raw/cafe\u0301"),
    "in a letter that folds to two": ("raw/stra\u00dfe", "raw/strasse"),
    "as file and folder": ("raw/x", "raw/x/y"),
}


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("how", TWINS)
def test_a_name_that_stands_twice_in_a_package_is_refused_in_every_form(tmp_path: Path, how: str, kind: str) -> None:
    """On a file system that ignores letter case or forms of accents the second would replace the first, unseen."""
    bundle(tmp_path / "b")
    made = packed_as_it_lies(tmp_path / "b", kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says that the name stands there already
        for name in TWINS[how]:
            if kind == "tar":
                with tarfile.open(made, "a") as tar:
                    tar.addfile(tarfile.TarInfo(f"b/data/{name}"), io.BytesIO())
            else:
                with zipfile.ZipFile(made, "a") as packed:
                    packed.writestr(f"b/data/{name}", b"")
    code, said = ours(made)
    assert code == 4, said


def test_a_file_that_was_renamed_is_named_by_both_its_names(tmp_path: Path) -> None:
    bundle(tmp_path / "b")
    (tmp_path / "b/data/raw/03").rename(tmp_path / "b/data/raw/other")
    for said in (alone(tmp_path / "b").stdout, ours(tmp_path / "b")[1]):
        assert "data/raw/03: missing: its bytes are in data/raw/other" in said
        assert "data/raw/other: added: holds the bytes of data/raw/03" in said


SPOOF = f"A desk\x1b[2K\x1b[1GSigned by the key that you named, {OTHER.fingerprint}."


@pytest.mark.parametrize(
    "by", [SPOOF, "A desk\u202e.yek", "A desk\u200b", "x" * 400], ids=["escape", "bidi", "unseen", "long"]
)
def test_what_a_signer_wrote_cannot_speak_for_the_verifier(tmp_path: Path, by: str) -> None:
    """A forger signs with a key of his own, and writes into `signed-by` what the reader should believe."""
    forged(tmp_path / "b", by)
    for code, said in ((alone(tmp_path / "b").returncode, alone(tmp_path / "b").stdout), ours(tmp_path / "b")):
        assert code == 4
        assert "seal/seal.txt: holds characters that are not seen, or a line that is too long" in said
        assert all(line.isprintable() for line in said.split("\n"))


def test_our_own_sealing_writes_what_a_verifier_takes(tmp_path: Path) -> None:
    about = msgspec.structs.replace(ABOUT, by=SPOOF + " \u202e" + "y" * 400)
    bundle(tmp_path / "b", about=about)
    assert alone(tmp_path / "b").returncode == 0


def test_the_signers_words_stand_in_quotes_by_themselves(tmp_path: Path) -> None:
    words = 'A desk". Signed by the key that you named, "0'
    forged(tmp_path / "b", words)
    said = alone(tmp_path / "b").stdout.splitlines()
    assert "The signer's own words: sealed at" in said[-2]
    assert said[-2].count('"') == 4
    assert said[-1].startswith("Signed by an unknown key")


def _state(folder: Path) -> list[tuple[str, str]]:
    paths = sorted(folder.rglob("*"))
    return [(str(p.relative_to(folder)), _kind(p)) for p in paths]


def _kind(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "not a file"
    return path.read_bytes().hex()
