"""`case gather`: from OONI's bucket, which a server on this machine stands for, into a case that is then built."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from buckets import BUCKET, bucket_server, public_bucket
from lightkeeper.cli import app
from lightkeeper.cli.shared import SOME_SET_ASIDE
from lightkeeper.errors import CaseError, InputError
from places import DATA, ROOT

NAME = "iran-2021-election"
OONI = DATA / "ooni"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with bucket_server() as endpoint, public_bucket(endpoint) as client:
        monkeypatch.setenv("LIGHTKEEPER_OONI_ENDPOINT", endpoint)
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / NAME
    shutil.copytree(ROOT / "cases" / NAME, made)
    case = (made / "case.toml").read_text(encoding="utf-8")
    case = case.replace("measurements/*.json", "measurements/*.jsonl.gz")
    case = re.sub(r"(watch_days_\w+) = \d+", r"\1 = 0", case)  # fewer folders of the bucket to list
    (made / "case.toml").write_text(case, encoding="utf-8")
    return made


def put(bucket: Any, cc: str, asn: int) -> None:
    """A real measurement of Signal, moved to the window of the case: SYNTHETIC by that."""
    record = json.loads((OONI / "measurements" / "signal_022.json").read_bytes())
    at = "2021-06-18 10:00:00"
    record |= {"probe_cc": cc, "probe_asn": f"AS{asn}", "test_start_time": at, "measurement_start_time": at}
    record |= {"measurement_uid": f"synthetic-{cc}-{asn}"}
    key = f"raw/20210618/10/{cc}/signal/2021061810_{cc}_signal.n0.0.jsonl.gz"
    bucket.put_object(
        Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(record).encode() + b"\n"), ACL="public-read"
    )


def lightkeeper(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_measurements_come_out_of_the_bucket_into_the_case_and_into_its_answers(
    bucket: Any, folder: Path, tmp_path: Path
) -> None:
    put(bucket, "IR", 197207)
    put(bucket, "DE", 3320)
    put(bucket, "BR", 28573)
    data = ("--data", tmp_path / "data")
    first = lightkeeper("case", "gather", folder, *data, "--json")
    assert first.exit_code == 0, first.output
    made = json.loads(first.stdout)
    assert made["files"] == {
        "measurements/ooni-DE-2021-06-18.jsonl.gz": 1,
        "measurements/ooni-IR-2021-06-18.jsonl.gz": 1,
    }
    assert [s["name"] for s in made["sources"]] == [
        f"s3://{BUCKET}/raw/20210618/10/{cc}/signal/2021061810_{cc}_signal.n0.0.jsonl.gz" for cc in ("IR", "DE")
    ]
    again = json.loads(lightkeeper("case", "gather", folder, *data, "--json").stdout)
    assert again["sources"] == made["sources"]
    built = lightkeeper("case", "build", folder, "--out", tmp_path / "out", *data, "--json")
    assert built.exit_code == 0, built.output
    rows = lightkeeper("sql", "select probe_cc from measurement order by 1", *data, "--json").stdout
    assert [json.loads(line)["probe_cc"] for line in rows.splitlines()] == ["DE", "IR"]
    lonely = lightkeeper("case", "gather", folder, *data, "--alone", "--json")
    assert list(json.loads(lonely.stdout)["files"]) == ["measurements/ooni-IR-2021-06-18.jsonl.gz"]


def test_files_at_hand_need_no_bucket(folder: Path, tmp_path: Path) -> None:
    told = lightkeeper("case", "gather", folder, OONI)
    assert told.exit_code == 0, told.output
    assert "0 of " in told.output
    (tmp_path / "bad.jsonl").write_bytes(b"{no json\n")
    assert lightkeeper("case", "gather", folder, tmp_path / "bad.jsonl").exit_code == SOME_SET_ASIDE
    missing = lightkeeper("case", "gather", folder, tmp_path / "not-there.jsonl")
    assert isinstance(missing.exception, InputError)


def test_a_case_that_would_not_read_them_is_told_so(tmp_path: Path) -> None:
    told = lightkeeper("case", "gather", ROOT / "cases" / NAME)
    assert isinstance(told.exception, CaseError)
