"""The reference: named by what it holds, used in one block, and refused where this version cannot use it."""

from __future__ import annotations

import json

import msgspec
import pytest

from lightkeeper.errors import InputError
from lightkeeper.observe import reference
from lightkeeper.observe.fingerprints import page_fingerprint
from lightkeeper.observe.nettests import observe
from lightkeeper.sources.fingerprint import Fingerprint

PAGE = Fingerprint("synthetic.page", "body", "contains", "synthetic block page", "nat", ("AA",), 10, "synthetic")


def test_a_reference_is_named_by_all_that_it_holds() -> None:
    own = reference.built_in()
    assert own.name.startswith("ref-")
    assert len(own.name) == 16
    assert {"observe/fingerprints.toml", "observe/targets.tsv"} <= own.files.keys()
    changed = [
        msgspec.structs.replace(own, files={**own.files, "observe/targets.tsv": b""}),
        msgspec.structs.replace(own, libraries={**own.libraries, "certifi": "1"}),
        reference.with_imported([PAGE]),
        reference.with_imported([msgspec.structs.replace(PAGE, countries=("BB",))]),
    ]
    assert len({own.name, *(r.name for r in changed)}) == 5
    assert reference.with_imported([PAGE, PAGE]).name == reference.with_imported([PAGE]).name


def test_fingerprints_are_used_within_the_block_only() -> None:
    before = reference.current().name
    with reference.in_force(reference.with_imported([PAGE])):
        assert page_fingerprint("a synthetic block page", {}, "AA") == ("synthetic.page", None)
        assert page_fingerprint('iframe src="http://10.10.34.34', {}, "IR") == ("ir.block_page_34", None)
        assert reference.current().name != before
    assert page_fingerprint("a synthetic block page", {}, "AA") == (None, None)
    assert reference.current().name == before


def test_lightkeepers_own_fingerprints_come_first() -> None:
    rival = Fingerprint("synthetic.rival", "body", "contains", "10.10.34.34", "nat", ("IR",), 10)
    with reference.in_force(reference.with_imported([rival])):
        assert page_fingerprint('iframe src="http://10.10.34.34', {}, "IR") == ("ir.block_page_34", None)
        assert page_fingerprint("10.10.34.34", {}, "IR") == ("synthetic.rival", None)


@pytest.mark.parametrize("part", ["files", "libraries"])
def test_what_this_version_cannot_use_is_refused_and_changes_nothing(part: str) -> None:
    own = reference.built_in()
    other = (
        msgspec.structs.replace(own, files={**own.files, "observe/of_tomorrow.toml": b"x"})
        if part == "files"
        else msgspec.structs.replace(own, libraries={**own.libraries, "certifi": "1970.1.1"})
    )
    with pytest.raises(InputError, match=r"Lightkeeper"), reference.in_force(other):
        pass
    assert reference.current().name == own.name


def test_fingerprints_that_cannot_be_read_are_refused() -> None:
    broken = msgspec.structs.replace(
        reference.built_in(), files={**reference.built_in().files, reference.IMPORTED: b"not json\n"}
    )
    with pytest.raises(InputError, match="cannot be read"):
        broken.known()


def test_a_list_of_targets_that_cannot_be_read_is_refused_and_changes_nothing() -> None:
    rival = reference.with_imported([PAGE])
    broken = msgspec.structs.replace(rival, files={**rival.files, "observe/targets.tsv": b"\xff"})
    with pytest.raises(InputError, match="list of targets"), reference.in_force(broken):
        pass
    assert reference.current().name == reference.built_in().name
    assert page_fingerprint("a synthetic block page", {}, "AA") == (None, None)


def test_the_alias_in_a_dns_answer_is_known_too() -> None:
    """A synthetic record of one look-up, answered with a CNAME and an address."""
    alias = Fingerprint("synthetic.alias", "dns", "full", "block.isp.example", "isp", ("AA",), 10)
    answers = [
        {"answer_type": "CNAME", "hostname": "Block.ISP.example."},
        {"answer_type": "A", "ipv4": "198.51.100.7"},
    ]
    query = {"engine": "system", "hostname": "example.org", "query_type": "A", "failure": None, "answers": answers}
    keys = {"queries": [query]}
    record = {"test_name": "web_connectivity", "input": "http://example.org/", "probe_cc": "AA", "test_keys": keys}
    with reference.in_force(reference.with_imported([alias])):
        seen = observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1)
    [lookup] = [o for o in seen.observations if o.dns_engine]
    assert "fingerprint:synthetic.alias" in lookup.dns_answer_kinds
    assert lookup.dns_answers == ["198.51.100.7"]
