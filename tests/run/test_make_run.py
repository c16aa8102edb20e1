"""`make run`, as a person runs it: cases, letter, feeds and a sealed bundle that no change leaves sound."""

from __future__ import annotations

import importlib.util
import os
import random
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.bundles import MUTATIONS, OTHER
from places import ROOT

MANY = 200
CASE = "iran-2021-election"


def make_run(folder: Path) -> str:
    """The Makefile's own commands in a copy of it, with the program that is being tested and nothing installed."""
    environment = os.environ | {
        "LIGHTKEEPER_DATA_DIR": "data",
        "COLUMNS": "200",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    call = ["make", "-o", f"{sys.prefix}/.installed", f"VENV={sys.prefix}", f"CASES=cases/{CASE}", "run"]
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verifier_in(bundle: Path) -> Any:
    """The verify.py that lies in the bundle."""
    spec = importlib.util.spec_from_file_location("verify_of_the_bundle", bundle / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def marks(folder: Path) -> dict[str, tuple[int, ...]]:
    """Each thing in a folder, by its path, with what changes when it is touched."""
    told = {str(p.relative_to(folder)): p.lstat() for p in folder.rglob("*")}
    return {name: (s.st_mode, s.st_ino, s.st_size * stat.S_ISREG(s.st_mode), s.st_mtime_ns * stat.S_ISREG(s.st_mode))
            for name, s in told.items()}  # fmt: skip


def same(path: Path, other: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode) and path.read_bytes() == other.read_bytes() if path.exists() else False


def mended(folder: Path, bundle: Path, touched: set[str]) -> None:
    """Put back what was touched, from the bundle as it was sealed."""
    for name in sorted(touched, reverse=True):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in sorted(touched):
        if (bundle / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(bundle / name, folder / name)


def names_what_was_touched(problems: list[tuple[str, str]], touched: set[str]) -> bool:
    """Whether each problem has a file and a reason, and one of them names a file that was touched."""
    told = {re.sub(r":\d+$", "", file) for file, reason in problems if reason}
    told |= {name for name in touched for _, reason in problems if name in reason.split()}
    return all(file and reason for file, reason in problems) and bool(told & touched)


@pytest.mark.timeout(900)
def test_make_run_seals_a_bundle_of_which_each_of_200_random_changes_is_named(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "cases" / CASE, tmp_path / "cases" / CASE)
    said = make_run(tmp_path)
    for name in ("index.html", "fa/index.html", "letter.html", "fa/letter.html", "feeds/country.atom"):
        assert (tmp_path / "out" / CASE / name).is_file(), name
    [bundle] = (tmp_path / "out" / "sealed").iterdir()
    [fingerprint] = set(re.findall(r"\b[0-9a-f]{64}\b", said))
    assert "This key is for trying out." in said
    assert 'lightkeeper seal cases/iran-2021-election --by "Your organisation"' in said
    assert said.index("Signed by an unknown key") < said.index("out/index.html, out/fa/index.html")
    assert (tmp_path / "data/keys/demonstration-key.pem").stat().st_mode & 0o077 == 0

    verify, folder, names = verifier_in(bundle), tmp_path / "changed", sorted(MUTATIONS)
    assert verify.check(str(bundle), fingerprint).problems == []
    shutil.copytree(bundle, folder)
    for number in range(MANY):
        name, before = names[number % len(names)], marks(folder)
        MUTATIONS[name](folder, random.Random(number))
        after = marks(folder)
        touched = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
        if all((bundle / n).is_file() and same(folder / n, bundle / n) for n in touched):  # equal files, swapped
            touched.add("data/pages/ledger.json")
            (folder / "data/pages/ledger.json").write_bytes(b"changed after all")
        problems = verify.check(str(folder), fingerprint).problems
        assert problems, (number, name)
        assert names_what_was_touched(problems, touched), (number, name, touched, problems)
        if name == "sealed by another key":
            assert problems == [(verify.SEAL, f"signed by another key: {OTHER.fingerprint}, not {fingerprint}")]
        mended(folder, bundle, touched)
    assert verify.check(str(folder), fingerprint).problems == []
