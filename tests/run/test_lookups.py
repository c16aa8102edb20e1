"""Look-ups compared across records: injected answers, and a resolver that is silent about one name. All synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from lightkeeper.model import Control
from lightkeeper.run.across import judge_across
from run.around_rows import CENSOR, WORLD, Tables
from run.test_across import content, whole

SITES = [("bbc.com", "151.101.0.81"), ("hrw.org", "104.18.0.1"), ("torproject.org", "116.202.120.165")]
FORGED = "31.13.95.33"
OPEN_SITE = ("example.org", "93.184.215.14")


def facts(host: str, answer: str | None, failure: str | None = None, *, reached: bool = False) -> list[dict[str, Any]]:
    """A look-up by the network's resolver, one over DoH that fails, and the connection to what was answered."""
    base = {"target": host, "hostname": host}
    seen = [
        base | {"dns_engine": "system", "dns_query_type": "A", "dns_answers": [answer] if answer else []},
        base | {"dns_engine": "doh", "dns_query_type": "A", "dns_failure": "generic_timeout_error"},
    ]
    seen[0] |= {"dns_failure": failure}
    if answer:
        place = base | {"ip": answer, "port": 443}
        cut = None if reached else "connection_reset"
        seen += [place | {"tcp_tried": True}, place | {"tls_tried": True, "tls_failure": cut, "tls_server_name": host}]
    return seen


def page(tables: Tables, host: str, answer: str | None, session: str, **more: Any) -> str:
    """A record of a site, with a control of its own that has the site's address."""
    own = dict([*SITES, OPEN_SITE])[host]
    tables.helper = (host, host, own)
    reached = answer == own
    return tables.add(
        more.pop("network", CENSOR),
        facts(host, answer, more.pop("failure", None), reached=reached),
        test_name="web_connectivity",
        target=host,
        report_id=session,
        **more,
    )


def forged(tables: Tables, session: str, sites: int = 3, **more: Any) -> list[str]:
    return [page(tables, host, FORGED, session, **more) for host, _ in SITES[:sites]]


def state_of(tables: Tables, out: Path, name: str, host: str = SITES[0][0]) -> str:
    judge_across(tables.write(out))
    return whole(out, name, host).state


def test_one_wrong_address_for_unrelated_names_on_one_network_is_injected(tmp_path: Path) -> None:
    tables = Tables()
    names = forged(tables, "one")
    for session in ("one", "two"):
        page(tables, *OPEN_SITE, session)
    forged(tables, "two", hours=30)
    out = tables.write(tmp_path)
    assert whole(out, names[0], SITES[0][0]).state == "insufficient"
    judge_across(out)
    found = whole(out, names[0], SITES[0][0])
    assert (found.state, found.mechanism) == ("blocked", "dns.injection.one_address")
    assert f"2 sessions on 2 days were given {FORGED} for 3 unrelated sites" in found.reasons[0]
    before = content(out)
    judge_across(out)
    assert content(out) == before


def test_a_portal_that_answers_for_every_name_of_one_session_is_no_proof(tmp_path: Path) -> None:
    tables = Tables()
    names = forged(tables, "hotel")
    assert state_of(tables, tmp_path, names[0]) == "insufficient"
    assert "asks for a login" in whole(tmp_path, names[0], SITES[0][0]).reasons[0]


def test_two_names_may_share_a_server(tmp_path: Path) -> None:
    tables = Tables()
    names = forged(tables, "one", sites=2)
    for session in ("one", "two"):
        page(tables, *OPEN_SITE, session)
    forged(tables, "two", sites=2, hours=30)
    assert state_of(tables, tmp_path, names[0]) == "insufficient"


def test_an_address_that_serves_a_name_under_its_certificate_is_a_servers(tmp_path: Path) -> None:
    tables = Tables()
    names = [*forged(tables, "one"), *forged(tables, "two", hours=30)]
    for session in ("one", "two"):
        page(tables, *OPEN_SITE, session)
    cdn = facts("other.com", FORGED, reached=True)
    tables.add(("DE", 3320), cdn, target="other.com", test_name="web_connectivity")
    assert state_of(tables, tmp_path, names[0]) == "insufficient"


def test_an_address_that_other_countries_are_given_too_is_the_sites(tmp_path: Path) -> None:
    tables = Tables()
    names = [*forged(tables, "one"), *forged(tables, "two", hours=30)]
    for session in ("one", "two"):
        page(tables, *OPEN_SITE, session)
    forged(tables, "there", network=("DE", 3320))
    assert state_of(tables, tmp_path, names[0]) == "insufficient"


def test_what_a_resolver_of_the_users_choice_answers_is_not_the_networks(tmp_path: Path) -> None:
    tables = Tables()
    names = [*forged(tables, "one", resolver_asn=15169), *forged(tables, "two", hours=30, resolver_asn=15169)]
    for session in ("one", "two"):
        page(tables, *OPEN_SITE, session, resolver_asn=15169)
    assert state_of(tables, tmp_path, names[0]) == "insufficient"


@pytest.mark.parametrize(
    ("days", "others", "answered", "state"),
    [
        (2, True, 0, "blocked"),
        (1, True, 0, "insufficient"),
        (2, False, 0, "insufficient"),
        (2, True, 3, "insufficient"),
    ],
    ids=["two days", "one day", "nobody else asked", "it answers as often"],
)
def test_a_resolver_that_never_answers_for_one_name_and_does_for_others_blocks_it(
    days: int, others: bool, answered: int, state: str, tmp_path: Path
) -> None:
    host = SITES[0][0]
    tables = Tables()
    names = []
    for n in range(4):
        hours = (n % days) * 24 + n // days
        names.append(page(tables, host, None, f"s{n}", failure="dns_server_misbehaving", hours=hours))
        if others:
            page(tables, *OPEN_SITE, f"s{n}", hours=hours)
    for n in range(answered):
        page(tables, *SITES[0], f"answered-{n}", hours=n)
    assert state_of(tables, tmp_path, names[0]) == state
    if state == "blocked":
        assert whole(tmp_path, names[0], host).mechanism == "dns.servfail"


def test_an_address_that_most_countries_are_given_accuses_none_of_them(tmp_path: Path) -> None:
    host = SITES[0][0]
    networks_of = ((FORGED, 32934), (SITES[0][1], 54113))
    tables = Tables()
    names = []
    for network in [CENSOR, *WORLD]:
        name = page(tables, host, FORGED, f"of-{network[1]}", network=network)
        made = tables.seen[-1]
        private = msgspec.structs.replace(made.observations[1], dns_failure=None, dns_answers=[SITES[0][1]])
        of: dict[str, Any] = {"measurement_id": name, "layer": "address", "lineage": "test_helper", "succeeded": 1}
        numbers = [Control(number=9 + n, ip=ip, asn=asn, **of) for n, (ip, asn) in enumerate(networks_of)]
        seen = [made.observations[0], private, *made.observations[2:]]
        tables.seen[-1] = msgspec.structs.replace(made, observations=seen, controls=[*made.controls, *numbers])
        names.append(name)
    out = tables.write(tmp_path)
    assert {whole(out, name, host).state for name in names} == {"blocked"}
    judge_across(out)
    assert {whole(out, name, host).rule for name in names} == {"dns.answer_in_most_countries"}
    assert "So it is in 5 of 5 other countries" in whole(out, names[0], host).reasons[0]
    before = content(out)
    judge_across(out)
    assert content(out) == before
