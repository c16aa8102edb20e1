"""Observation tables are read as measurements, whatever the order of their rows, and damage is told."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lightkeeper.sources import ooni_limits, ooni_table_sort
from lightkeeper.sources.ooni import Record, Unreadable, read
from places import DATA

KENYA = DATA / "observations" / "kenya-2024-telegram.csv"
UID = "20241112095947.693656_KE_telegram_b9d3ac2a79f2e1e0"
OTHER = "20241112100000.000001_KE_telegram_00000000000000ff"
HEADER = "measurement_uid,test_name,probe_cc,probe_asn,ip,port,tcp_success,tcp_failure"
CONNECTED = f"{UID},telegram,KE,33771,149.154.167.51,443,1,"
TIMED_OUT = f"{UID},telegram,KE,33771,149.154.167.91,443,0,generic_timeout_error"
ELSEWHERE = f"{OTHER},telegram,KE,36926,149.154.167.91,443,1,"


def piped(*lines: str | bytes) -> list[Record | Unreadable]:
    data = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n"
    return list(read("-", stdin=io.BytesIO(data)))


def decoded(found: list[Record | Unreadable]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(one.data) for one in found if isinstance(one, Record)]


def told(found: list[Record | Unreadable]) -> list[str]:
    return [f"{one.line}: {one.error}" for one in found if isinstance(one, Unreadable)]


def rows_of(record: dict[str, Any]) -> list[dict[str, str]]:
    return record["observation_table"]["rows"]  # type: ignore[no-any-return]


def facts_of(record: dict[str, Any]) -> set[str]:
    return {str(row) for row in rows_of(record)}


def as_parquet(path: Path, texts: bool = True) -> pa.Table:
    rows = list(csv.DictReader(io.StringIO(KENYA.read_text())))
    table = pa.Table.from_pylist([{k: v or None for k, v in row.items()} for row in rows])
    if not texts:
        for name in ("port", "tcp_success", "probe_asn", "tls_handshake_time"):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(name).cast(pa.float64()))
    pq.write_table(table, path)
    return table


def test_the_rows_of_a_measurement_become_one_record() -> None:
    [record] = decoded(piped(HEADER, CONNECTED, TIMED_OUT))
    assert (record["measurement_uid"], record["probe_asn"], record["test_name"]) == (UID, "33771", "telegram")
    assert [row["ip"] for row in rows_of(record)] == ["149.154.167.51", "149.154.167.91"]
    assert "test_keys" not in record


def test_a_table_that_says_whether_ooni_verified_the_sender_is_taken_at_its_word() -> None:
    [record] = decoded(piped(f"{HEADER},is_verified", f"{CONNECTED},t", f"{TIMED_OUT},t"))
    assert record["is_verified"] == "t"


def test_rows_that_stand_twice_count_once_and_the_record_says_how_many_did() -> None:
    [record] = decoded(piped(HEADER, CONNECTED, TIMED_OUT, CONNECTED, CONNECTED))
    assert len(rows_of(record)) == 2
    assert record["observation_table"]["repeated"] == 2
    assert sum(r["observation_table"]["repeated"] for r in decoded(list(read(KENYA)))) == 116  # the rest differ


def test_rows_may_stand_anywhere_and_columns_in_any_order() -> None:
    in_order = decoded(piped(HEADER, CONNECTED, TIMED_OUT, ELSEWHERE))
    assert decoded(piped(HEADER, CONNECTED, ELSEWHERE, TIMED_OUT)) == in_order
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, CONNECTED, TIMED_OUT, ELSEWHERE)]
    assert decoded(piped(*turned)) == in_order


def test_a_table_that_does_not_fit_is_sorted_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(read(KENYA))
    monkeypatch.setattr(ooni_table_sort, "_BATCH", 7)
    assert list(read(KENYA)) == whole


@pytest.mark.parametrize("mark", [";", "\t"])
def test_cells_may_be_parted_by_semicolons_or_tabulators(mark: str) -> None:
    [record] = decoded(piped(*(line.replace(",", mark) for line in (HEADER, CONNECTED))))
    assert rows_of(record)[0]["ip"] == "149.154.167.51"


def test_blanks_are_missing_whatever_a_tool_writes_for_them() -> None:
    [record] = decoded(
        piped(HEADER, f"{UID},telegram,KE,33771,149.154.167.51,443,1,\\N", f"{UID},telegram,KE,33771,nan,,,")
    )
    assert rows_of(record) == [{"ip": "149.154.167.51", "port": "443", "tcp_success": "1"}, {}]


def test_what_the_pipeline_writes_for_no_annotation_is_no_annotation() -> None:
    header = "measurement_uid,test_name,network_type,platform,tcp_failure"
    [record] = decoded(piped(header, f"{UID},telegram,unknown,android,"))
    assert record["annotations"] == {"platform": "android"}


@pytest.mark.parametrize("texts", [True, False], ids=["as text", "as numbers"])
def test_parquet_gives_the_same_facts_as_csv(tmp_path: Path, texts: bool) -> None:
    as_parquet(tmp_path / "kenya.parquet", texts)
    made, expected = decoded(list(read(tmp_path / "kenya.parquet"))), decoded(list(read(KENYA)))
    assert [m["measurement_uid"] for m in made] == [m["measurement_uid"] for m in expected]
    assert [len(rows_of(m)) for m in made] == [len(rows_of(m)) for m in expected]
    assert [m["probe_asn"] for m in made] == [m["probe_asn"] for m in expected]
    if texts:
        assert made == expected


def test_gzip_around_a_table_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "kenya.csv.gz"
    path.write_bytes(gzip.compress(KENYA.read_bytes()))
    assert decoded(list(read(path))) == decoded(list(read(KENYA)))


def test_a_file_that_ends_too_soon_is_told_and_its_last_measurement_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(KENYA.read_bytes())[:2500])
    found = list(read(path))
    assert any("cut off before its end" in problem for problem in told(found))
    whole = {m["measurement_uid"]: facts_of(m) for m in decoded(list(read(KENYA)))}
    assert decoded(found)
    assert all(facts_of(m) == whole[m["measurement_uid"]] for m in decoded(found))


def test_a_row_that_is_cut_is_set_aside_with_its_line_and_its_measurement() -> None:
    found = piped(HEADER, ELSEWHERE, CONNECTED, f"{UID},telegram,KE,337")
    assert told(found) == [
        "4: the row has 4 cells, the header 8",
        f"3: {UID} is not whole: a row of it could not be read",
    ]
    assert [m["measurement_uid"] for m in decoded(found)] == [OTHER]


def test_a_hostile_cell_is_set_aside_and_reading_goes_on() -> None:
    huge = f"{UID},telegram,KE,33771,".encode() + b"9" * 10_000_000 + b",443,1,"
    tracemalloc.start()
    found = piped(HEADER, huge, ELSEWHERE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told(found) == ["2: the row is longer than 1,048,576 bytes"]
    assert [m["measurement_uid"] for m in decoded(found)] == [OTHER]
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff\xfe,telegram,KE,1,1.1.1.1,443,1,", "the text is not UTF-8"),
        (f'{UID},telegram,KE,1,"1.1.1.1,443,1,'.encode(), "a quote is opened and not closed"),
        (b",telegram,KE,1,1.1.1.1,443,1,", "the row does not name its measurement and nettest"),
        (b"a\x00b\x00c\x00d,telegram,KE,1,1.1.1.1,443,1,", "the row does not name its measurement and nettest"),
    ],
)
def test_a_row_that_cannot_be_read_takes_no_other_with_it(line: bytes, said: str) -> None:
    found = piped(HEADER, line, *[ELSEWHERE.replace("149.154.167.91", f"10.0.0.{n}") for n in range(40)])
    assert told(found) == [f"2: {said}"]
    assert len(rows_of(decoded(found)[0])) == 40


def test_rows_that_differ_in_what_a_measurement_has_once_are_set_aside() -> None:
    found = piped(HEADER, CONNECTED, CONNECTED.replace("33771", "36926"), ELSEWHERE)
    assert told(found) == [f"2: the rows of {UID} differ in what one measurement has once, such as its network"]
    assert [m["measurement_uid"] for m in decoded(found)] == [OTHER]


def test_a_look_up_of_the_resolver_that_changed_between_rows_is_left_out() -> None:
    header = "measurement_uid,test_name,test_version,resolver_asn,ip,tcp_failure"
    rows = [f"{UID},telegram,0.3.1,{asn},1.1.1.{asn},x" for asn in (1, 2)]
    [record] = decoded(piped(header, *rows))
    assert record["test_version"] == "0.3.1"
    assert "resolver_asn" not in record


def test_a_flood_of_rows_for_one_measurement_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_ROWS_OF_ONE", 3)
    found = piped(HEADER, *[CONNECTED.replace("167.51", f"167.{n}") for n in range(100)], ELSEWHERE)
    assert told(found) == [f"2: {UID} has more than 3 rows"]
    assert len(decoded(found)) == 1


def test_a_table_for_which_there_is_no_room_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_table_sort, "_BATCH", 7)
    monkeypatch.setattr(ooni_limits, "SORT_MEMORY", "1KB")
    [problem] = list(read(KENYA))
    assert isinstance(problem, Unreadable)
    assert problem.error.startswith("the table cannot be sorted: ")


def test_a_table_without_an_end_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_TABLE_ROWS", 100)
    assert told(list(read(KENYA))) == ["0: the table has more than 100 rows"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("probe_cc,probe_asn,ip", "it has no column `measurement_uid` and no `test_name`"),
        ("measurement_uid,probe_asn,tcp_failure", "it has no column `test_name`"),
        ("measurement_uid,test_name,anomaly", "it has none of the columns `dns_failure`, "),
        ("measurement_uid,test_name,test_name,tcp_failure", "the column `test_name` stands twice"),
    ],
)
def test_another_csv_is_set_aside_with_what_is_missing(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(header + "\n1,2,3\n")
    [problem] = told(list(read(path)))
    assert problem.startswith(f"1: this is no observation table: {said}")


def test_in_a_folder_only_tables_of_this_form_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("day,note\n2024-11-05,order\n")
    (tmp_path / "rows.csv").write_text(f"{HEADER}\n{CONNECTED}\n")
    assert [m["measurement_uid"] for m in decoded(list(read(tmp_path)))] == [UID]
    assert told(list(read(tmp_path))) == []


@pytest.mark.parametrize("harm", [lambda b: b[:2000], lambda b: b[:500] + b"\0" * 400 + b[900:], lambda b: b"PAR1"])
def test_a_damaged_parquet_file_is_told(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    as_parquet(tmp_path / "kenya.parquet")
    (tmp_path / "bad.parquet").write_bytes(harm((tmp_path / "kenya.parquet").read_bytes()))
    [problem] = told(list(read(tmp_path / "bad.parquet")))
    assert "the Parquet file is damaged" in problem
    assert decoded(list(read(tmp_path / "bad.parquet"))) == []


def test_a_parquet_file_that_repeats_a_huge_text_takes_little_memory(tmp_path: Path) -> None:
    rows = pa.array([0] * 5_000)
    texts = {"measurement_uid": UID, "test_name": "telegram", "tcp_failure": "x" * 1_000_000}
    bomb = pa.table({name: pa.DictionaryArray.from_arrays(rows, pa.array([text])) for name, text in texts.items()})
    pq.write_table(bomb, tmp_path / "bomb.parquet", store_schema=False)
    [record] = decoded(list(read(tmp_path / "bomb.parquet")))
    assert len(rows_of(record)[0]["tcp_failure"]) == ooni_limits.MAX_CELL_CHARS
    alone = (  # in a process of its own, whose memory is counted from the start
        "import sys, pathlib, pyarrow; from lightkeeper.sources import ooni;"
        "list(ooni.read(pathlib.Path(sys.argv[1]))); print(pyarrow.default_memory_pool().max_memory())"
    )
    run = [sys.executable, "-c", alone, str(tmp_path / "bomb.parquet")]
    most = int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    assert 0 < most < 100_000_000  # the text stands there 5,000 times
