"""Files of documents and events, in all their forms, and the command that joins them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.run.event_files import read_events
from lightkeeper.run.joining import as_told, join_files, read_documents
from lightkeeper.sources.rows import Unreadable
from places import DATA, ROOT

CASE = ROOT / "cases" / "iran-2021-election"
LINE = {
    "series": ["ioda/bgp/IR"], "kind": "outage", "direction": "down", "country": "IR", "scope": "national",
    "onset_earliest": "2021-06-20T17:50:00Z", "onset_latest": "2021-06-20T18:10:00Z", "end_earliest": None,
    "end_latest": None, "lineages": ["control_plane"], "targets": [], "severity": 0.9,
}  # fmt: skip


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines), encoding="utf-8")
    return path


def test_the_documents_of_a_case_join_its_outages() -> None:
    found = join_files([CASE / "documents.csv"], [CASE / "outages.csv"])
    assert any(p.document_id == "stop-2019-11-16-national" for p in found.pairs)
    alone = {a.id for a in found.documents_alone}
    assert alone | {p.document_id for p in found.pairs} == set(found.documents)
    assert {a.id for a in found.events_alone} | {p.event_id for p in found.pairs} == set(found.events)


def test_what_detect_prints_is_read_and_a_broken_line_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl", LINE, "{broken", {**LINE, "country": None},
                   {**LINE, "series": ["x/bgp/AS58224"], "scope": "operator"})  # fmt: skip
    rows = list(read_events(path))
    good = [r for r in rows if not isinstance(r, Unreadable)]
    assert [(e.entity_type, e.entity, e.country) for e in good] == [("country", "IR", "IR"), ("asn", "58224", "IR")]
    assert len(rows) - len(good) == 2


def test_a_plain_csv_needs_four_columns_and_says_which_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path / "e.csv", "event_id,country,onset_earliest,onset_latest,end_latest",
                   "a,IR,2021-06-20T18:00Z,2021-06-20T18:10Z,2021-06-20T20:00Z", "b,IR,soon,,")  # fmt: skip
    one, other = read_events(path)
    assert not isinstance(one, Unreadable)
    assert one.entity == "IR"
    assert isinstance(other, Unreadable)
    with pytest.raises(InputError, match="onset_earliest"):
        list(read_events(written(tmp_path / "f.csv", "event_id,country", "a,IR")))


def test_an_id_that_stands_in_two_files_is_kept_twice() -> None:
    twice = [DATA / "stop" / "synthetic_2021.csv", DATA / "stop" / "synthetic_2019.csv"]
    found = join_files(twice, [DATA / "ioda" / "synthetic_investigated.csv"])
    assert any(name.startswith("synthetic_2019/") for name in found.documents)


def test_a_file_of_no_known_form_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="STOP dataset"):
        list(read_documents(written(tmp_path / "x.txt", "hello")))
    with pytest.raises(InputError, match="no such file"):
        list(read_events(tmp_path / "missing.csv"))


def test_the_json_names_every_reason() -> None:
    told = as_told(join_files([CASE / "documents.csv"], [CASE / "outages.csv"]))
    assert {a["reason"] for a in told["documents_alone"] + told["events_alone"]} <= told["reasons"].keys()


def test_the_command_tells_pairs_and_reasons() -> None:
    command = [str(Path(sys.executable).parent / "lightkeeper"), "join", "--documents", str(CASE / "documents.csv"),
               "--events", str(CASE / "outages.csv")]  # fmt: skip
    found = subprocess.run(command, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()
    assert b"documents alone:" in found.stdout
    told = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True).stdout)
    assert told["format"] == "lightkeeper.join/1"


def test_two_thousand_records_join_thirteen_hundred_outages(shared: Path) -> None:
    papers = [shared / "stop" / "combined-2016-2025-snapshot-2026-05-20.parquet", shared / "ooni" / "incidents.json"]
    found = join_files(papers, [shared / "ioda" / "investigated-outages.csv"])
    assert len(found.documents) > 2100
    assert len(found.pairs) > 80
    assert sum(name.startswith("ooni-finding:") for name in found.documents) >= 67
