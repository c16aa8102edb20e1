"""Rules of TLS interception and the search across networks, on SYNTHETIC observations."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lightkeeper.judge import rules as _rules  # noqa: F401 registers the rules
from lightkeeper.judge.control import View
from lightkeeper.judge.interception import MIN_DOMAINS, Shown, interceptions
from lightkeeper.judge.rule import Rule, decide
from lightkeeper.model import Control, Observation

HOST, IP = "www.example.org", "192.0.2.7"


def shake(failure: str | None = None, check: str | None = None, **more: Any) -> Observation:
    facts: dict[str, Any] = {"target": "web", "tls_tried": True, "hostname": HOST, "tls_server_name": HOST} | more
    return Observation(
        measurement_id="m", number=0, ip=IP, port=443, tls_failure=failure, tls_certificate_check=check, **facts
    )


def decided(seen: Observation, *, control: bool | None = True) -> Rule:
    rows = []
    if control is not None:
        ok = int(control)
        rows = [
            Control(
                measurement_id="m", number=0, hour=None, layer="tls", hostname=HOST, ip=IP, port=443,
                succeeded=ok, failed=1 - ok, failure=None, lineage="test_helper",
            )
        ]  # fmt: skip
    found = decide("tls", seen, View([seen], rows), seen.tls_failure is None)
    assert found is not None
    return found.rule


@pytest.mark.parametrize("check", ["self_signed", "unknown_authority", "wrong_name"])
def test_a_wrong_certificate_is_interception_where_the_control_completes(check: str) -> None:
    for seen in (shake("ssl_invalid_certificate", check), shake(None, check, tls_unverified=True)):
        found = decided(seen)
        assert (found.state, found.mechanism) == ("blocked", f"tls.mitm.{check}")


@pytest.mark.parametrize("check", ["self_signed", "unknown_authority", "wrong_name"])
def test_a_wrong_certificate_alone_does_not_accuse(check: str) -> None:
    assert decided(shake("ssl_unknown_authority", check), control=None).state == "insufficient"
    assert decided(shake("ssl_unknown_authority", check), control=False).state == "down"
    assert decided(shake(None, check, tls_unverified=True), control=None).state == "ok"


def test_an_authority_or_a_date_that_the_probe_refuses_accuses_nobody_without_the_certificate() -> None:
    for failure in ("ssl_unknown_authority", "ssl_invalid_certificate"):
        found = decided(shake(failure))
        assert (found.state, found.doubt) == ("insufficient", "root_store")
        assert decided(shake(failure), control=False).state == "down"


def test_a_name_that_the_probe_refuses_tells_the_mechanism_without_the_certificate() -> None:
    assert decided(shake("ssl_invalid_hostname")).mechanism == "tls.mitm.wrong_name"


def test_a_certificate_that_nobody_can_check_is_the_probes_word() -> None:
    held = {"tls_certificate_sha256": "ab" * 32}
    assert decided(shake("ssl_unknown_authority", **held)).mechanism == "tls.mitm.unknown_authority"
    assert decided(shake("ssl_invalid_certificate", **held)).mechanism == "tls.mitm"


@pytest.mark.parametrize("check", ["valid", "expired", "not_yet_valid"])
def test_a_date_alone_or_an_old_list_at_the_probe_does_not_accuse(check: str) -> None:
    assert decided(shake("ssl_invalid_certificate", check)).state == "insufficient"


def test_a_filter_on_the_users_own_machine_is_not_the_networks_work() -> None:
    found = decided(shake("ssl_unknown_authority", "unknown_authority", tls_issuer="AO Kaspersky Lab"))
    assert (found.state, found.id) == ("insufficient", "tls.local_filter")


def test_a_state_authority_is_named() -> None:
    found = decided(shake("ssl_unknown_authority", None, tls_issuer="Qaznet Trust Network"))
    assert (found.state, found.mechanism) == ("blocked", "tls.mitm.state_authority")


def test_a_name_that_was_meant_to_be_wrong_proves_nothing() -> None:
    assert decided(shake(None, "wrong_name", tls_unverified=True, target="sni/x")).state == "ok"
    assert decided(shake("ssl_invalid_hostname", "wrong_name", target="sni/x")).state == "insufficient"


def test_verified_by_us_and_accepted_by_the_probe_are_kept_apart() -> None:
    pair = (HOST, IP)
    ours, theirs = View([shake(None, "valid", tls_unverified=True)], []), View([shake()], [])
    assert (pair in ours.verified_by_us, pair in ours.accepted_by_probe) == (True, False)
    assert (pair in theirs.verified_by_us, pair in theirs.accepted_by_probe) == (False, True)
    for other in (shake(None, tls_unverified=True), shake(None, "wrong_name"), shake("eof_error", "valid")):
        assert not View([other], []).verified


def rows(issuer: str = "Gateway", asns: tuple[int, ...] = (64500,), cc: str = "XA", sites: int = 3) -> list[Shown]:
    hosts = [f"www.site{n}.example" for n in range(sites)]
    bad = [Shown(cc, asn, h, f"bad{h}", issuer, "unknown_authority") for h in hosts for asn in asns]
    return bad + [Shown("XB", 64999, h, f"good{h}", "Trusted", "valid") for h in hosts]


def test_an_issuer_of_unrelated_sites_on_one_network_is_found_in_any_order() -> None:
    seen = rows()
    found = interceptions(seen)
    assert [(f.probe_cc, f.probe_asn, f.issuer, len(f.domains)) for f in found] == [("XA", 64500, "Gateway", 3)]
    random.Random(1).shuffle(seen)
    assert interceptions(seen) == found


def test_several_networks_of_one_country_are_one_finding_without_a_network() -> None:
    assert [f.probe_asn for f in interceptions(rows(asns=(64500, 64501)))] == [None]


def test_an_issuer_seen_in_two_countries_or_on_few_or_related_sites_is_not_found() -> None:
    assert not interceptions(rows() + rows(cc="XC"))
    assert not interceptions(rows(sites=MIN_DOMAINS - 1))
    related = [Shown("XA", 64500, f"{n}.site.example", "b", "Own CA", "unknown_authority") for n in range(5)]
    assert not interceptions([*related, Shown("XB", 64999, "0.site.example", "g", "Trusted", "valid")])


def test_sites_with_no_valid_certificate_elsewhere_do_not_accuse() -> None:
    assert not interceptions([r for r in rows() if r.check != "valid"])


def test_a_local_product_is_marked_as_such() -> None:
    assert [f.kind for f in interceptions(rows("Fortinet, FortiGate CA"))] == ["local"]
