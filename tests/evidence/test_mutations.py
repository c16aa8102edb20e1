"""Whatever is done to a bundle, both verifiers refuse it and say why."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from click.testing import CliRunner

from evidence.bundles import KEY, MUTATIONS, bundle
from lightkeeper.cli import app
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


def _state(folder: Path) -> list[tuple[str, str]]:
    paths = sorted(folder.rglob("*"))
    return [(str(p.relative_to(folder)), _kind(p)) for p in paths]


def _kind(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "not a file"
    return path.read_bytes().hex()
