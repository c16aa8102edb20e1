"""The archive keeps whole bytes, once, with where they came from."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightkeeper.archive import Archive, atomic
from lightkeeper.errors import ArchiveDamaged, InputError, LightkeeperError


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.binary(max_size=5000), url=st.text(max_size=60), source=st.text(max_size=10))
def test_what_is_added_is_what_is_read(archive: Archive, data: bytes, url: str, source: str) -> None:
    row = archive.add_bytes(data, source=source, url=url)
    assert archive.read(row.sha256) == data
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert row.bytes == len(data)
    assert row in list(archive.files())


def test_the_same_bytes_from_the_same_url_are_recorded_once_and_keep_their_first_time(archive: Archive) -> None:
    first = archive.add_bytes(b"x", source="ooni", url="s3://b/k", retrieved_at=datetime(2021, 1, 1, tzinfo=UTC))
    second = archive.add_bytes(b"x", source="ooni", url="s3://b/k", retrieved_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert second == first
    assert list(archive.files()) == [first]


def test_another_url_for_the_same_bytes_is_another_row_and_not_another_copy(archive: Archive) -> None:
    one = archive.add_bytes(b"x", source="ooni", url="b")
    two = archive.add_bytes(b"x", source="ooni", url="a")
    assert list(archive.files()) == [two, one]
    assert len(list(archive.root.rglob("bytes"))) == 1


def test_rows_come_sorted_by_sha256(archive: Archive) -> None:
    for n in range(20):
        archive.add_bytes(str(n).encode(), source="case", url=f"f{n}")
    found = [row.sha256 for row in archive.files()]
    assert found == sorted(found)
    assert len(found) == 20


def test_times_are_kept_in_utc_and_a_time_without_a_zone_is_refused(archive: Archive) -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    row = archive.add_bytes(b"x", source="ooni", url="u", retrieved_at=datetime(2026, 1, 8, 22, 15, tzinfo=tehran))
    assert row.retrieved_at == datetime(2026, 1, 8, 18, 45, tzinfo=UTC)
    assert next(archive.files()).retrieved_at.utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="time zone"):
        archive.add_bytes(b"x", source="ooni", url="u", retrieved_at=datetime(2026, 1, 8))  # noqa: DTZ001


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", "A" * 64, "g" * 64, "0" * 63, "0" * 64 + "\n", "0" * 65])
def test_only_a_sha256_names_a_file(archive: Archive, bad: str) -> None:
    for call in (archive.path_of, archive.read):
        with pytest.raises(InputError, match="SHA-256"):
            call(bad)


def test_stored_bytes_are_read_only(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    assert stat.S_IMODE(archive.path_of(row.sha256).stat().st_mode) == 0o444


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("s3://b/2021_IR_signal.n0.0.jsonl.gz", "application/gzip"),
        ("https://example.org/a.json?x=1", "application/json"),
        ("a.csv", "text/csv"),
        ("letter.pdf", "application/pdf"),
        ("https://example.org/", "application/octet-stream"),
    ],
)
def test_the_media_type_comes_from_the_name(archive: Archive, url: str, media_type: str) -> None:
    assert archive.add_bytes(b"x", source="case", url=url).media_type == media_type


def test_a_path_is_recorded_without_the_folders_of_the_person_who_added_it(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.json"
    file.write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    assert archive.add_path(file, source="case").url == "in/a.json"
    monkeypatch.chdir(archive.root)
    assert archive.add_path(file, source="case").url == "a.json"


def test_a_missing_file_says_what_to_check(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        archive.add_path(tmp_path / "none", source="case")
    assert list(archive.files()) == []


def test_a_stream_that_fails_leaves_nothing(archive: Archive) -> None:
    def chunks() -> object:
        yield b"half"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        archive.add_stream(chunks(), source="ooni", url="u")  # type: ignore[arg-type]
    assert list(archive.files()) == []
    assert archive.verify() == []
    assert list((archive.root / "tmp").iterdir()) == []


def test_a_full_disk_says_what_to_do(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LightkeeperError, match="Free some space"):
        archive.add_bytes(b"x", source="ooni", url="u")
    monkeypatch.undo()
    assert archive.verify() == []
    assert list(archive.files()) == []


def test_a_flipped_bit_is_named_and_adding_the_file_again_repairs_it(archive: Archive) -> None:
    row = archive.add_bytes(b"evidence", source="ooni", url="s3://b/k")
    path = archive.path_of(row.sha256)
    path.chmod(0o644)
    path.write_bytes(b"evidencf")
    [damage] = archive.verify()
    assert damage.sha256 == row.sha256
    assert damage.path == str(path)
    assert f"bytes differ: found sha256 {hashlib.sha256(b'evidencf').hexdigest()}" in damage.reason
    assert "s3://b/k" in damage.remedy
    with pytest.raises(ArchiveDamaged, match="differ"):
        archive.read(row.sha256)
    archive.add_bytes(b"evidence", source="ooni", url="s3://b/k")
    assert archive.verify() == []


def test_missing_bytes_are_named(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    archive.path_of(row.sha256).unlink()
    [damage] = archive.verify()
    assert "missing: a provenance record without bytes" in damage.reason
    archive.add_bytes(b"x", source="ooni", url="u")
    assert archive.verify() == []


def test_bytes_without_provenance_are_named(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    next(archive.path_of(row.sha256).parent.glob("provenance-*")).unlink()
    [damage] = archive.verify()
    assert damage.reason == "bytes without a provenance record"


def test_a_spoilt_record_is_named_and_adding_the_file_again_repairs_it(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    record = next(archive.path_of(row.sha256).parent.glob("provenance-*"))
    record.chmod(0o644)
    record.write_bytes(b"{")
    assert any("provenance record cannot be read" in damage.reason for damage in archive.verify())
    with pytest.raises(ArchiveDamaged, match="provenance"):
        list(archive.files())
    again = archive.add_bytes(b"x", source="ooni", url="u")
    assert list(archive.files()) == [again]
    assert archive.verify() == []


def test_a_stranger_among_the_objects_is_named(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    stray = archive.path_of(row.sha256).parent.parent / "notes.txt"
    stray.write_text("hello")
    [damage] = archive.verify()
    assert damage.path == str(stray)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_bytes_are_named(archive: Archive) -> None:
    row = archive.add_bytes(b"x", source="ooni", url="u")
    archive.path_of(row.sha256).chmod(0)
    [damage] = archive.verify()
    assert "unreadable" in damage.reason


def test_verify_tells_how_far_it_is_and_an_empty_archive_is_sound(archive: Archive) -> None:
    assert archive.verify() == []
    assert list(archive.files()) == []
    for n in range(3):
        archive.add_bytes(bytes([n]), source="ooni", url="u")
    steps: list[tuple[int, int]] = []
    archive.verify(lambda done, of: steps.append((done, of)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_what_a_dead_process_left_is_swept_and_a_living_one_is_not_disturbed(archive: Archive) -> None:
    archive.add_bytes(b"x", source="ooni", url="u")
    dead, living = archive.root / "tmp" / "dead", archive.root / "tmp" / "living"
    for left in (dead, living):
        left.mkdir(parents=True)
        (left / "bytes").write_bytes(b"half")
    long_ago = time.time() - atomic.STALE_AFTER_S - 60
    for path in (dead / "bytes", dead):
        os.utime(path, (long_ago, long_ago))
    assert archive.verify() == []
    assert not dead.exists()
    assert living.exists()


def test_a_file_system_without_hard_links_still_keeps_the_first_record(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    first = archive.add_bytes(b"x", source="ooni", url="a")
    archive.add_bytes(b"x", source="ooni", url="b")
    assert archive.add_bytes(b"x", source="ooni", url="a") == first
    assert len(list(archive.files())) == 2


WRITER = """
import sys
from pathlib import Path
from lightkeeper.archive import Archive
archive, start, each = Archive(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for n in range(start, start + each):
    archive.add_bytes(b"%d " % (n % 40) * 30000, source="ooni", url=f"u{n % 80}")
"""


def test_a_kill_at_any_moment_leaves_a_whole_file_or_none(archive: Archive) -> None:
    for turn in range(25):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(archive.root), str(turn * 3), "100000"], stdout=subprocess.PIPE
        )
        assert child.stdout
        child.stdout.readline()
        time.sleep(0.003 * turn)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert archive.verify() == []
    rows = list(archive.files())
    assert rows
    assert all(len(archive.read(row.sha256)) == row.bytes for row in rows)


def test_processes_that_add_the_same_bytes_at_once_agree(archive: Archive) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(archive.root), "0", "80"], stdout=subprocess.DEVNULL)
        for _ in range(4)
    ]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    assert archive.verify() == []
    assert len(list(archive.files())) == 80
    assert len(list(archive.root.rglob("bytes"))) == 40
    assert list((archive.root / "tmp").iterdir()) == []


def test_whether_bytes_are_there_and_right_is_told_without_holding_them(archive: Archive) -> None:
    row = archive.add_bytes(b"x" * 10_000, source="test", url="u")
    assert archive.holds(row.sha256)
    assert not archive.holds("0" * 64)
    path = archive.path_of(row.sha256)
    path.chmod(0o644)
    path.write_bytes(b"y" * 10_000)
    assert not archive.holds(row.sha256)
