"""What runs on every change brings the Debian packages that tests need, and says clearly when it cannot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from places import ROOT

BASH = shutil.which("bash") or ""


def put(folder: Path, name: str, says: str) -> None:
    """A command of our own making, instead of the machine's."""
    command = folder / name
    command.write_text(f"#!{BASH}\n{says}\n")
    command.chmod(0o755)


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """All commands that the script finds: no Chromium; apt-get and make write down their calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "bash", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    put(folder, "openssl", "exit 0")
    put(folder, "id", "echo 0")
    put(folder, "make", 'echo "make $* CI=$CI"')
    put(folder, "apt-get", 'echo "apt-get $*"')
    return folder


def run(commands: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BASH, ROOT / ".ci" / "run"], env={"PATH": str(commands)}, capture_output=True, text=True, check=False
    )


def test_a_missing_chromium_is_installed_before_the_tests_run(commands: Path) -> None:
    done = run(commands)
    assert done.stdout.splitlines() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends chromium",
        "make test CI=true",
    ]
    assert done.returncode == 0


def test_nothing_is_installed_where_all_is_there(commands: Path) -> None:
    put(commands, "chromium", "exit 0")
    assert run(commands).stdout.splitlines() == ["make test CI=true"]


def test_who_is_not_root_asks_sudo(commands: Path) -> None:
    put(commands, "id", "echo 1000")
    put(commands, "sudo", 'echo "sudo $*"')
    assert run(commands).stdout.splitlines()[0] == "sudo -n apt-get update"


@pytest.mark.parametrize(("user", "apt"), [("1000", "exit 0"), ("0", "exit 100")])
def test_where_it_cannot_be_installed_no_test_runs_and_one_sentence_says_why(
    commands: Path, user: str, apt: str
) -> None:
    put(commands, "id", f"echo {user}")
    put(commands, "apt-get", apt)
    done = run(commands)
    assert done.returncode == 1
    assert "make" not in done.stdout
    assert done.stderr.splitlines()[-1].startswith("Tests need chromium, and apt-get could not install it")
