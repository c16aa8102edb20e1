"""OONI's fingerprints: what is read, what is set aside, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.errors import InputError
from lightkeeper.sources.fingerprint import Fingerprint
from lightkeeper.sources.ooni_fingerprints import read
from lightkeeper.sources.rows import Unreadable
from places import DATA

SYNTHETIC = DATA / "fingerprints"


def parts(path: Path) -> tuple[dict[str, Fingerprint], list[Unreadable]]:
    rows = list(read(path))
    return {r.name: r for r in rows if isinstance(r, Fingerprint)}, [r for r in rows if isinstance(r, Unreadable)]


def test_each_row_is_read_with_its_place_and_kind() -> None:
    known, _ = parts(SYNTHETIC / "http.csv")
    page = known["synthetic.state_page"]
    assert (page.location, page.kind, page.scope, page.confidence) == ("body", "contains", "nat", 9)
    assert page.countries == ("AA", "BB")
    assert known["synthetic.order"].pattern == r"order no\. [0-9]+ of the (court|ministry)"
    assert known["synthetic.nowhere"].countries == ()
    assert len(known) == 14


def test_what_cannot_be_used_is_set_aside_with_its_line_and_what_to_do() -> None:
    _, aside = parts(SYNTHETIC / "http.csv")
    assert [int(a.where.rpartition(":")[2]) for a in aside] == list(range(16, 25))
    assert all(a.remedy for a in aside)
    said = {a.where.rpartition(":")[2]: a.what for a in aside}
    assert "invalid perl operator" in said["16"], "look-around takes more than linear time"
    assert "every page" in said["17"]
    assert "3 characters" in said["18"]
    assert "`scope`" in said["19"]


def test_an_older_copy_has_regular_expressions_and_lists_of_countries() -> None:
    known, aside = parts(SYNTHETIC / "older_http.csv")
    assert aside == []
    assert known["synthetic.old_page"] == Fingerprint(
        "synthetic.old_page", "body", "regexp", r"blocked\ by\ order", "nat", ("AA",), 10, "['synthetic']"
    )
    assert [known[f"synthetic.{n}"].countries for n in ("old_nowhere", "old_unknown", "old_zz")] == [(), (), ()]


def test_names_in_dns_answers_are_compared_in_lower_case_without_the_last_dot() -> None:
    known, _ = parts(SYNTHETIC / "dns.csv")
    assert known["synthetic.cname"].pattern == "block.isp.example"
    assert known["synthetic.names"].pattern == r"^filter[0-9]+\.isp\.example$"


def test_another_file_is_refused_and_says_which_file_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"fingerprints_http\.csv"):
        list(read(path))


def test_a_pattern_that_would_take_all_memory_is_set_aside(tmp_path: Path) -> None:
    header = (SYNTHETIC / "http.csv").read_text(encoding="utf-8").splitlines()[0]
    hostile = ["((a{0,100}){0,100}){0,100}bcd", "(x+x+)+y" * 400, "[" * 5000]
    rows = [f'synthetic.{n},nat,,body,regexp,"{p}",5,AA,,,' for n, p in enumerate(hostile)]
    path = tmp_path / "hostile.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    known, aside = parts(path)
    assert len(aside) >= 2
    assert set(known) <= {"synthetic.1"}, "a nested repetition that RE2 can search in linear time is no danger"


def test_oonis_own_files_are_read_but_for_one_damaged_row(shared: Path) -> None:
    pages, aside = parts(shared / "ooni" / "fingerprints_http.csv")
    rows = [r for r in read(shared / "ooni" / "fingerprints_http.csv") if isinstance(r, Fingerprint)]
    assert (len(rows), len(aside)) == (1725, 1)
    assert len(pages) < len(rows), "some names stand for several patterns"
    addresses, none = parts(shared / "ooni" / "fingerprints_dns.csv")
    assert (len(addresses), none) == (145, [])
    assert addresses["cl.dns_nat_ir_inject_1"].countries == ("IR",)
