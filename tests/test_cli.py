"""The commands, run as a person runs them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from buckets import BUCKET, bucket_server, public_bucket
from places import DATA, ROOT, SHARED

COMMAND = str(Path(sys.executable).parent / "lightkeeper")


def run(*arguments: str, stdin: bytes = b"", cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"LIGHTKEEPER_DATA_DIR": str(cwd / "data"), "COLUMNS": "200"} | more
    return subprocess.run(
        [COMMAND, *arguments], input=stdin, capture_output=True, cwd=cwd, env=environment, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[bytes]]:
    """Both cases that `make run` builds, built twice."""
    folder = tmp_path_factory.mktemp("built")
    cases = [str(ROOT / "cases" / name) for name in ("iran-2021-election", "iran-2012-majlis-election")]
    first = run("case", "build", *cases, "--out", "out", cwd=folder)
    assert first.returncode == 0, first.stderr.decode()
    return folder, run("case", "build", *cases, "--out", "out", cwd=folder)


def test_a_build_prints_the_ledger_and_where_the_pages_are(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    folder, second = built
    assert second.returncode == 0, second.stderr.decode()
    text = second.stdout.decode()
    assert "untested" in text
    assert "insufficient" in text
    assert "out/iran-2021-election/index.html" in text
    assert (folder / "out" / "iran-2021-election" / "index.html").is_file()


def test_the_answers_of_june_2021_are_the_honest_ones(built: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    ledger = json.loads((built[0] / "out" / "iran-2021-election" / "ledger.json").read_text())
    asks = ledger["asks"] if isinstance(ledger, dict) else ledger
    answers = {a["answer"] for a in asks}
    assert answers <= {"untested", "insufficient"}, "nothing on record allows more"
    country = {a["ask_id"]: a for a in asks if a["operator"] is None}
    assert country["A2"]["answer"] == "untested"
    assert country["A1"]["answer"] == "insufficient"
    assert all(a["missing"] for a in asks), "each says what would answer it better"
    assert all(a["measurements"] == 0 for a in asks), "the two measurements were made in 2020 and 2022"


def test_no_incident_is_attributed_without_a_named_reviewer(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    for case in ("iran-2021-election", "iran-2012-majlis-election"):
        found = json.loads((built[0] / "out" / case / "incidents.json").read_text())
        incidents = found["incidents"] if isinstance(found, dict) else found
        assert incidents
        assert not [i for i in incidents if i["rung"] == "attributed" and not i["reviewers"]]


def test_november_2019_is_one_incident_seen_by_three_lineages_of_measurement(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    found = json.loads((built[0] / "out" / "iran-2021-election" / "incidents.json").read_text())
    incidents = found["incidents"] if isinstance(found, dict) else found
    [one] = [i for i in incidents if i["onset_latest"].startswith("2019-11-16")]
    assert {"control_plane", "active_probing", "telescope", "document"} <= set(one["lineages"])
    assert one["rung"] == "confirmed"
    assert one["end_latest"].startswith("2019-11-24")


def test_the_fall_of_february_2012_is_found_within_a_day(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    found = json.loads((built[0] / "out" / "iran-2012-majlis-election" / "incidents.json").read_text())
    incidents = found["incidents"] if isinstance(found, dict) else found
    falls = [i for i in incidents if i["kind"] == "circumvention_drop" and i["in_window"]]
    first = min(falls, key=lambda i: i["onset_earliest"])
    assert first["onset_earliest"] <= "2012-02-09T23:59:59Z"
    assert first["onset_latest"] >= "2012-02-09T00:00:00Z"
    assert first["onset_latest"] <= "2012-02-10T00:00:00Z", "by the end of the first low day"
    assert "circumvention" in first["lineages"]


def test_a_built_case_verifies_and_a_changed_page_is_named(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    folder = built[0]
    assert run("verify", "out/iran-2021-election", cwd=folder).returncode == 0
    page = folder / "out" / "iran-2021-election" / "index.html"
    kept = page.read_bytes()
    page.write_bytes(kept + b" ")
    found = run("verify", "out/iran-2021-election", cwd=folder)
    page.write_bytes(kept)
    assert found.returncode == 4
    assert b"index.html" in found.stdout


def test_the_archive_verifies_after_a_build(built: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    found = run("archive", "verify", "--json", cwd=built[0])
    assert found.returncode == 0, found.stderr.decode()
    answer = json.loads(found.stdout)
    assert answer["files"] > 5
    assert answer["damaged"] == []


def test_the_tables_answer_questions_in_sql(built: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    found = run("sql", "select count(*) as n from event where country = 'IR'", "--json", cwd=built[0])
    assert json.loads(found.stdout)["n"] >= 103


def test_every_measurement_leads_to_the_raw_file_that_holds_it(
    built: tuple[Path, subprocess.CompletedProcess[bytes]],
) -> None:
    join = "measurement m left join file f on m.file_sha256 = f.sha256"
    found = run("sql", f"select count(*) as n, count(f.sha256) as kept from {join}", "--json", cwd=built[0])
    assert json.loads(found.stdout) == {"n": 2, "kept": 2}


def test_sql_cannot_read_other_files(built: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    found = run("sql", "select * from read_csv('/etc/passwd')", cwd=built[0])
    assert found.returncode == 2
    assert b"Traceback" not in found.stderr


def test_every_measurement_at_hand_gives_a_verdict_or_an_error_with_a_remedy() -> None:
    found = run("judge", str(DATA / "ooni"), "--json")
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(lines) > 45
    assert b"Traceback" not in found.stderr
    for line in lines:
        assert "remedy" in line or line["state"] in ("blocked", "throttled", "down", "ok", "insufficient")
        assert "remedy" in line or {"reasons", "layers", "ruleset", "measurement_id", "target"} <= set(line)


def test_a_bad_line_is_set_aside_and_the_run_goes_on() -> None:
    good = json.dumps(json.loads((DATA / "ooni" / "measurements" / "bug_352.json").read_bytes())).encode()
    found = run("judge", "-", "--json", stdin=b"not json\n" + good + b"\n")
    first, second = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.returncode == 3
    assert first["line"] == 1
    assert first["remedy"]
    assert (second["line"], second["state"]) == (2, "blocked")


def test_a_missing_file_is_one_line_and_no_traceback() -> None:
    found = run("judge", "no-such-file.json")
    assert found.returncode == 3
    assert b"Traceback" not in found.stderr


def test_a_case_that_is_not_valid_names_the_line_and_the_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    text = (ROOT / "cases" / "iran-2021-election" / "case.toml").read_text(encoding="utf-8")
    (folder / "case.toml").write_text(
        text.replace('timezone = "Asia/Tehran"', 'timezone = "Asia/Teheran"'), encoding="utf-8"
    )
    found = run("case", "check", str(folder))
    assert found.returncode == 2
    assert b"case.toml:6" in found.stderr or b"case.toml:5" in found.stderr
    assert b"tz database" in found.stderr


def test_the_cut_of_january_2026_is_shown_from_the_users_own_file(tmp_path: Path, shared: Path) -> None:
    file = next((shared / "series" / "ioda-iran-2026").glob("*.csv"))
    assert run("import", "ioda", str(file), "--country", "IR", cwd=tmp_path).returncode == 0
    made = run("case", "build", str(ROOT / "cases" / "iran-2026-blackout"), cwd=tmp_path)
    assert made.returncode == 0, made.stderr.decode()
    sources = (tmp_path / "out" / "iran-2026-blackout" / "incidents.json").read_text()
    assert "2026-01-08T16:" in sources


def test_the_case_of_2026_says_how_to_bring_its_series(tmp_path: Path) -> None:
    made = run("case", "build", str(ROOT / "cases" / "iran-2026-blackout"), cwd=tmp_path)
    assert made.returncode == 0, made.stderr.decode()
    assert b"lightkeeper import ioda" in made.stdout


def test_shared_data_is_judged_without_a_traceback() -> None:
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data, whose licence forbids carrying it")
    found = run("judge", str(SHARED / "ooni" / "measurements"), str(SHARED / "ooni" / "wc05_qa"), "--json")
    assert found.returncode in (0, 3)
    assert b"Traceback" not in found.stderr


def test_fetching_from_the_bucket_shows_what_came_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    record = json.dumps(json.loads((DATA / "ooni" / "measurements" / "bug_352.json").read_bytes())).encode()
    name = "raw/20210618/07/IR/webconnectivity/2021061807_IR_webconnectivity.n0.0.jsonl.gz"
    words = ("fetch", "ooni", "--cc", "IR", "--since", "2021-06-18", "--until", "2021-06-19", "--json")
    with bucket_server() as endpoint, public_bucket(endpoint) as s3:
        s3.put_object(Bucket=BUCKET, Key=name, Body=gzip.compress(record + b"\n"), ACL="public-read")
        first = run(*words, cwd=tmp_path, LIGHTKEEPER_OONI_ENDPOINT=endpoint)
        again = run(*words, cwd=tmp_path, LIGHTKEEPER_OONI_ENDPOINT=endpoint)
    assert first.returncode == 0, first.stderr.decode()
    assert (json.loads(first.stdout)["fetched"], json.loads(again.stdout)["fetched"]) == (1, 0)
    judged = run("judge", "data/archive", "--json", cwd=tmp_path)
    assert json.loads(judged.stdout.splitlines()[0])["mechanism"] == "dns.injection.fingerprint"


def test_a_bucket_that_does_not_answer_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    words = ("fetch", "ooni", "--cc", "IR", "--since", "2021-06-18", "--until", "2021-06-19")
    found = run(*words, cwd=tmp_path, LIGHTKEEPER_OONI_ENDPOINT="http://127.0.0.1:9")
    assert found.returncode == 5
    assert b"Traceback" not in found.stderr


def test_a_command_that_needs_no_settings_does_not_load_what_reads_them() -> None:
    asked = "import sys, lightkeeper.cli, lightkeeper.run.tables; print('pydantic_settings' in sys.modules)"
    made = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    assert made.stdout.strip() == "False"
