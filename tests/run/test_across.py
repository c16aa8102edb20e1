"""Judging across networks: who is accused, who is not, and that a second run changes nothing. All tables synthetic."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.errors import InputError
from lightkeeper.judge.proof import failure_of, key_of, layers_tried
from lightkeeper.model import Control, Observation, Verdict
from lightkeeper.observe.addresses import is_bogon
from lightkeeper.observe.nettests import observe
from lightkeeper.run import across
from lightkeeper.run.across import judge_across
from lightkeeper.run.attempts import MEMORY, open_lake
from lightkeeper.run.tables import judge_into
from lightkeeper.store.lake import Lake
from places import DATA
from run.around_rows import CENSOR, CHAT, NOON, STORAGE, WORLD, Tables, signal, tcp, tls, verdicts, world

CUT = signal(chat="connection_reset")
OPENVPN = {"test_name": "openvpn", "target": "openvpn/riseupvpn"}
WEB = ("example.org", "example.org", "93.184.216.34")


def tunnel(failure: str | None = None) -> list[dict[str, Any]]:
    step = "openvpn over tcp handshake"
    place = {"ip": "51.15.187.53", "port": 1194, "target": "openvpn/riseupvpn"}
    return [place | {"app_tried": True, "app_step": step, "app_failure": failure}]


def content(folder: Path) -> dict[str, str]:
    return {p.as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def whole(out: Path, name: str, target: str = "signal") -> Verdict:
    return verdicts(out, name)[target, "all"]


def test_a_part_that_is_cut_here_while_the_world_gets_through_is_blocked(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    name, _ = (tables.add(CENSOR, CUT, hours=h) for h in (0, 2))
    out = tables.write(tmp_path)
    assert whole(out, name).state == "insufficient"
    made = judge_across(out)
    assert (made.judged_again, made.changed, made.blocked) == (2, 2, 2)
    found = whole(out, name)
    assert (found.state, found.mechanism, found.rule) == ("blocked", "tls.reset", "tls.cut_where_others_complete")
    assert "12 of 12 sessions got through, on 6 networks in 5 countries" in found.reasons[0]


def test_the_parts_of_a_service_have_verdicts_of_their_own(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    name, _ = (tables.add(CENSOR, CUT, hours=h) for h in (0, 2))
    judge_across(tables.write(tmp_path))
    found = verdicts(tmp_path, name)
    assert found["signal/chat", "all"].state == "blocked"
    assert found["signal/storage", "all"].state == "ok"


def test_the_rows_that_a_verdict_rests_on_are_kept_and_judge_the_same(tmp_path: Path) -> None:
    from lightkeeper.judge.verdicts import judge

    tables = Tables()
    world(tables, signal())
    tables.add(CENSOR, CUT, hours=2)
    name = tables.add(CENSOR, CUT)
    judge_across(tables.write(tmp_path))
    kept = [c for c in Lake(tmp_path).read(Control) if c.measurement_id == name]
    assert {c.lineage for c in kept} == {"same_window", "same_network", "same_line"}
    assert judge(tables.seen[-1], kept)[-1] == whole(tmp_path, name)


def test_nobody_elsewhere_means_nobody_is_accused(tmp_path: Path) -> None:
    tables = Tables()
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    assert judge_across(tables.write(tmp_path)).blocked == 0
    assert whole(tmp_path, names[0]).state == "insufficient"


def test_two_networks_elsewhere_are_not_enough_whatever_they_send(tmp_path: Path) -> None:
    tables = Tables()
    for n in range(200):
        tables.add(WORLD[n % 2 * 2], signal())
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    assert judge_across(tables.write(tmp_path)).blocked == 0
    assert "too few got through elsewhere" in whole(tmp_path, names[0]).reasons[0].casefold()


def test_one_session_with_one_endpoint_accuses_nobody(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    name = tables.add(CENSOR, CUT)
    assert judge_across(tables.write(tmp_path)).blocked == 0
    assert "only one session" in whole(tmp_path, name).reasons[0].casefold()


def test_one_session_with_two_endpoints_of_a_part_is_enough(tmp_path: Path) -> None:
    second = ("signal/chat", "chat.signal.org", "13.248.212.111")
    tables = Tables()
    world(tables, [*signal(), tls(second)])
    name = tables.add(CENSOR, [*CUT, tls(second, "connection_reset")])
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, name).state == "blocked"


def test_a_dead_line_accuses_nobody(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, [tcp(CHAT), tcp(WEB)])
    dead = [tcp(CHAT, "generic_timeout_error"), tcp(WEB, "generic_timeout_error")]
    names = [tables.add(CENSOR, dead, hours=h) for h in (0, 2)]
    assert judge_across(tables.write(tmp_path)).blocked == 0
    assert "the line was open" in whole(tmp_path, names[0]).reasons[0]


def test_a_line_that_was_open_six_hours_before_an_outage_does_not_make_it_a_block(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, [tcp(CHAT), tcp(WEB)])
    for n in range(20):
        tables.add(CENSOR, [tcp(WEB)], hours=-6, report_id=f"before-{n}")
    for hour in (0, 2):
        tables.add(CENSOR, [tcp(CHAT, "generic_timeout_error")], hours=hour)
    assert judge_across(tables.write(tmp_path)).blocked == 0


def test_a_network_that_also_lets_it_through_is_not_accused(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    for hour in (0, 2):
        tables.add(CENSOR, CUT, hours=hour)
        tables.add(CENSOR, signal(), hours=hour)
    assert judge_across(tables.write(tmp_path)).blocked == 0


def test_a_service_that_is_down_for_the_world_is_blocked_nowhere(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, CUT)
    world(tables, signal(), each=1)
    for hour in (0, 2):
        tables.add(CENSOR, CUT, hours=hour)
    assert judge_across(tables.write(tmp_path)).blocked == 0


def test_what_worked_only_in_the_weeks_before_explains_and_does_not_accuse(tmp_path: Path) -> None:
    tables = Tables()
    for n in range(3):
        for network in WORLD:
            tables.add(network, signal(), hours=-240 - n)
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    assert judge_across(tables.write(tmp_path)).blocked == 0
    assert "in the 30 days before" in whole(tmp_path, names[0]).reasons[0]


def test_a_refused_certificate_is_never_blocked_by_comparison(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    for hour in (0, 2):
        tables.add(CENSOR, signal(chat="ssl_unknown_authority"), hours=hour)
    assert judge_across(tables.write(tmp_path)).blocked == 0


@pytest.mark.parametrize("failure", ["connection_reset", "ssl_unknown_authority"])
def test_a_failure_that_follows_the_software_is_the_instruments(tmp_path: Path, failure: str) -> None:
    old = {"software": "ooniprobe-android 3.7.0"}
    tables = Tables()
    world(tables, signal(), each=4)
    for network in WORLD[:4]:
        tables.add(network, signal(chat=failure), **old)
    names = [tables.add(CENSOR, signal(chat=failure), hours=h, **old) for h in (0, 2)]
    judge_across(tables.write(tmp_path))
    found = whole(tmp_path, names[0])
    assert (found.state, found.rule) == ("insufficient", "instrument.version")
    assert found.validity != "valid"


def test_a_failure_that_follows_the_platform_is_the_instruments(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal(), each=4, platform="ios")
    for network in WORLD[:4]:
        tables.add(network, CUT)
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, names[0]).rule == "instrument.version"


def test_openvpn_is_blocked_at_its_handshake(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, tunnel(), **OPENVPN)
    for hour in (0, 2):
        tables.add(CENSOR, signal(), hours=hour)
        name = tables.add(CENSOR, tunnel("generic_timeout_error"), hours=hour, **OPENVPN)
    judge_across(tables.write(tmp_path))
    found = whole(tmp_path, name, "openvpn/riseupvpn")
    assert (found.state, found.mechanism) == ("blocked", "vpn.openvpn.handshake")


def bootstrap(failure: str | None, step: str) -> list[dict[str, Any]]:
    return [{"target": "tor/network", "app_tried": True, "app_step": step, "app_failure": failure}]


def test_a_bootstrap_of_tor_that_stalls_says_how_far_it_got(tmp_path: Path) -> None:
    tor = {"test_name": "vanilla_tor", "target": "tor/network"}
    tables = Tables()
    world(tables, bootstrap(None, "bootstrap at 100 % (done)"), **tor)
    for hour in (0, 2):
        tables.add(CENSOR, signal(), hours=hour)
        stalled = bootstrap("timeout-reached", "bootstrap at 14 % (handshake)")
        name = tables.add(CENSOR, stalled, hours=hour, **tor)
    judge_across(tables.write(tmp_path))
    found = whole(tmp_path, name, "tor/network")
    assert (found.state, found.mechanism) == ("blocked", "vpn.tor.bootstrap")
    assert "bootstrap at 14 % (handshake)" in found.reasons[0]


def test_bridges_are_blocked_apart_from_directory_authorities(tmp_path: Path) -> None:
    tor = {"test_name": "tor", "target": "tor/network"}

    def seen(failure: str | None) -> list[dict[str, Any]]:
        bridges = [
            {"target": "tor/obfs4", "ip": ip, "port": 443, "app_tried": True, "app_step": "obfs4 handshake"}
            | {"app_failure": failure}
            for ip in ("192.95.36.142", "38.229.33.83")
        ]
        return [*bridges, {"target": "tor/dirauth", "ip": "128.31.0.39", "port": 9101, "tls_tried": True}]

    tables = Tables()
    world(tables, seen(None), **tor)
    name = tables.add(CENSOR, seen("generic_timeout_error"), **tor)
    judge_across(tables.write(tmp_path))
    found = verdicts(tmp_path, name)
    assert found["tor/obfs4", "all"].mechanism == "vpn.tor.obfs4.handshake"
    assert found["tor/dirauth", "all"].state == "ok"
    assert found["tor/network", "all"].state == "blocked"


def look_up(failure: str | None = None) -> list[dict[str, Any]]:
    name = {"target": "signal/chat", "hostname": "chat.signal.org", "dns_engine": "system", "dns_query_type": "A"}
    answers = [] if failure else ["76.223.92.165"]
    return [name | {"dns_failure": failure, "dns_answers": answers}, tcp(WEB)]


def test_a_resolver_of_the_users_choice_does_not_accuse_the_network(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, look_up())
    for hour in (0, 2):
        tables.add(CENSOR, look_up("dns_nxdomain_error"), hours=hour, resolver_asn=13335)
    assert judge_across(tables.write(tmp_path)).blocked == 0


def test_the_networks_own_resolver_does(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, look_up())
    names = [tables.add(CENSOR, look_up("dns_nxdomain_error"), hours=hour) for hour in (0, 2)]
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, names[0]).mechanism == "dns.nxdomain"


FLOOD = 10_000


def test_a_flood_of_forged_successes_from_one_network_accuses_nobody(tmp_path: Path) -> None:
    tables = Tables()
    for _ in range(FLOOD):
        tables.add(("DE", 3320), [tls(CHAT)])
    for network in WORLD[1:4]:
        tables.add(network, CUT)
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, names[0]).state == "insufficient"


def test_a_flood_of_forged_successes_in_one_session_is_one_voice(tmp_path: Path) -> None:
    tables = Tables()
    for n in range(FLOOD):
        tables.add(WORLD[n % 2], [tls(CHAT)], report_id="one")
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    assert judge_across(tables.write(tmp_path)).blocked == 0
    kept = [c for c in Lake(tmp_path).read(Control) if c.measurement_id == names[0] and c.lineage == "same_window"]
    assert {(c.succeeded, c.networks, c.countries) for c in kept} == {(2, 2, 1)}


def test_a_flood_of_forged_failures_from_one_network_hides_nothing(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    for _ in range(FLOOD):
        tables.add(("DE", 3320), [tls(CHAT, "connection_reset")])
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, names[0]).state == "blocked"


def test_another_country_that_censors_too_hides_nothing(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    for asn in (4134, 4837, 9808, 56040):
        for hour in (-1, 0, 1):
            tables.add(("CN", asn), CUT, hours=hour)
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    judge_across(tables.write(tmp_path))
    assert whole(tmp_path, names[0]).state == "blocked"


def test_a_second_run_leaves_the_same_bytes(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    for hour in (0, 2):
        tables.add(CENSOR, CUT, hours=hour)
    tables.add(CENSOR, signal(chat="ssl_unknown_authority"))
    judge_across(tables.write(tmp_path))
    before = content(tmp_path)
    assert judge_across(tmp_path).changed == 0
    assert content(tmp_path) == before


def test_a_run_that_was_killed_between_two_tables_is_made_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = Tables()
    world(tables, signal())
    for hour in (0, 2):
        tables.add(CENSOR, CUT, hours=hour)
    judge_across(tables.write(tmp_path / "whole"))
    out, write = tables.write(tmp_path / "killed"), Lake.write

    def killed(self: Lake, table: Any, rows: Any, *, part: str) -> Path:
        if table is Verdict:
            raise KeyboardInterrupt
        return write(self, table, rows, part=part)

    monkeypatch.setattr(across.Lake, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        judge_across(out)
    monkeypatch.undo()
    judge_across(out)
    assert sorted(content(out).values()) == sorted(content(tmp_path / "whole").values())


def test_a_run_without_tables_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="judge FILES --out"):
        judge_across(tmp_path)


def test_the_change_of_signals_root_in_2022_accuses_no_network(tmp_path: Path, shared: Path) -> None:
    """A real record, refused for the old root; its copies on other networks are synthetic, and so is the world."""
    record = (shared / "ooni" / "measurements" / "signal_2627.json").read_bytes()
    real = observe(record, file_sha256="0" * 64, line=1)
    when = real.measurement.started_at
    assert when is not None
    facts = [
        {f: getattr(o, f) for f in o.__struct_fields__ if f not in ("measurement_id", "number")}
        for o in real.observations
    ]
    passing = [f | {"tls_failure": None, "http_failure": None} for f in facts]
    old = {"software": real.measurement.software, "platform": real.measurement.platform, "started_at": when}
    tables = Tables()
    for n, network in enumerate(WORLD * 3):
        tables.add(network, passing, **(old | {"software": f"ooniprobe-android 3.7.{n % 2}"}))
    names = [tables.add(network, facts, **old) for network in [*WORLD[:4], CENSOR, CENSOR]]
    made = judge_across(tables.write(tmp_path))
    assert made.blocked == 0
    assert {whole(tmp_path, name).state for name in names} == {"insufficient"}
    assert "valid" not in {whole(tmp_path, name).validity for name in names}


def test_the_tables_are_compared_by_the_same_keys_as_the_facts(tmp_path: Path) -> None:
    paths = sorted((DATA / "ooni").glob("*/*.json"))
    judge_into(paths, tmp_path)
    lake = Lake(tmp_path)
    facts = [o for o in lake.read(Observation) if not (o.ip and is_bogon(o.ip))]
    wanted = {
        (o.measurement_id, *key, failure_of(layer, o))
        for o in facts
        for layer in layers_tried(o)
        if (key := key_of(layer, o))
    }
    with open_lake(tmp_path) as db:
        rows = db.sql("SELECT measurement_id, layer, target, host, ip, port, step, failure FROM tried").fetchall()
    found = {tuple(row) for row in rows}
    assert len(wanted) > 200
    assert wanted <= found
    assert {row for row in found - wanted if row[3] or row[4]} <= {row for row in found if is_bogon(row[4])}


def test_what_does_not_fit_into_memory_is_spilled_and_the_spill_is_gone_in_the_end(tmp_path: Path) -> None:
    judge_into(sorted((DATA / "ooni").glob("*/*.json"))[:1], tmp_path)
    with open_lake(tmp_path) as db:
        setting = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        limit, spill = db.sql(setting).fetchall()[0]
        assert limit == db.sql(f"SELECT format_bytes({int(MEMORY.removesuffix('MB'))}000000)").fetchall()[0][0]
        columns = "hash(i) AS a, hash(i + 1) AS b, md5(i::VARCHAR) AS c"
        db.execute(f"CREATE TABLE large AS SELECT {columns} FROM range(6000000) t(i)")
        assert Path(spill).is_dir()
        assert list(Path(spill).iterdir()), "400 MB were meant to spill"
    assert not Path(spill).exists()


def site(tables: Tables, network: tuple[str, int], failure: str | None, **more: Any) -> str:
    """A record of a site that has a control of its own, which gets through."""
    return tables.add(
        network, [tcp(WEB), tls(WEB, failure)], test_name="web_connectivity", target="example.org", **more
    )


def test_a_site_that_fails_in_all_countries_accuses_none_of_them_whatever_its_control_says(tmp_path: Path) -> None:
    tables = Tables(helper=WEB)
    names = [site(tables, network, "connection_reset") for network in [CENSOR, *WORLD]]
    out = tables.write(tmp_path)
    assert {whole(out, name, "example.org").state for name in names} == {"blocked"}
    judge_across(out)
    assert {whole(out, name, "example.org").state for name in names} == {"insufficient"}
    before = content(out)
    judge_across(out)
    assert content(out) == before


def test_a_site_that_fails_here_and_works_in_most_countries_stays_blocked(tmp_path: Path) -> None:
    tables = Tables(helper=WEB)
    name = site(tables, CENSOR, "connection_reset")
    for n, network in enumerate(WORLD):
        site(tables, network, "connection_reset" if n < 2 else None)
    out = tables.write(tmp_path)
    judge_across(out)
    assert whole(out, name, "example.org").state == "blocked"


def test_a_site_that_fails_elsewhere_in_another_way_stays_blocked_here(tmp_path: Path) -> None:
    tables = Tables(helper=WEB)
    name = site(tables, CENSOR, "connection_reset")
    for network in WORLD:
        site(tables, network, "ssl_invalid_certificate")
    out = tables.write(tmp_path)
    judge_across(out)
    assert whole(out, name, "example.org").state == "blocked"


def test_a_page_for_robots_that_all_countries_get_accuses_nobody(tmp_path: Path) -> None:
    page = {"target": "example.org", "hostname": "example.org", "ip": WEB[2], "port": 80, "http_tried": True}
    page |= {
        "http_url": "http://example.org/",
        "http_status": 200,
        "http_body_bytes": 700,
        "http_title": "Are you human?",
    }
    tables = Tables(helper=WEB)
    site_of = {"test_name": "web_connectivity", "target": "example.org"}
    names = [tables.add(n, [page | {"http_simhash": "00ff00ff00ff00ff"}], **site_of) for n in [CENSOR, *WORLD * 2]]
    judge_across(tables.write(tmp_path))
    found = whole(tmp_path, names[0], "example.org")
    assert (found.state, found.rule) == ("insufficient", "http.page_in_most_countries")


def test_a_measurement_in_doubt_is_no_control_elsewhere(tmp_path: Path) -> None:
    servers = [("DE", 24940), ("US", 16509), ("FR", 16276), ("NL", 14061), ("GB", 396982), ("SG", 20473)]
    tables = Tables()
    for network in servers * 2:
        tables.add(network, signal())
    names = [tables.add(CENSOR, CUT, hours=h) for h in (0, 2)]
    out = tables.write(tmp_path)
    assert judge_across(out).blocked == 0
    doubted = [v.validity != "valid" for v in Lake(out).read(Verdict) if v.layer == "all" and v.target == "signal"]
    assert sum(doubted) >= 8
    assert "got through elsewhere" not in whole(out, names[0]).reasons[0]


def test_a_dead_line_is_none_where_the_collector_had_the_record_at_once(tmp_path: Path) -> None:
    for prompt, state in ((True, "blocked"), (False, "insufficient")):
        tables = Tables()
        world(tables, [tls(CHAT)])
        for n, hours in enumerate((0, 2)):
            began = NOON + timedelta(hours=hours)
            received = began + timedelta(seconds=40 if prompt else 4000)
            uid = f"{received:%Y%m%d%H%M%S}.{n:06d}_IR_signal_0123456789abcdef"
            tables.add(CENSOR, [tls(CHAT, "connection_reset")], hours=hours, measurement_id=uid, received_at=received)
        out = tables.write(tmp_path / state)
        judge_across(out)
        assert whole(out, uid).state == state


def test_androids_word_counts_where_two_sessions_and_other_networks_bear_it_out(tmp_path: Path) -> None:
    def named(failure: str | None) -> list[dict[str, Any]]:
        name = {"target": CHAT[0], "hostname": CHAT[1], "dns_engine": "system", "dns_query_type": "A"}
        return [name | {"dns_failure": failure, "dns_answers": [] if failure else [CHAT[2]]}, tcp(STORAGE)]

    tables = Tables()
    world(tables, named(None))
    names = [tables.add(CENSOR, named("android_dns_cache_no_data"), hours=h) for h in (0, 2)]
    out = tables.write(tmp_path)
    assert whole(out, names[0]).validity == "android_resolver"
    judge_across(out)
    assert (whole(out, names[0]).state, whole(out, names[0]).mechanism) == ("blocked", "dns.no_answer")
    before = content(out)
    judge_across(out)
    assert content(out) == before
