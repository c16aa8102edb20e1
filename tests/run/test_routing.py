"""From a collector's files to how much of a country is seen: a damaged file is no outage. All MRT here is synthetic."""

from __future__ import annotations

import bz2
import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from lightkeeper import cli
from lightkeeper.archive import Archive
from lightkeeper.errors import InputError, SourceUnavailable
from lightkeeper.model import Signal
from lightkeeper.run.fetching import Wanted
from lightkeeper.run.routing import fetch_routing, import_routing
from lightkeeper.run.routing_files import read_asns
from lightkeeper.settings import Settings
from lightkeeper.sources import series_fetch
from lightkeeper.sources.web import Web
from lightkeeper.store.lake import Lake
from places import SHARED
from sources.mrt_writer import BEGIN, keepalive, path, table, update
from sources.server import Answer, Asked, Replay, replaying

PEERS = [(f"192.0.2.{n}", 64500 + n) for n in range(1, 6)]
IR, OTHER = 58224, 64999
ROUTES = {"203.0.112.0/24": dict.fromkeys(range(5), IR), "203.0.113.0/24": dict.fromkeys(range(5), 197207)}
DAY = datetime(2026, 1, 8, tzinfo=UTC)
WANTED = Wanted("IR", date(2026, 1, 8), date(2026, 1, 9), asns=[IR])
LINX = "route-views.linx"


def resources() -> bytes:
    found = {"query_time": "2026-01-08T00:00:00", "resources": {"asn": [str(IR), "197207"], "ipv4": [], "ipv6": []}}
    return json.dumps({"status": "ok", "data": found}).encode()


def quarter(begin: int) -> bytes:
    """Fifteen minutes in which the collector says something in each step; at noon one network goes."""
    noon = int(DAY.timestamp()) + 43_200
    gone = [update(noon + 10, peer, withdraw="203.0.113.0/24") for peer in PEERS] if begin == noon else []
    rest = [keepalive(begin + second, PEERS[0]) for second in (60, 360, 660)]
    return b"".join([*gone, *rest])


def collector(asked: Asked) -> Answer:
    """Synthetic: RIPEstat's list of AS, and a day of a RouteViews collector."""
    if "country-resource-list" in asked.path:
        return Answer(resources())
    kind, day, clock = re.search(r"(rib|updates)\.(\d{8})\.(\d{4})", asked.path).groups()  # type: ignore[union-attr]
    begin = int(datetime.strptime(day + clock, "%Y%m%d%H%M").replace(tzinfo=UTC).timestamp())
    return Answer(bz2.compress(table(begin, PEERS, ROUTES) if kind == "rib" else quarter(begin)))


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[Asked], Answer]], Replay]]:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))
    with replaying(collector) as server:

        def play(answers: Callable[[Asked], Answer]) -> Replay:
            server.play = answers
            return server

        monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", json.dumps([server.host]))
        for name in ("RIPESTAT", "RIS", "ROUTEVIEWS"):
            monkeypatch.setenv(f"LIGHTKEEPER_{name}_URL", server.url)
        yield play


def series(folder: Path, entity: str = "IR", name: str = LINX) -> list[float | str | None]:
    rows = Lake(folder / "tables").read(Signal)
    wanted = f"mrt/{name}/visible_prefixes_v4/{entity}"
    return [row.missing or row.value for row in sorted(rows, key=lambda r: r.step_at) if row.series == wanted]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["lightkeeper", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


Serve = Callable[[Callable[[Asked], Answer]], Replay]


def test_a_network_that_peers_withdraw_at_noon_is_gone_from_noon_on(tmp_path: Path, serve: Serve) -> None:
    serve(collector)
    found = fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    assert (found.files, found.fetched, found.failed, found.set_aside) == (97, 97, [], 0)
    assert (found.networks, found.signals) == (2, 288 * 4 * 2)
    assert series(tmp_path) == [2.0] * 144 + [1.0] * 144
    assert series(tmp_path, str(IR)) == [1.0] * 288
    assert Lake(tmp_path / "tables").parts(Signal) == [f"fetch-routing-{LINX}-IR-2026-01-08"]


def test_a_second_run_leaves_no_row_twice_and_asks_for_no_file_twice(tmp_path: Path, serve: Serve) -> None:
    server = serve(collector)
    first = fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    asked = len(server.asked)
    again = fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    assert (again.fetched, again.skipped, len(server.asked)) == (0, 97, asked)
    assert len(Lake(tmp_path / "tables").read(Signal)) == first.signals


def test_a_file_that_is_not_there_is_a_gap_and_no_outage(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    serve(lambda asked: Answer(b"", 404) if ".0600." in asked.path else collector(asked))
    words = ("--cc", "IR", "--since", "2026-01-08", "--until", "2026-01-09", "--collector", LINX, "--json")
    assert run(monkeypatch, "fetch", "routing", *words, "--data", str(tmp_path)) == 3
    told = json.loads(capfd.readouterr().out)
    assert (told["files"], len(told["failed"]), told["networks"]) == (96, 1, 2)
    assert series(tmp_path) == [2.0] * 72 + ["gap_in_source"] * 3 + ["stale_after_gap"] * 213


def test_a_table_that_breaks_off_gives_no_value_and_not_a_low_one(tmp_path: Path, serve: Serve) -> None:
    def cut(asked: Asked) -> Answer:
        begin = int(DAY.timestamp())
        whole = "rib" in asked.path
        return Answer(bz2.compress(table(begin, PEERS, ROUTES)[:-20])) if whole else collector(asked)

    serve(cut)
    found = fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    assert found.set_aside == 1
    assert str(tmp_path) not in found.aside[0].file
    assert "/RIBS/rib.20260108.0000.bz2" in found.aside[0].file
    assert series(tmp_path) == ["unreadable_in_source"] * 288


def test_without_the_list_of_networks_or_without_files_the_source_is_unavailable(tmp_path: Path, serve: Serve) -> None:
    serve(lambda _asked: Answer(b"", 404))
    with pytest.raises(SourceUnavailable, match="ripestat"):
        fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    serve(lambda asked: Answer(resources()) if "resource" in asked.path else Answer(b"", 404))
    with pytest.raises(SourceUnavailable, match=LINX):
        fetch_routing(WANTED, LINX, Settings(data_dir=tmp_path))
    assert Lake(tmp_path / "tables").parts(Signal) == []


def put(folder: Path, **files: bytes) -> dict[str, Path]:
    paths = {name: folder / f"{name}.mrt" for name in files}
    for name, data in files.items():
        paths[name].write_bytes(data)
    return paths


def brought(folder: Path) -> dict[str, Path]:
    gone = b"".join(update(BEGIN + 301, peer, withdraw="203.0.113.0/24") for peer in PEERS)
    listed = b"# Iran, synthetic\nAS58224\n197207 # second\n\nAS0\n"
    rest = {"bview": table(BEGIN - 60, PEERS, ROUTES), "early": keepalive(BEGIN, PEERS[0]), "late": gone}
    (folder / "asns.txt").write_bytes(listed)
    return put(folder, **rest) | {"asns": folder / "asns.txt"}


def test_files_in_any_order_are_read_in_order_of_time(tmp_path: Path) -> None:
    made = brought(tmp_path)
    files = [made["late"], made["bview"], made["early"], made["late"]]
    found = import_routing(files, "rrc00", "IR", Settings(data_dir=tmp_path), listed=made["asns"], asns=[IR])
    assert (found.files, found.networks, found.signals) == (3, 2, 2 * 4 * 2)
    assert [one.file for one in found.aside] == ["asns.txt:5"]
    assert series(tmp_path, name="rrc00") == [2.0, 1.0]
    assert {file.url for file in Archive(tmp_path / "archive").files()} == {"bview.mrt", "early.mrt", "late.mrt"}


def test_one_network_alone_makes_no_series_of_the_country(tmp_path: Path) -> None:
    made = brought(tmp_path)
    import_routing([made["bview"], made["early"]], "rrc00", "IR", Settings(data_dir=tmp_path), asns=[IR])
    assert {row.entity for row in Lake(tmp_path / "tables").read(Signal)} == {str(IR)}


def test_a_whole_table_ends_the_doubt(tmp_path: Path) -> None:
    made = put(
        tmp_path,
        a=table(BEGIN - 60, PEERS, ROUTES),
        b=keepalive(BEGIN, PEERS[0]) + keepalive(BEGIN + 9, PEERS[0])[:-5],
        c=keepalive(BEGIN + 300, PEERS[0]),
        d=table(BEGIN + 600, PEERS, ROUTES),
        e=keepalive(BEGIN + 601, PEERS[0]),
    )
    found = import_routing(list(made.values()), "rrc00", "IR", Settings(data_dir=tmp_path), asns=[IR])
    assert found.set_aside == 1
    assert series(tmp_path, str(IR), "rrc00") == ["unreadable_in_source"] * 2 + [1.0]


def test_what_is_no_mrt_file_is_set_aside_and_the_others_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = brought(tmp_path) | put(tmp_path, page=b"<html>not here</html>", empty=b"")
    words = ["--cc", "ir", "--collector", "rrc00", "--asn", "AS58224", "--json", "--data", str(tmp_path)]
    files = [str(made[name]) for name in ("page", "bview", "early", "empty")]
    assert run(monkeypatch, "import", "routing", *files, *words) == 3
    told = json.loads(capfd.readouterr().out)
    assert (told["country"], told["files"], told["set_aside"]) == ("IR", 2, 2)
    assert sorted(one["file"] for one in told["aside"]) == ["empty.mrt", "page.mrt"]


def test_what_cannot_be_watched_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    made = brought(tmp_path) | put(tmp_path, page=b"<html>", old=keepalive(BEGIN - 200 * 86_400, PEERS[0]))
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(InputError, match="no network to watch"):
        import_routing([made["bview"]], "rrc00", "IR", settings)
    with pytest.raises(InputError, match="not a collector"):
        import_routing([made["bview"]], "../rrc00", "IR", settings, asns=[IR])
    with pytest.raises(InputError, match="no MRT record"):
        import_routing([made["page"]], "rrc00", "IR", settings, asns=[IR])
    with pytest.raises(InputError, match="more than 100 days"):
        import_routing([made["old"], made["early"]], "rrc00", "IR", settings, asns=[IR])
    assert Lake(tmp_path / "tables").parts(Signal) == []


@pytest.mark.parametrize("data", [b"\xff\xfe", b"1\n" * (1 << 20)])
def test_a_list_that_is_none_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "list").write_bytes(data)
    with pytest.raises(InputError, match="no list of networks"):
        read_asns(tmp_path / "list", [])


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.9, 0.98])
def test_a_packed_table_cut_anywhere_never_shows_a_loss(tmp_path: Path, share: float) -> None:
    many = {f"203.0.{n}.0/24": dict.fromkeys(range(5), IR) for n in range(200)}
    packed = gzip.compress(table(BEGIN - 60, PEERS, many))
    made = put(tmp_path, cut=packed[: int(share * len(packed))], early=keepalive(BEGIN, PEERS[0]))
    found = import_routing([made["cut"], made["early"]], "rrc00", "IR", Settings(data_dir=tmp_path), asns=[IR])
    assert found.set_aside
    assert set(series(tmp_path, str(IR), "rrc00")) <= {"unreadable_in_source"}


def test_one_malformed_attribute_does_not_void_a_table(tmp_path: Path) -> None:
    whole = table(BEGIN - 60, PEERS, {f"203.0.{n}.0/24": dict.fromkeys(range(5), IR) for n in range(9)})
    at = whole.rindex(path(64505, IR))
    bad = whole[: at + 5] + b"\xff" + whole[at + 6 :]  # so many AS do not follow
    made = put(tmp_path, bview=bad, early=keepalive(BEGIN, PEERS[0]))
    found = import_routing(list(made.values()), "rrc00", "IR", Settings(data_dir=tmp_path), asns=[IR])
    assert series(tmp_path, str(IR), "rrc00") == [9.0]
    assert [(one.file, one.error[:40]) for one in found.aside] == [
        ("bview.mrt", "1 of 45 routes have malformed attributes")
    ]


def test_prefixes_that_a_scrubber_announces_are_no_outage(tmp_path: Path) -> None:
    """SYNTHETIC: eight of ten prefixes of one network are announced by another for 90 minutes."""
    folder = SHARED / "mrt" / "scrubbing-origin"
    if not folder.is_dir():
        pytest.skip("the MRT files of the shared data are not here")
    files = sorted(folder.glob("*.mrt"))
    import_routing(files, "rrc00", "IR", Settings(data_dir=tmp_path), listed=folder / "asns.txt")
    assert set(series(tmp_path, name="rrc00")) == {10.0}
    rows = [r for r in Lake(tmp_path / "tables").read(Signal) if r.series == "mrt/rrc00/visible_slash24/IR"]
    flagged = [r.step_at.strftime("%H:%M") for r in rows if r.flag == "origin_changed"]
    assert (len(flagged), flagged[0], flagged[-1]) == (18, "17:00", "18:25")


def test_a_row_with_a_wrong_clock_is_set_aside_and_puts_its_file_in_doubt(tmp_path: Path) -> None:
    odd = keepalive(BEGIN, PEERS[0]) + keepalive(BEGIN - 10**8, PEERS[0])
    made = put(tmp_path, bview=table(BEGIN - 60, PEERS, ROUTES), odd=odd, later=keepalive(BEGIN + 300, PEERS[0]))
    found = import_routing(list(made.values()), "rrc00", "IR", Settings(data_dir=tmp_path), asns=[IR])
    assert [(one.file, one.error) for one in found.aside] == [("odd.mrt", "1 rows have a wrong clock")]
    assert series(tmp_path, str(IR), "rrc00") == ["unreadable_in_source"] * 2
