"""Series of a case come from its files, from what was brought, and from its measurements; the guide's example works."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app
from lightkeeper.errors import CaseError
from lightkeeper.model import Event, Measurement, Member, Signal, Verdict
from lightkeeper.model.case import Case, CaseSeries
from lightkeeper.run.build import build_case
from lightkeeper.run.case_check import FETCHED, fetch_series
from lightkeeper.run.case_series import PARTS, read_cells, read_lake, take_series
from lightkeeper.run.fetching import SOURCES
from lightkeeper.settings import Settings
from lightkeeper.sources.case_files import load_case
from lightkeeper.store.lake import Lake
from places import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "synthetic-partner-series"
GUIDE = ROOT / "docs" / "guide" / "bring-a-series.md"
BEGIN = datetime(2031, 2, 1, tzinfo=UTC)


def wanted(reader: str, **more: object) -> CaseSeries:
    facts: dict[str, object] = {
        "reader": reader, "entity": "XA", "title": "T", "topic": "quality", "from_day": date(2031, 2, 10),
        "to_day": date(2031, 2, 20), "licence": "CC0", "source": {"title": "s", "read_on": date(2031, 1, 1)},
    }  # fmt: skip
    return CaseSeries.model_validate({**facts, **more})


def rows(series: str, source: str, lineage: str, hours: int = 24 * 20, **more: object) -> list[Signal]:
    return [
        Signal(
            **{
                "series": series, "step_at": BEGIN + timedelta(hours=n), "step_s": 3600, "source": source,
                "lineage": lineage, "entity_type": "country", "entity": "XA", "metric": series.split("/")[1],
                "unit": "u", "value": 100.0, **more,
            }  # type: ignore[arg-type]
        )
        for n in range(hours)
    ]  # fmt: skip


def test_the_example_of_the_guide_finds_what_the_guide_says(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    built = build_case(EXAMPLE, tmp_path / "out", settings)
    assert built.set_aside == []
    lake = Lake(settings.data_dir / "tables")
    events = {e.scope: e for e in lake.read(Event, built.case.id)}
    cut, region, block = events["national"], events["regional"], events["service"]
    assert cut.onset_earliest <= datetime(2031, 3, 13, 18, tzinfo=UTC) <= cut.onset_latest
    assert len(cut.members) == 9
    assert region.places == ["region:XA-03", "region:XA-04"]
    assert (block.kind, block.targets, block.entity) == ("blocking", ["signal"], "64500")
    assert cut.lineages == ["traffic"]
    assert cut.lineages_silent == [], "the blocked share of a service says nothing of a cut"
    moved = {m.series for m in lake.read(Member, built.case.id) if m.event_id == region.event_id and m.role == "moved"}
    assert moved == {"csv/requests/XA-03", "csv/requests/XA-04"}
    told = GUIDE.read_text()
    for event in (cut, region, block):
        assert f"{event.onset_earliest:%d %B, %H:%M} and " in told, "the guide tells the bracket that is found"
    answers = {a.ask_id: a.answer for a in built.asks if a.operator is None}
    assert answers == {"A1": "insufficient", "A3": "insufficient"}


def test_the_toml_in_the_guide_is_that_of_the_example() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.S)
    assert blocks
    text = (EXAMPLE / "case.toml").read_text()
    assert all(block.strip() in text for block in blocks)


def test_check_tells_what_is_there_of_each_series(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["case", "check", str(EXAMPLE), "--data", str(tmp_path), "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)["series"]
    assert [(s["reader"], len(s["series"]), s["remedy"]) for s in told] == [("csv", 9, None), ("csv", 1, None)]
    assert told[0]["without_value"] == 33


def test_check_sets_rows_aside_and_says_so_by_its_exit_code(tmp_path: Path) -> None:
    folder = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, folder)
    with (folder / "series" / "requests.csv").open("a") as file:
        file.write("requests/XA,yesterday,5\n")
    result = CliRunner().invoke(app, ["case", "check", str(folder), "--data", str(tmp_path)])
    assert result.exit_code == 3
    assert "`yesterday` is not a time" in result.output.replace("\n", " ")


def test_a_series_whose_rows_are_of_other_days_says_which(tmp_path: Path) -> None:
    folder = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, folder)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace("2031-02-12", "2032-02-12").replace("2031-03-31", "2032-03-31"))
    result = CliRunner().invoke(app, ["case", "check", str(folder), "--data", str(tmp_path)])
    said = " ".join(result.output.split())
    assert "Its rows are of 2031-01-20 to 2031-03-31: mend `from_day`" in said


def test_rows_that_were_imported_or_fetched_are_found_by_reader_and_country(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    mine = rows("ioda_api/bgp/XA", "ioda_api", "control_plane")
    lake.write(Signal, mine, part="fetch-ioda-XA-country-XA-2031-02")
    lake.write(Signal, rows("ioda_api/bgp/XB", "ioda_api", "control_plane", entity="XB"), part="fetch-ioda-XB-2031")
    lake.write(Signal, rows("radar/http/XA", "radar", "traffic"), part="fetch-radar-XA-country-XA-2031-02")
    lake.write(Signal, rows("ioda_api/bgp/XA", "ioda_api", "control_plane"), part="some-case")
    found = read_lake(lake, wanted("ioda", how_to_import="x"), BEGIN, BEGIN + timedelta(days=3))
    assert {r.series for r in found} == {"ioda_api/bgp/XA"}
    assert len(found) == 72


def test_what_stands_in_the_lake_is_not_written_there_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write(Signal, rows("ioda_api/bgp/XA", "ioda_api", "control_plane"), part="fetch-ioda-XA-country-XA-2031-02")
    case = _case([wanted("ioda", how_to_import="x")])
    taken = take_series(tmp_path, case, lake, [], [], [])
    assert taken.names == [["ioda_api/bgp/XA"]]
    assert taken.fresh == []
    assert len(taken.signals["ioda_api/bgp/XA"]) == 24 * 11, "from the local midnight on"


def test_only_names_that_fit_a_pattern_are_taken(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    both = [*rows("mlab/ndt_p10/XA", "mlab", "in_country"), *rows("mlab/ndt_p50/XA", "mlab", "in_country")]
    lake.write(Signal, both, part="import-mlab-XA")
    case = _case([wanted("mlab", how_to_import="x", only=["mlab/*_p10/*"])])
    assert take_series(tmp_path, case, lake, [], [], []).names == [["mlab/ndt_p10/XA"]]


def test_series_of_different_sources_that_fall_together_are_one_event(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for source, lineage in (("ioda_api", "control_plane"), ("radar", "traffic")):
        reader = source.removesuffix("_api")
        made = [
            msgspec.structs.replace(r, value=5.0) if 24 * 15 <= n < 24 * 17 else r
            for n, r in enumerate(rows(f"{source}/metric/XA", source, lineage))
        ]
        lake.write(Signal, made, part=f"fetch-{reader}-XA-country-XA-2031-02")
    case = _case([wanted("ioda", how_to_import="x"), wanted("radar", how_to_import="y")])
    (event,) = take_series(tmp_path, case, lake, [], [], []).events
    assert event.lineages == ["control_plane", "traffic"]


def test_the_measurements_of_a_case_make_series_of_their_own() -> None:
    measurements, verdicts = [], []
    for n in range(200):
        at = datetime(2031, 2, 10, tzinfo=UTC) + timedelta(hours=n)
        name = f"m{n}"
        measurements.append(
            Measurement(
                measurement_id=name, report_id=name, test_name="signal", probe_cc="XA", probe_asn=212345,
                target="signal", started_at=at, file_sha256="0" * 64, file_line=1,
            )
        )  # fmt: skip
        state = "blocked" if n > 150 else "ok"
        verdicts.append(Verdict(measurement_id=name, target="signal", layer="all", state=state, rule="r", ruleset="1"))
    case = _case([wanted("ooni_cells")])
    found = read_cells(case, case.series[0], measurements, verdicts)
    assert {r.series for r in found} == {
        "ooni_cells/blocked_share/signal/AS212345", "ooni_cells/measurements/AS212345", "ooni_cells/measurements/XA",
    }  # fmt: skip
    taken = take_series(Path(), case, Lake(Path("/nonexistent")), measurements, verdicts, [])
    assert {(e.kind, *e.targets) for e in taken.events} == {("blocking", "signal"), ("silence",)}


def test_a_carried_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, folder)
    (folder / "series" / "requests.csv").write_text("place,hour,value\nXA,2031-01-01,1\n")
    with pytest.raises(CaseError, match=r"requests\.csv:1.*column `series`"):
        build_case(folder, tmp_path / "out", Settings(data_dir=tmp_path / "data"))


def test_fetch_asks_for_what_has_a_source_and_tells_the_rest(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, radar_token=None)
    case = _case([wanted("google", how_to_import="lightkeeper import google FILE"), wanted("radar", how_to_import="x")])
    by_hand, refused = fetch_series(case, settings)
    assert by_hand.said == "Bring it by hand: lightkeeper import google FILE"
    assert refused.fetched is None
    assert "token" in (refused.said or "")
    assert set(FETCHED.values()) <= set(SOURCES)
    assert set(FETCHED) <= set(PARTS)


def _case(series: list[CaseSeries]) -> Case:
    whole = load_case(EXAMPLE).model_dump()
    return Case.model_validate({**whole, "series": [s.model_dump() for s in series]})
