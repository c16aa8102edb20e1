"""Legacy YAML reports become modern measurements; nothing in them is ever constructed or expanded without limit."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.sources import ooni_limits
from lightkeeper.sources.ooni import Record, Unreadable, read

DATA = Path(__file__).parent.parent / "data" / "ooni" / "measurements"

HEADER = b"""###########################################
# OONI Probe Report for http_requests (0.2.4)
###########################################
---
probe_asn: AS44244
probe_cc: IR
probe_city: Tehran
probe_ip: 5.6.7.8
report_id: r1
software_name: ooniprobe
software_version: 1.3.1
start_time: 1446726576.0
test_name: HTTP Host
...
"""


def piped(data: bytes) -> list[Record | Unreadable]:
    return list(read("-", stdin=io.BytesIO(data)))


def decoded(found: list[Record | Unreadable]) -> list[dict[str, Any]]:
    return [json.loads(one.data) for one in found if isinstance(one, Record)]


def entry(text: str) -> dict[str, Any]:
    [found] = decoded(piped(HEADER + b"---\ninput: x\nvalue: " + text.encode() + b"\n...\n"))
    return found


def refused(text: str) -> str:
    [bad, good] = piped(HEADER + b"---\nvalue: " + text.encode() + b"\n...\n---\ninput: next\n...\n")
    assert isinstance(bad, Unreadable)
    assert isinstance(good, Record)
    assert (bad.line, good.line) == (1, 2)
    assert bad.remedy
    return bad.error


def test_an_entry_becomes_a_modern_measurement() -> None:
    [found] = piped(HEADER + b"---\ninput: http://example.org\nfailure: null\nprobe_ip: 5.6.7.8\n...\n")
    assert isinstance(found, Record)
    value = json.loads(found.data)
    assert found.line == 1
    assert value["data_format_version"] == "0.2.0"
    assert value["test_keys"] == {"failure": None}
    assert (value["probe_cc"], value["probe_asn"], value["report_id"]) == ("IR", "AS44244", "r1")
    assert value["test_name"] == "http_host"
    assert value["measurement_start_time"] == "2015-11-05 12:29:36"
    assert value["annotations"]["legacy_yaml"] is True


def test_the_address_and_the_city_of_the_probe_are_never_carried_over() -> None:
    [found] = piped(HEADER + b"---\ninput: x\nprobe_ip: 5.6.7.8\n...\n")
    assert isinstance(found, Record)
    assert b"5.6.7.8" not in found.data
    assert b"Tehran" not in found.data
    assert json.loads(found.data)["probe_ip"] == "127.0.0.1"


def test_real_reports_of_binary_city_and_set() -> None:
    [value] = decoded(list(read(DATA / "binary_city.yaml")))
    assert value["test_keys"]["headers_diff"] == []
    assert value["input"] == "http://666games.net"


def test_real_answers_without_quotes_are_kept_as_text() -> None:
    [value] = decoded(list(read(DATA / "dns_n_http_bin_body.yaml")))
    assert value["test_keys"]["queries"][0]["answers"] == [
        ["<RR name=360.cn type=A class=IN ttl=300s auth=False>", "<A address=106.120.167.66 ttl=300>"]
    ]
    assert value["test_keys"]["requests"][0]["response"]["body"].startswith("<!DOCTYPE html>")


def test_a_clock_in_the_zone_of_the_probe_is_put_right_where_the_header_tells_utc() -> None:
    [value] = decoded(list(read(DATA / "http_invalid_request_line.yaml")))
    assert value["annotations"]["legacy_clock_shift_s"] == 8 * 3600
    assert value["test_start_time"] == "2018-07-26 23:37:23"
    assert value["measurement_start_time"] == "2018-07-26 23:50:22"
    assert value["test_keys"]["received"][2] == {"data": "ABu62TJ/AADAc+AgQXk5TGwgSHhNN1YKDQ==", "format": "base64"}


def test_a_clock_of_an_unknown_zone_is_said_to_be_so() -> None:
    assert entry("1")["annotations"]["legacy_clock_shift_s"] is None


def test_clocks_a_day_apart_are_not_taken_for_a_zone() -> None:
    header = HEADER.replace(b"test_name:", b"test_start_time: '2015-11-09 12:29:36'\ntest_name:")
    [value] = decoded(piped(header + b"---\ninput: x\n...\n"))
    assert value["annotations"]["legacy_clock_shift_s"] is None
    assert value["measurement_start_time"] == "2015-11-09 12:29:36"


def test_the_oldest_reports_nest_an_entry_once_more() -> None:
    [value] = decoded(piped(HEADER + b"---\nreport: {a: 1, test_name: tcp_connect}\ninput: x\n...\n"))
    assert value["test_keys"] == {"a": 1}
    assert value["test_name"] == "tcp_connect"


def test_reports_are_read_packed_and_by_the_line_endings_of_any_system(tmp_path: Path) -> None:
    data = HEADER + b"---\ninput: a\n...\n---\ninput: b\n"
    for name, text in (
        ("a.yaml", data),
        ("a.yml", data.replace(b"\n", b"\r\n")),
        ("a.yaml.gz", gzip.compress(data)),
        ("b.yaml", data[data.index(b"---\n") + 4 :]),
    ):
        (tmp_path / name).write_bytes(text)
        assert [value["input"] for value in decoded(list(read(tmp_path / name)))] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!binary aGVsbG8=", "hello"),
        ("!!binary aGVsbG8", "hello"),
        ("!!binary /w==", {"data": "/w==", "format": "base64"}),
        ("!!set {a: null, b: null}", ["a", "b"]),
        ("!!python/unicode 'x'", "x"),
        ("!!python/tuple [1, 2]", [1, 2]),
        ("!!python/object/apply:os.system ['touch /tmp/never']", ["touch /tmp/never"]),
        ("!!python/object:a.B {c: 1}", {"c": 1}),
        ("!local x", "x"),
        ("! 12", "12"),
        ("'12'", "12"),
        ("2015-01-01", "2015-01-01"),
        ("2015-01-01 10:00:00", "2015-01-01 10:00:00"),
        ("0x10", 16),
        ("1.5", 1.5),
        ("yes", True),
        ("~", None),
        (".nan", None),
        (".inf", None),
        ("[&a [1], *a]", [[1], [1]]),
        ("{1: a, null: b, true: c}", {"1": "a", "null": "b", "true": "c"}),
        ("{<<: {a: 1}}", {"<<": {"a": 1}}),
        ("9" * 30, "9" * 30),
        ("9" * 6000, "9" * 6000),
        ("!!int hello", "hello"),
        ("=", "="),
        ("'a: b'", "a: b"),
    ],
)
def test_values_are_plain_whatever_their_tag(text: str, value: object) -> None:
    assert entry(text)["test_keys"] == {"value": value}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[1, 2", "cannot be read"),
        ("'a\x01b'", "cannot be read"),
        ("!!binary '§§'", "cannot be read"),
        ("*nothing", "an alias stands for nothing"),
        ("&a [*a]", "what it is a part of"),
        ("[" * 200 + "]" * 200, "nested more than 100"),
        ("[" * 100_000, "nested more than 100"),
        ("\n" + "".join(" " * n + "- \n" for n in range(150)), "nested more than 100"),
    ],
)
def test_a_bad_entry_is_set_aside_and_the_next_is_read(text: str, error: str) -> None:
    assert error in refused(text)


def test_text_that_is_not_utf8_is_set_aside() -> None:
    found = piped(HEADER + b"---\ninput: \xff\n...\n---\ninput: good\n")
    assert isinstance(found[0], Unreadable)
    assert isinstance(found[1], Record)


def test_an_entry_that_is_not_a_mapping_is_set_aside() -> None:
    found = piped(HEADER + b"---\n- a\n...\n---\ninput: good\n")
    assert isinstance(found[0], Unreadable)
    assert isinstance(found[1], Record)


def test_aliases_of_aliases_do_not_fill_the_machine() -> None:
    bomb = "\n  a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    for n in range(1, 12):
        bomb += f"  a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n"
    assert "counting repeated ones" in refused(bomb)


def test_too_many_aliases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_YAML_ALIASES", 5)
    assert "aliases" in refused("[&a x" + ", *a" * 6 + "]")


@pytest.mark.parametrize("filler", [b"x" * 500_000, b"x: y\n" * 100_000])
def test_a_document_too_long_is_skipped_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch, filler: bytes) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_YAML_BYTES", 10_000)
    found = piped(HEADER + b"---\ninput: long\nx: " + filler + b"\n...\n---\ninput: good\n")
    assert isinstance(found[0], Unreadable)
    assert "longer than 10,000" in found[0].error
    assert [value["input"] for value in decoded(found)] == ["good"]


@pytest.mark.parametrize("first", [b"input: x", b"[", b"- a"])
def test_a_report_without_a_header_is_set_aside_as_a_whole(first: bytes) -> None:
    [problem] = piped(b"---\n" + first + b"\n...\n---\ninput: y\n")
    assert isinstance(problem, Unreadable)
    assert problem.line == 0


def test_a_report_without_entries_says_so() -> None:
    [problem] = piped(HEADER)
    assert isinstance(problem, Unreadable)
    assert "no entries" in problem.error


def test_a_report_cut_off_gives_what_came_before() -> None:
    data = HEADER + b"".join(b"---\ninput: %d\n...\n" % n for n in range(50_000))
    found = piped(gzip.compress(data)[:-2000])
    assert len(decoded(found)) > 10_000
    assert isinstance(found[-1], Unreadable)
    assert "cut off" in found[-1].error
