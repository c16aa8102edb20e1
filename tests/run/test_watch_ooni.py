"""Raw measurements of a country in a watch: fetched, judged once, and counted with one voice for each network."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import SourceUnavailable
from lightkeeper.model import Measurement, Verdict
from lightkeeper.run import watch_ooni
from lightkeeper.run.watch_ooni import Voices, judge_source, voices
from lightkeeper.run.watch_window import look
from lightkeeper.settings import Settings
from lightkeeper.sources import ooni_bucket
from lightkeeper.store.lake import Lake
from places import DATA

AT = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A bucket with real measurements (OONI, CC BY-NC-SA 4.0), as if they had come now."""
    paths = sorted((DATA / "ooni" / "measurements").glob("s*.json"))

    def fetch(remotes: object, archive: Archive, settings: Settings) -> ooni_bucket.FetchSummary:
        files = [archive.add_path(path, source="ooni") for path in paths]
        return ooni_bucket.FetchSummary(files=files, fetched=len(files), skipped=0, bytes=1, failed=[])

    monkeypatch.setattr(watch_ooni.ooni_bucket, "plan", lambda *_args: [])
    monkeypatch.setattr(watch_ooni.ooni_bucket, "fetch", fetch)
    return Settings(data_dir=tmp_path)


def test_new_files_are_judged_into_the_tables_and_a_second_round_changes_nothing(bucket: Settings) -> None:
    first = judge_source("IR", SINCE, UNTIL, bucket)
    lake = Lake(bucket.data_dir / "tables")
    assert first.judged == len(lake.read(Measurement)) > 0
    before = lake.read(Verdict)
    judge_source("IR", SINCE, UNTIL, bucket)
    assert lake.read(Verdict) == before


def test_a_bucket_that_gives_no_file_is_a_source_that_did_not_answer(
    bucket: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = [ooni_bucket.Failure("raw/x", "no answer", "Run it again")]
    nothing = ooni_bucket.FetchSummary(files=[], fetched=0, skipped=0, bytes=0, failed=failed)
    monkeypatch.setattr(watch_ooni.ooni_bucket, "fetch", lambda *_args: nothing)
    with pytest.raises(SourceUnavailable, match="no answer"):
        judge_source("IR", SINCE, UNTIL, bucket)


def seen(lake: Lake, asn: int, state: str, number: int, part: str) -> None:
    """Synthetic: so many measurements of one network, two reports, that say the same of Telegram."""
    runs = [
        Measurement(
            measurement_id=f"{part}-{n}", test_name="telegram", probe_cc="IR", probe_asn=asn, target="telegram",
            started_at=AT, report_id=f"{part}-{n % 3}", software="ooniprobe 1", file_sha256="0" * 64, file_line=1,
        )
        for n in range(number)
    ]  # fmt: skip
    lake.write(Measurement, runs, part=part)
    said = [
        Verdict(
            measurement_id=run.measurement_id, target="telegram", layer="all", state=state, rule="x", ruleset="r",
            validity="valid",
        )
        for run in runs
    ]  # fmt: skip
    lake.write(Verdict, said, part=part)


def test_each_network_has_one_voice_however_many_measurements_it_sends(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for asn, state, number in ((1, "blocked", 40), (2, "ok", 3), (3, "ok", 3)):
        seen(lake, asn, state, number, f"as{asn}")
    hour = AT.replace(minute=0)
    (found,) = voices(tmp_path, "IR", hour, hour + timedelta(hours=1))
    assert (found.target, found.hour, found.networks, found.blocked) == ("telegram", hour, 3, 1)
    assert isinstance(found, Voices)
    assert voices(tmp_path, "UG", hour, hour + timedelta(hours=1)) == []
    series = look(tmp_path, "IR", [], AT + timedelta(days=1)).series["ooni_cells/blocked/telegram/IR"]
    assert (series.value.tolist(), series.n.tolist()) == ([1 / 3], [3.0])


def test_a_lake_without_measurements_has_no_voices(tmp_path: Path) -> None:
    assert voices(tmp_path, "IR", AT, AT + timedelta(days=1)) == []
