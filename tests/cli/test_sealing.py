"""The commands for evidence, run as a person runs them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.bundles import KEY, bundle
from places import ROOT
from run.sealed_case import REVIEWER, case_in

COMMAND = str(Path(sys.executable).parent / "lightkeeper")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LIGHTKEEPER_DATA_DIR": str(cwd / "data"), "COLUMNS": "200"}
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def alone(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    case_in(folder / "cases")
    return folder


@pytest.mark.timeout(900)  # five builds, each in a process of its own
def test_from_no_key_to_a_bundle_and_its_twin_that_verify(home: Path) -> None:
    case = "cases/iran-2012-majlis-election"
    without = run("seal", case, cwd=home)
    assert without.returncode == 2
    assert "lightkeeper key new" in without.stderr
    made = run("key", "new", cwd=home)
    assert made.returncode == 0, made.stderr
    fingerprint = made.stdout.split()[-1]
    assert stat.S_IMODE((home / "data/keys/seal-key.pem").stat().st_mode) == 0o600
    assert run("key", "new", cwd=home).returncode == 2, "a key is never overwritten"
    shown = run("key", "show", cwd=home).stdout
    assert fingerprint in shown
    assert "PRIVATE" not in shown

    sealed = run("seal", case, "--by", "A test desk", "--pack", "zip", "--redact", "--json", cwd=home)
    assert sealed.returncode == 0, sealed.stderr
    assert REVIEWER not in sealed.stderr
    whole, twin = [json.loads(line) for line in sealed.stdout.splitlines()]
    assert (whole["kind"], twin["kind"]) == ("whole", "redacted")
    for given in (whole["packed"], twin["folder"]):
        checked = run("verify", given, "--key", fingerprint, cwd=home)
        assert checked.returncode == 0, checked.stdout
        assert f"Signed by the key that you named, {fingerprint}" in checked.stdout
    unknown = run("verify", whole["packed"], cwd=home)
    assert f"unknown key {fingerprint}: compare it with what the publisher states" in unknown.stdout

    twice = run("seal", case, "--by", "A test desk", cwd=home)
    assert "Sealed before, and still sound" in twice.stdout, twice.stderr

    again = run("replay", whole["packed"], cwd=home)
    assert again.returncode == 0, again.stdout
    assert "came out byte for byte" in again.stdout
    assert run("replay", twin["folder"], cwd=home).returncode == 2


def test_verify_knows_what_it_is_given(home: Path, tmp_path: Path) -> None:
    built = run("case", "build", str(ROOT / "cases" / "iran-2012-majlis-election"), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert "as it was built" in run("verify", "out/iran-2012-majlis-election", cwd=tmp_path).stdout
    assert "as it was kept" in run("verify", "data/archive", cwd=tmp_path).stdout
    bundle(tmp_path / "b")
    found = json.loads(run("verify", "b", "--key", KEY.fingerprint, "--json", cwd=tmp_path).stdout)
    assert (found["kind"], found["problems"]) == ("bundle", [])
    neither = run("verify", "data", cwd=tmp_path)
    assert neither.returncode == 2
    assert "neither a bundle nor a built case nor an archive" in neither.stderr
    assert run("verify", "nowhere", cwd=tmp_path).returncode == 2
    assert run("verify", "b", "--key", "nonsense", cwd=tmp_path).returncode == 2


def test_a_bundle_without_its_bagit_txt_is_still_seen_as_a_bundle(tmp_path: Path) -> None:
    bundle(tmp_path / "b")
    (tmp_path / "b" / "bagit.txt").unlink()
    found = run("verify", "b", cwd=tmp_path)
    assert found.returncode == 4
    assert "bagit.txt: missing" in found.stdout


def test_a_hostile_zip_is_refused_with_exit_code_4(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("b/../../x", "")
    found = run("verify", "b.zip", cwd=tmp_path)
    assert (found.returncode, "Traceback" in found.stderr) == (4, False)
    assert "leads out of the bundle" in found.stderr


def test_the_guide_says_what_the_commands_print(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guide" / "evidence.md").read_text(encoding="utf-8")
    bundle(tmp_path / "b")
    sound = subprocess.run(
        [sys.executable, "verify.py"], cwd=tmp_path / "b", capture_output=True, text=True, check=False
    )
    (tmp_path / "b" / "data" / "pages" / "index.html").write_text("forged")
    bad = alone(tmp_path / "b")
    assert sound.stdout.splitlines()[-1].split(" key ")[0] in guide
    assert bad.stdout.splitlines()[0] == "data/pages/index.html: changed"
    for line in bad.stdout.splitlines():
        assert line in guide
    assert shutil.which("python3") is None or "python3 verify.py" in guide


def test_a_demonstration_is_never_sealed_in_somebodys_name(tmp_path: Path) -> None:
    case = case_in(tmp_path / "cases")
    for more in (["--by", "A desk"], ["--sign-with", "key.pem"]):
        done = run("seal", str(case), "--demonstration", *more, cwd=tmp_path)
        assert done.returncode == 2
        assert "sealed in nobody's name" in done.stderr
    assert not (tmp_path / "data").exists()
