"""The manifest of a built case."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.evidence import verify_manifest, write_manifest


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "index.html").write_text("<h1>Iran</h1>")
    (tmp_path / "data" / "asks.json").write_text("[]")
    (tmp_path / "data" / "با نام.txt").write_text("x")
    return tmp_path


def test_what_is_as_it_was_has_no_problem(built: Path) -> None:
    write_manifest(built)
    assert verify_manifest(built) == []


def test_what_is_changed_missing_or_added_is_named(built: Path) -> None:
    write_manifest(built)
    (built / "index.html").write_text("<h1>iran</h1>")
    (built / "data" / "asks.json").unlink()
    (built / "new").write_text("")
    assert [str(p) for p in verify_manifest(built)] == ["data/asks.json: missing", "index.html: changed", "new: added"]


def test_a_stranger_can_check_it_with_sha256sum(built: Path) -> None:
    (built / "back\\slash\n").write_text("y")
    write_manifest(built)
    command = ["sha256sum", "--check", "--strict", "manifest-sha256.txt"]
    assert subprocess.run(command, cwd=built, capture_output=True, check=False).returncode == 0
    assert verify_manifest(built) == []


def test_the_manifest_is_sorted_and_the_same_each_time(built: Path) -> None:
    first = write_manifest(built).read_bytes()
    assert write_manifest(built).read_bytes() == first
    names = [line[66:] for line in first.decode().splitlines()]
    assert names == sorted(names)
    assert "manifest-sha256.txt" not in names


def test_a_link_is_refused_and_later_named(built: Path) -> None:
    write_manifest(built)
    (built / "index.html").unlink()
    (built / "index.html").symlink_to("/etc/hostname")
    assert [str(p) for p in verify_manifest(built)] == ["index.html: not_a_file"]
    with pytest.raises(InputError, match="link"):
        write_manifest(built)


def test_a_manifest_that_is_none_is_said_with_its_line(built: Path) -> None:
    with pytest.raises(InputError, match="no manifest"):
        verify_manifest(built)
    (built / "manifest-sha256.txt").write_text("nonsense\n")
    with pytest.raises(InputError, match=r"manifest-sha256.txt:1"):
        verify_manifest(built)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        write_manifest(tmp_path / "nowhere")
