"""Facts of answers and pages: networks of answers, simhash, refusals, times in ids, special addresses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lightkeeper.observe.addresses import is_bogon, translates
from lightkeeper.observe.decode import time_in_id
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.refusals import KNOWN, refusal
from lightkeeper.observe.simhash import distance, simhash
from places import DATA

WORDS = [f"word{n * 7919 % 1000}" for n in range(300)]


def test_the_networks_of_an_answer_are_kept() -> None:
    found = observe(
        (DATA / "ooni" / "wc05_qa" / "tcpBlockingConnectionRefusedWithInconsistentDNS.json").read_bytes(),
        file_sha256="0" * 64,
        line=1,
    ).observations
    by_engine = {o.dns_engine: o.dns_answer_asns for o in found if o.dns_engine and o.dns_answers}
    assert by_engine == {"doh": [15133], "getaddrinfo": [30722], "udp": [30722]}


def test_a_page_without_encryption_has_a_simhash_and_one_over_https_needs_none() -> None:
    for name, expected in (("successWithHTTP", True), ("controlFailureWithSuccessfulHTTPSWebsite", False)):
        data = (DATA / "ooni" / "wc05_qa" / f"{name}.json").read_bytes()
        pages = [o for o in observe(data, file_sha256="0" * 64, line=1).observations if o.http_status == 200]
        assert pages
        assert all((o.http_simhash is not None) is expected for o in pages)


def test_pages_with_nearly_the_same_words_have_nearly_the_same_simhash() -> None:
    one = simhash(" ".join(WORDS))
    changed = simhash(" ".join([*WORDS[:100], "new", *WORDS[101:]]))
    other = simhash(" ".join(f"other{n}" for n in range(300)))
    assert one
    assert changed
    assert other
    assert distance(one, changed) <= 6
    assert distance(one, other) >= 15


def test_a_simhash_is_the_same_everywhere() -> None:
    assert simhash("the quick brown fox jumps over the lazy dog") == simhash(
        "the  quick\nbrown fox jumps over the lazy dog"
    )
    assert simhash("the quick brown fox jumps over the lazy dog") == "79c8e9d6ec9b39ed"
    assert simhash("two words") is None
    assert simhash("") is None


def test_every_refusal_says_where_its_marks_are_described_and_needs_a_mark() -> None:
    assert all(r.source and r.status and (r.header or r.body) for r in KNOWN)


def test_a_plain_error_page_is_no_known_refusal() -> None:
    assert refusal(403, {"server": "nginx"}, "Forbidden") is None
    assert refusal(200, {"server": "cloudflare"}, "hello") is None
    assert refusal(403, {"server": "cloudflare"}, "") == "cloudflare"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20250527233111.802678_ID_webconnectivity_5a37ec909dbf14e3", datetime(2025, 5, 27, 23, 31, 11, tzinfo=UTC)),
        (
            "20200302T130853Z_AS197207_WIN8WWfSysccyZSG06Z5AaMJjSzrvxaq7UOiTnasi52k9D77T3",
            datetime(2020, 3, 2, 13, 8, 53, tzinfo=UTC),
        ),
        ("20251399999999.000000_IR_x", None),
        ("sha256:20250527233111_", None),
        ("temp-fid-00a4395f9a0f6a0e", None),
        ("", None),
        (None, None),
    ],
)
def test_the_collectors_time_is_read_from_ids_that_it_gave(text: str | None, expected: datetime | None) -> None:
    assert time_in_id(text) == expected


@pytest.mark.parametrize(
    "address",
    "10.0.0.1 100.64.0.1 198.18.0.1 203.0.113.1 240.0.0.1 0.0.0.0 2001:db8::1 2001::1 fec0::1 3fff::1 ff02::1 ::1 "
    "::ffff:10.0.0.1 64:ff9b::a0a:2224 2002:a0a:2224::1".split(),
)
def test_an_address_that_no_public_server_can_have_is_a_bogon(address: str) -> None:
    assert is_bogon(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "64:ff9b::5db8:d822", "64:ff9b:1::a0a:2224", "2606:2800:220:1::1", "not an address"]
)
def test_an_address_that_a_public_server_may_have_is_none(address: str) -> None:
    assert not is_bogon(address)


def test_an_address_that_dns64_made_is_known_by_its_end() -> None:
    assert translates("2001:67c:2960:6464::5db8:d822", "93.184.216.34")
    assert not translates("93.184.216.34", "93.184.216.34")
    assert not translates("2606:2800:220:1::1", "93.184.216.34")


def test_hostile_networks_of_an_answer_are_dropped() -> None:
    record = json.loads((DATA / "ooni" / "wc05_qa" / "successWithHTTP.json").read_bytes())
    for query in record["test_keys"]["queries"]:
        for answer in query["answers"] or []:
            answer["asn"] = -5
    found = observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1).observations
    assert all(o.dns_answer_asns == [] for o in found)
