"""Rulesets: written down, read back, and refused where a verdict could not be made again to the letter."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import msgspec
import pytest

from lightkeeper.errors import InputError
from lightkeeper.judge import rule, rulesets
from lightkeeper.judge.control import View
from lightkeeper.judge.digest import digest_of
from lightkeeper.judge.rule import RETIRED, RULES, Rule, name_of, rules_in_force
from lightkeeper.model import Observation


def condition(seen: Observation, control: View) -> bool:
    """A synthetic rule: it fires on long names."""
    return len(seen.target) > 7


def other_condition(seen: Observation, control: View) -> bool:
    """A synthetic rule: it never fires."""
    return False


@pytest.fixture
def own_register(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Rule]]:
    """A register that a test can change."""
    for layer, rules in list(RULES.items()):
        monkeypatch.setitem(RULES, layer, list(rules))
    monkeypatch.setattr(rulesets, "RETIRED", list(RETIRED))
    monkeypatch.setattr(rule, "RETIRED", rulesets.RETIRED)
    rule.put_in_force(None)
    return RULES


def frozen() -> rulesets.Manifest:
    name, text = rulesets.freeze("0.0.1")
    return rulesets.read_manifest(text, name)


def test_a_frozen_ruleset_reads_back_as_the_same_rules() -> None:
    made = rulesets.rules_of(frozen())
    assert made == RULES
    assert name_of(made) == name_of(RULES)


def test_a_rule_that_was_replaced_stays_usable_under_the_old_name(own_register: dict[str, list[Rule]]) -> None:
    manifest = frozen()
    old = own_register["http"][0]
    own_register["http"][0] = msgspec.structs.replace(old, fires=other_condition, version=old.version + 1)
    rulesets.RETIRED.append(old)
    assert name_of(RULES) != manifest.name
    assert rulesets.rules_of(manifest)["http"][0] == old


def test_a_ruleset_whose_rule_is_gone_names_the_version_that_has_it(own_register: dict[str, list[Rule]]) -> None:
    manifest = frozen()
    own_register["http"] = [r for r in own_register["http"] if r.id != "http.block_page"]
    with pytest.raises(InputError, match=r"http\.block_page.*Install Lightkeeper 0\.0\.1"):
        rulesets.rules_of(manifest)


def test_a_ruleset_that_was_changed_by_hand_is_refused() -> None:
    manifest = frozen()
    rows = [tuple("ok" if cell == "blocked" else cell for cell in row) for row in manifest.rows]
    with pytest.raises(InputError, match="another hash"):
        rulesets.rules_of(msgspec.structs.replace(manifest, rows=rows))


def test_verdicts_that_are_put_together_otherwise_are_not_passed_off_as_the_same() -> None:
    with pytest.raises(InputError, match="put together otherwise"):
        rulesets.rules_of(msgspec.structs.replace(frozen(), engine="0" * 64))


def test_facts_that_are_made_otherwise_are_said() -> None:
    assert rulesets.caution(frozen()) is None
    assert "0.0.1" in (rulesets.caution(msgspec.structs.replace(frozen(), facts="0" * 64)) or "")


@pytest.mark.parametrize(
    "text", ["", "x", "# Lightkeeper ruleset\ta\tb\tc\td\n", "# Lightkeeper ruleset\ta\tb\tc\td\nid\n1\n"]
)
def test_what_is_no_ruleset_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a ruleset"):
        rulesets.read_manifest(text, "x.tsv")


def test_a_line_that_is_no_rule_is_named() -> None:
    _, text = rulesets.freeze("0.0.1")
    with pytest.raises(InputError, match=r"x\.tsv:3"):
        rulesets.read_manifest(text.replace("\t1\tdns\t", "\tone\tdns\t", 1), "x.tsv")


def test_every_released_ruleset_has_the_name_of_its_file() -> None:
    for name, text in rulesets.released().items():
        assert rulesets.read_manifest(text, name).name == name


def test_rules_are_in_force_within_the_block_only() -> None:
    others: dict[str, list[Rule]] = {layer: [] for layer in RULES}
    with rulesets.in_force(others, None):
        assert rules_in_force() is others
        assert rule.ruleset().startswith("lk-0-")
        assert rule.rules_for("http", True) == ([], [])
    assert rules_in_force() is RULES
    assert rule.rules_for("http", True)[0]


def test_a_retired_rule_does_not_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "RETIRED", kept := list(RETIRED))
    before = name_of(RULES)
    made = rule.rule("synthetic.retired", layer="http", state="ok", retired=True)(condition)
    assert made in kept
    assert made not in RULES["http"]
    assert name_of(RULES) == before


def test_a_digest_follows_the_helpers_and_constants_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    from lightkeeper.judge import pages

    [same] = [r for r in RULES["http"] if r.id == "http.same_page_as_control"]
    digest_of.cache_clear()
    before = digest_of(same.fires)
    digest_of.cache_clear()
    monkeypatch.setattr(pages, "SAME_LENGTH", 0.5)
    after = digest_of(same.fires)
    digest_of.cache_clear()
    assert before != after


def digest_in_module(text: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The digest of the condition `_` of a module with this text, as one of the rules' modules would be."""
    path.write_text("from lightkeeper.judge.rule import rule\nLIMIT = 7\n\n\n" + text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("lightkeeper.judge.rules.synthetic", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return digest_of(module._.fires)


def test_a_rule_can_be_retired_and_keep_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_register: dict[str, list[Rule]]
) -> None:
    monkeypatch.setattr(rule, "RETIRED", [])
    head, body = (
        '@rule("synthetic", layer="http", state="ok"',
        'def _(seen, control):\n    """Why."""\n    return LIMIT > 3\n',
    )
    texts = [f"{head})\n{body}", f"{head}, retired=True)\n{body}", f"{head})\n{body.replace('> 3', '> 4')}"]
    current, retired, changed = (
        digest_in_module(text, tmp_path / f"{n}.py", monkeypatch) for n, text in enumerate(texts)
    )
    assert current == retired != changed
