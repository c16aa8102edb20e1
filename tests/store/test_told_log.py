"""The log of what was told: each line bound to the one before, so that any change shows, and a torn end is mended."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lightkeeper.errors import ArchiveDamaged, LightkeeperError
from lightkeeper.model import Told
from lightkeeper.store import chained_log
from lightkeeper.store.lake import Lake
from lightkeeper.store.told_log import ToldLog, countries_told, read_told

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(seq: int, country: str = "IR", **more: object) -> Told:
    told = Told(
        country=country, seq=seq, told_at=AT, change="new", event_id=f"{country}-{seq}", kind="outage",
        direction="down", scope="national", members=["a/b/IR"], onset_earliest=AT, onset_latest=AT, window_from=AT,
        window_until=AT, detector="dt-0",
    )  # fmt: skip
    return msgspec.structs.replace(told, **more)


def written(tmp_path: Path, count: int = 4) -> ToldLog:
    log = ToldLog(tmp_path, "IR")
    log.open()
    for seq in range(1, count + 1):
        log.append(entry(seq))
    return log


def lines(log: ToldLog) -> list[bytes]:
    return log.path.read_bytes().splitlines(keepends=True)


def test_what_was_told_is_read_back_in_order_and_the_next_run_goes_on(tmp_path: Path) -> None:
    written(tmp_path, 2)
    again = ToldLog(tmp_path, "IR")
    entries, notice = again.open()
    assert ([e.seq for e in entries], notice) == ([1, 2], None)
    head = again.append(entry(3))
    assert (head.seq, again.check().head) == (3, head)
    assert [e.event_id for e in read_told(tmp_path)] == ["IR-1", "IR-2", "IR-3"]


def test_an_entry_is_on_the_disk_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(chained_log.os, "fsync", lambda number: (synced.append(number), real(number))[1])
    written(tmp_path, 1)
    assert len(synced) >= 2


@pytest.mark.parametrize("place", range(4))
def test_a_line_that_is_changed_is_named(tmp_path: Path, place: int) -> None:
    log = written(tmp_path)
    kept = lines(log)
    kept[place] = kept[place].replace(b'"outage"', b'"nothin"')
    log.path.write_bytes(b"".join(kept))
    found = log.check()
    assert found.problem is not None
    assert found.problem.where == f"told/IR.jsonl:{place + 1}"
    assert len(found.entries) == place
    with pytest.raises(ArchiveDamaged, match="was changed here"):
        ToldLog(tmp_path, "IR").open()


def test_each_single_byte_counts(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    whole = log.path.read_bytes()
    for place in range(0, len(whole), 7):
        log.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert log.check().problem is not None, place


@pytest.mark.parametrize(
    "rearranged",
    [
        lambda k: [k[0], k[2], k[3]],
        lambda k: [k[1], k[2], k[3]],
        lambda k: [k[0], k[2], k[1], k[3]],
        lambda k: [*k, k[3]],
        lambda k: [k[0], k[0], *k[1:]],
        lambda k: k[:3],
        lambda k: [],
        lambda k: [*k, b"\n"],
        lambda k: [k[0], k[1][:-2] + b',"more":1}\n', k[2], k[3]],
        lambda k: [k[0], b" " + k[1], k[2], k[3]],
    ],
)
def test_lines_taken_out_put_in_moved_or_dressed_up_show(tmp_path: Path, rearranged: object) -> None:
    log = written(tmp_path)
    log.path.write_bytes(b"".join(rearranged(lines(log))))  # type: ignore[operator]
    assert log.check().problem is not None


def test_a_whole_log_that_was_written_anew_is_not_the_one_that_was_written(tmp_path: Path) -> None:
    written(tmp_path / "a")
    other = ToldLog(tmp_path / "b", "IR")
    other.open()
    for seq in range(1, 5):
        other.append(entry(seq, note="another"))
    log = ToldLog(tmp_path / "a", "IR")
    log.path.write_bytes(other.path.read_bytes())
    problem = log.check().problem
    assert problem is not None
    assert "not the one that was written" in problem.what


def test_a_log_does_not_pass_for_that_of_another_country(tmp_path: Path) -> None:
    log = written(tmp_path)
    log.path.rename(log.path.with_name("UG.jsonl"))
    assert ToldLog(tmp_path, "UG").check().problem is not None
    assert log.genesis() != ToldLog(tmp_path, "UG").genesis()


def test_a_line_that_a_kill_tore_is_set_aside_with_a_notice_and_told_again(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    whole = log.path.read_bytes()
    last = lines(log)[-1]
    for cut in (1, len(last) // 2, len(last) - 1):
        log.path.write_bytes(whole[: len(whole) - len(last) + cut])
        log._head_path.write_bytes(msgspec.json.encode({"seq": 1, "hash": log.check().head.hash}))
        again = ToldLog(tmp_path, "IR")
        entries, notice = again.open()
        assert [e.seq for e in entries] == [1]
        assert notice is not None
        assert "broken off" in notice
        assert log.path.with_suffix(".torn-2").read_bytes() == last[:cut]
        again.append(entry(2))
        assert again.check().problem is None


def test_zeros_that_a_power_cut_left_at_the_end_are_a_torn_line(tmp_path: Path) -> None:
    log = written(tmp_path, 1)
    with log.path.open("ab") as out:
        out.write(bytes(100))
    entries, notice = ToldLog(tmp_path, "IR").open()
    assert (len(entries), bool(notice)) == (1, True)


def test_a_kill_between_a_line_and_its_head_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path, 2)
    monkeypatch.setattr(ToldLog, "_write_head", lambda self, head: None)
    log.append(entry(3))
    assert log.check().problem is None
    assert log.check().head.seq == 3


def test_a_full_disk_is_an_error_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path, 1)

    def full(number: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chained_log.os, "write", full)
    with pytest.raises(LightkeeperError, match="Free some space"):
        log.append(entry(2))


def test_an_entry_out_of_turn_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    log = written(tmp_path, 1)
    for wrong in (entry(1), entry(3), entry(2, country="UG")):
        with pytest.raises(ValueError, match="does not follow"):
            log.append(wrong)


def test_the_log_is_a_table_that_sql_reads(tmp_path: Path) -> None:
    written(tmp_path, 3)
    ug = ToldLog(tmp_path, "UG")
    ug.open()
    ug.append(entry(1, country="UG"))
    assert countries_told(tmp_path) == ["IR", "UG"]
    rows = Lake(tmp_path).sql("SELECT country, count(*), max(told_at) FROM told GROUP BY 1 ORDER BY 1").rows
    assert rows == [("IR", 3, AT), ("UG", 1, AT)]
