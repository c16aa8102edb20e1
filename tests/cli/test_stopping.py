"""Ctrl-C and TERM end a command with a sentence and the exit codes of shells; a system's refusal is a sentence too."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lightkeeper.errors import of_the_system
from places import DATA

RECORD = json.loads(min((DATA / "ooni/wc05_qa").glob("*.json")).read_bytes())


def many(path: Path, records: int) -> Path:
    """Synthetic input: one real record under many ids."""
    rows = (RECORD | {"measurement_uid": f"synthetic-{path.stem}-{n}"} for n in range(records))
    path.write_bytes(gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows), mtime=0))
    return path


def begin(*command: object) -> subprocess.Popen[str]:
    """The command line in a process of its own, as a shell's foreground job has it."""
    argv = [sys.executable, "-m", "lightkeeper.cli", *map(str, command)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def works(process: subprocess.Popen[str], jobs: int) -> bool:
    """Whether a process is past its start: by the seconds of CPU that it took, or by the children that it has."""
    proc = Path(f"/proc/{process.pid}")
    if jobs > 1:
        return len((proc / f"task/{process.pid}/children").read_text(encoding="ascii").split()) >= jobs
    ticks = int((proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[11])
    return ticks > 3.5 * os.sysconf("SC_CLK_TCK")


def gone(group: int) -> bool:
    """Whether no process of a group is left, within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_with_a_sentence_and_leaves_nothing_half_made(
    tmp_path: Path, number: signal.Signals, code: int, jobs: int
) -> None:
    files = [many(tmp_path / f"{n}.jsonl.gz", 8000) for n in range(2)]
    process = begin("judge", *files, "--out", tmp_path / "out", "--jobs", jobs)
    until = time.monotonic() + 60
    while not works(process, jobs) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    assert process.poll() is None, "the input is too small to be stopped in"
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Run the same command again to go on" in " ".join(err.split())
    assert "Traceback" not in err
    assert not [p for p in (tmp_path / "out").rglob("*") if p.name.endswith(".tmp")]
    assert gone(process.pid), "a process of its group is left"


def test_what_a_system_refuses_is_a_sentence_with_its_place_and_a_remedy() -> None:
    for number in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOTDIR, errno.EMFILE, 9999):
        said = of_the_system(OSError(number, os.strerror(number), "out/\udcff\x1b[2J"))
        assert said.remedy
        assert said.where == "out/\\udcff\\x1b[2J"
        assert str(said).isprintable()


def test_a_file_in_place_of_a_folder_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("here I stand")
    source = many(tmp_path / "in.jsonl.gz", 2)
    process = begin("judge", source, "--out", tmp_path / "out")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "A file stands where a folder should be" in " ".join(err.split())
    assert "Traceback" not in err
