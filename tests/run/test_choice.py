"""Choosing what judges: an old verdict is made again, byte for byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.judge import rule, rulesets
from lightkeeper.judge.control import View
from lightkeeper.judge.rule import RETIRED, RULES
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.model import Observation
from lightkeeper.run import references, tables
from lightkeeper.run.choice import Choice, choice, chosen, freeze_into, manifests
from lightkeeper.run.importing import import_fingerprints
from lightkeeper.run.judging import judge_paths, line_of
from lightkeeper.settings import Settings
from places import DATA

INPUT = DATA / "ooni" / "wc05_qa"
CSV = [DATA / "fingerprints" / "http.csv", DATA / "fingerprints" / "dns.csv"]


def lines(wanted: Choice | None = None) -> str:
    with chosen(wanted):
        return "\n".join(json.dumps(line_of(r)) for r in judge_paths([str(INPUT)]))


def parquet(folder: Path, wanted: Choice | None = None, jobs: int = 1) -> dict[str, str]:
    tables.judge_into([INPUT], folder, jobs=jobs, choice=wanted)
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.*")}


def never(seen: Observation, control: View) -> bool:
    """A synthetic rule that never fires."""
    return False


def change_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace a rule that decides some of the input, as a later version would: the old one is retired."""
    for layer, rules in list(RULES.items()):
        monkeypatch.setitem(RULES, layer, list(rules))
    [(place, old)] = [(n, r) for n, r in enumerate(RULES["tls"]) if r.id == "tls.cut_where_control_completes"]
    RULES["tls"][place] = msgspec.structs.replace(old, fires=never, version=old.version + 1)
    monkeypatch.setattr(rulesets, "RETIRED", [*RETIRED, old])
    rule.put_in_force(None)
    current_ruleset.cache_clear()


@pytest.fixture(autouse=True)
def forget() -> object:
    yield None
    rule.put_in_force(None)
    current_ruleset.cache_clear()


def test_an_old_ruleset_makes_the_old_verdicts_again_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, before, before_tables = current_ruleset(), lines(), parquet(tmp_path / "before")
    freeze_into(tmp_path / "data" / "rulesets")
    change_a_rule(monkeypatch)
    assert lines() != before, "the change matters"
    assert parquet(tmp_path / "now") != before_tables
    old = choice(name, None, tmp_path / "data")
    assert lines(old) == before
    assert parquet(tmp_path / "again", old) == before_tables
    assert current_ruleset() != name


def test_a_reference_is_judged_by_in_every_process(tmp_path: Path) -> None:
    reference, _, _ = import_fingerprints(CSV, Settings(data_dir=tmp_path / "data"))
    wanted = choice(None, reference.name, tmp_path / "data")
    one, two = parquet(tmp_path / "one", wanted), parquet(tmp_path / "two", wanted, jobs=2)
    assert one == two
    receipt = json.loads(next((tmp_path / "two" / "done").iterdir()).read_bytes())
    assert receipt["ruleset"].endswith(f"+{reference.name}")


def test_a_file_judged_by_another_reference_is_judged_again(tmp_path: Path) -> None:
    reference, _, _ = import_fingerprints(CSV, Settings(data_dir=tmp_path / "data"))
    first: list[bool] = []
    for wanted in (None, choice(None, reference.name, tmp_path / "data"), None, None):
        judged: list[bool] = []
        tables.judge_into([INPUT], tmp_path / "out", on_file=lambda _, now, to=judged: to.append(now), choice=wanted)
        first.append(all(judged))
        assert len(set(judged)) == 1
    assert first == [True, True, True, False]


def test_a_file_whose_facts_were_made_otherwise_is_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[bool] = []
    for digest in ("a", "a", "b"):
        monkeypatch.setattr(tables, "digest_of_facts", lambda said=digest: said)
        tables.judge_into([INPUT / "successWithHTTP.json"], tmp_path, on_file=lambda _, now: judged.append(now))
    assert judged == [True, False, True]


def test_the_same_files_make_the_same_reference_and_keep_their_source(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first, known, aside = import_fingerprints(CSV, settings)
    assert (len(known), len(aside)) == (18, 9)
    assert import_fingerprints(CSV, settings)[0].name == first.name
    [about] = references.listing(tmp_path)
    assert [(s.file, s.fingerprints, s.set_aside) for s in about.sources] == [("http.csv", 14, 9), ("dns.csv", 4, 0)]
    assert all("CC BY-NC-SA" in s.licence for s in about.sources)
    assert (tmp_path / "archive" / "objects" / about.sources[0].sha256[:2] / about.sources[0].sha256).is_dir()
    loaded = references.load(first.name, tmp_path)
    assert loaded is not None
    assert loaded.known() == first.known()


def test_imported_fingerprints_judge_only_where_they_are_named(tmp_path: Path) -> None:
    reference, _, _ = import_fingerprints(CSV, Settings(data_dir=tmp_path))
    record = json.loads((INPUT / "httpDiffWithConsistentDNS.json").read_bytes()) | {"probe_cc": "AA"}
    record["test_keys"]["control_failure"] = "generic_timeout_error"
    record["test_keys"]["requests"][0]["response"]["body"] = "by order no. 17 of the court"
    path = tmp_path / "synthetic.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    [plain] = [line_of(r) for r in judge_paths([str(path)])]
    with chosen(choice(None, reference.name, tmp_path)):
        [named] = [line_of(r) for r in judge_paths([str(path)])]
    assert (plain["state"], named["state"], named["rule"]) == ("insufficient", "blocked", "http.block_page")
    assert named["ruleset"].endswith(f"+{reference.name}")


def test_a_reference_whose_bytes_were_changed_is_refused(tmp_path: Path) -> None:
    reference, _, _ = import_fingerprints(CSV, Settings(data_dir=tmp_path))
    path = tmp_path / "reference" / reference.name / "imported" / "fingerprints.jsonl"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"AA", b"BB"))
    with pytest.raises(ArchiveDamaged, match="Import it again"):
        references.load(reference.name, tmp_path)


@pytest.mark.parametrize("name", ["ref-000000000000", "../../x", "ref-", ""])
def test_a_reference_that_is_not_here_says_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="reference list"):
        references.load(name, tmp_path)


@pytest.mark.parametrize("name", ["lk-1-000000000000", "absent.tsv"])
def test_a_ruleset_that_is_not_here_says_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="ruleset"), chosen(choice(name, None, tmp_path)):
        pass


def test_a_name_as_it_stands_in_a_verdict_names_both(tmp_path: Path) -> None:
    assert choice("lk-1-a+ref-b", None, tmp_path) == Choice("lk-1-a", "ref-b", tmp_path)
    assert choice(None, None, tmp_path) is None
    with pytest.raises(InputError, match="another reference"):
        choice("lk-1-a+ref-b", "ref-c", tmp_path)


def test_the_current_names_change_nothing(tmp_path: Path) -> None:
    name = current_ruleset()
    assert lines(choice(name, None, tmp_path)) == lines()


def test_a_frozen_ruleset_is_listed_and_never_overwritten(tmp_path: Path) -> None:
    path = freeze_into(tmp_path / "rulesets")
    path.chmod(0o644)
    path.write_text("mine", encoding="utf-8")
    assert freeze_into(tmp_path / "rulesets") == path
    assert manifests(tmp_path)[path.stem] == "mine"
